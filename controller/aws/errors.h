#pragma once
// What a service's refusal means. The one place that maps AWS's error names to ours.
// Source: the error lists of the services' public models; AWS SDK reference, "Retry behavior".
// Pure functions; thread-safe.
#include <string>
#include <string_view>

#include "base/error.h"
#include "net/http.h"

namespace certloop::aws {

// Which call was answered, for the message.
struct CallName {
  std::string service, operation, region;
};

// The Error for an answer that is no success (any status but 2xx). JSON and XML are told apart by
// their first character, for Content-Type cannot be relied on. Its message reads
//   acm RequestCertificate in us-east-1: <AWS's message> (<AWS's code>, request id <id>)
// with AWS's text bounded and made safe to print; its answer() holds code, request id and status.
//
// A page without an error code and status 404 or 500 is what servers send that lack an operation:
// internal, reason "UnknownOperation". It says nothing about the resource that was asked for.
Error refusal(const CallName& call, const net::HttpResponse& response);

// What a service's error name means; internal for a name nobody has described.
// LimitExceededException is a quota that is full with ACM, ACM PCA and Secrets Manager, and asking
// too fast elsewhere.
Code code_of(std::string_view service, std::string_view name);

// The credentials had expired or were not known (yet): new ones may do.
bool is_about_credentials(const Error& error);
// The time of the signature was refused, or may be why the signature was: see Client.
bool is_about_time(const Error& error);
// How AWS refuses calls in a region that the account has not opted into. The same words refuse
// credentials that are not known at all, and session tokens of STS's global endpoint: only who
// knows the credentials to be good in every region may conclude anything from it.
bool is_about_region(const Error& error);
// The server has no such operation.
bool lacks_operation(const Error& error);

}  // namespace certloop::aws
