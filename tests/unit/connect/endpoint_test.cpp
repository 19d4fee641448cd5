// Which URLs a spec may name (SECURITY, "Credentials and endpoints").
#include <gtest/gtest.h>

#include "connect/connections.h"

namespace certloop::connect {
namespace {

Code code_of(const std::string& url, const std::vector<std::string>& allowed = {}) {
  const auto admitted = admit_endpoint(url, "acm", allowed);
  return admitted.ok() ? Code::conflict : admitted.error().code();  // conflict: never answered
}

TEST(Endpoint, LoopbackAndAwsOwnHostsMayBeNamed) {
  for (const char* url : {"http://127.0.0.1:4599", "http://localhost:4599", "http://[::1]:80",
                          "https://127.1.2.3", "https://acm.eu-west-1.amazonaws.com"})
    EXPECT_TRUE(admit_endpoint(url, "acm", {}).ok()) << url;
}

TEST(Endpoint, AHostThatOnlyLooksLikeLoopbackOrAwsIsDenied) {
  for (const char* url :
       {"https://127.evil.example", "https://127.0.0.1.evil.example", "https://127.0.0.1evil",
        "http://127.evil.example", "https://localhost.evil.example",
        "https://acm.eu-west-1.amazonaws.com.evil.example", "https://169.254.169.254",
        "http://acm.eu-west-1.amazonaws.com", "https://sts.eu-west-1.amazonaws.com"})
    EXPECT_EQ(code_of(url), Code::denied) << url;
}

// AWS answers on the port of https only: another one is somebody else's, behind a proxy for one.
TEST(Endpoint, AnotherPortOfAwsIsDenied) {
  EXPECT_TRUE(admit_endpoint("https://acm.eu-west-1.amazonaws.com:443", "acm", {}).ok());
  EXPECT_EQ(code_of("https://acm.eu-west-1.amazonaws.com:8443"), Code::denied);
  EXPECT_TRUE(admit_endpoint("https://acm.eu-west-1.amazonaws.com:8443", "acm",
                             {"acm.eu-west-1.amazonaws.com:8443"})
                  .ok());
}

TEST(Endpoint, WhatTheOperatorAllowsIsItsHostAndPort) {
  EXPECT_TRUE(admit_endpoint("https://acm.corp.example", "acm", {"acm.corp.example:443"}).ok());
  EXPECT_EQ(code_of("https://acm.corp.example:8443", {"acm.corp.example:443"}), Code::denied);
  EXPECT_EQ(code_of("http://acm.corp.example:443", {"acm.corp.example:443"}), Code::denied);
}

}  // namespace
}  // namespace certloop::connect
