#pragma once
// Verification of AWS Signature Version 4, written from the service's side and from the published
// rules alone: nothing is shared with the client that it judges.
// Source: "Create a signed AWS API request", IAM User Guide.
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "emulator/answer.h"
#include "emulator/identities.h"
#include "net/http.h"

namespace certloop::emulator {

// What the Authorization header claims.
struct Authorization {
  std::string access_key_id;
  std::string date, region, service;  // of the credential scope
  std::vector<std::string> signed_headers;
  std::string signature;
};

// Errors, in the words of the JSON services: MissingAuthenticationTokenException,
// IncompleteSignatureException.
Answer<Authorization> authorization_of(const net::HttpRequest& request);

// Errors: InvalidSignatureException (the signature differs, the time is more than five minutes
// off, the scope is not this host's, Host is not signed), UnrecognizedClientException (the session
// token is not this key's), ExpiredTokenException.
Answer<void> verify(const net::HttpRequest& request, const Authorization& authorization,
                    const Identity& identity, Time now);

AwsError unknown_access_key();

// The same refusal in the words of the Query and REST services (STS, Route 53).
AwsError in_query_words(AwsError error);

// The Host header, or what stands for it in a request made in process.
std::string host_of(const net::HttpRequest& request);

}  // namespace certloop::emulator
