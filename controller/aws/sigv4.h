#pragma once
// AWS Signature Version 4, as a pure function of request, credentials and time.
// Source: "AWS Signature Version 4 for API requests", IAM user guide; held to the cases that
// awslabs/aws-c-auth publishes. Thread-safe.
#include <string>

#include "aws/credentials.h"
#include "net/http.h"

namespace certloop::aws {

struct SigningScope {
  std::string region, service;
};

struct SigningOptions {
  bool normalize_path = true;          // every service but S3
  bool content_sha256_header = false;  // x-amz-content-sha256, which only S3 asks for
  bool sign_session_token = true;      // false: the token goes along unsigned
};

// The signed request, and what led to it. A service that refuses a signature shows its own
// canonical request, so tests and people compare the two.
struct SignedRequest {
  net::HttpRequest request;
  std::string canonical_request;
  std::string string_to_sign;
  std::string signature;  // lower-case hexadecimal
};

// Adds Host, X-Amz-Date, X-Amz-Security-Token (for credentials that have one) and Authorization,
// replacing those of an earlier signature. Every other header is signed too, except those that
// proxies and HTTP libraries change on the way. `time` is what AWS's clock shows: it accepts a
// signature for about five minutes before and after.
SignedRequest sign(net::HttpRequest request, const Credentials& credentials,
                   const SigningScope& scope, Time time, const SigningOptions& options = {});

}  // namespace certloop::aws
