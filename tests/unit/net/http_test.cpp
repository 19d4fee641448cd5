#include "net/http.h"

#include <gtest/gtest.h>

namespace certloop::net {
namespace {

TEST(Url, IsTakenApartAndPutTogetherAgain) {
  const auto url = Url::parse("https://ACM.us-east-1.amazonaws.com:8443/a/b%20c?x=1&y");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "acm.us-east-1.amazonaws.com");
  EXPECT_EQ(url->port, "8443");
  EXPECT_EQ(url->path, "/a/b%20c");
  EXPECT_EQ(url->query, "x=1&y");
  EXPECT_EQ(url->authority(), "acm.us-east-1.amazonaws.com:8443");
  EXPECT_EQ(url->text(), "https://acm.us-east-1.amazonaws.com:8443/a/b%20c?x=1&y");
}

TEST(Url, WithoutAPathHasTheRootPath) {
  EXPECT_EQ(Url::parse("http://localhost").value().path, "/");
  EXPECT_EQ(Url::parse("http://localhost?a=b").value().path, "/");
  EXPECT_EQ(Url::parse("http://localhost?a=b").value().query, "a=b");
}

TEST(Url, LeavesOutTheSchemesOwnPort) {
  EXPECT_EQ(Url::parse("https://h:443/").value().authority(), "h");
  EXPECT_EQ(Url::parse("http://h:80/").value().authority(), "h");
  EXPECT_EQ(Url::parse("http://h:443/").value().authority(), "h:443");
}

TEST(Url, KeepsIpv6InBrackets) {
  const auto url = Url::parse("http://[fd00:ec2::254]:8080/latest");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->host, "[fd00:ec2::254]");
  EXPECT_EQ(url->authority(), "[fd00:ec2::254]:8080");
  EXPECT_EQ(Url::parse("http://[::1]").value().authority(), "[::1]");
}

TEST(Url, RefusesWhatIsNotAnAbsoluteHttpUrl) {
  for (const char* text :
       {"", "acm.amazonaws.com", "ftp://h/", "https://", "https:///path", "https://user:pw@h/",
        "https://h:0/", "https://h:99999/", "https://h:x/", "https://h/a b", "https://h/\r\nX: y",
        "https://h/#f", "https://[::1", "https://[zz]/", "https://a_b$/"})
    EXPECT_EQ(Url::parse(text).ok(), false) << text;
}

TEST(Url, DoesNotRepeatAPasswordInItsError) {
  const auto url = Url::parse("https://user:hunter2@h/");
  ASSERT_FALSE(url.ok());
  EXPECT_EQ(url.error().code(), Code::invalid);
  EXPECT_EQ(url.error().message().find("hunter2"), std::string::npos);
}

TEST(Url, KnowsLoopbackWithoutAskingAResolver) {
  for (const char* text :
       {"http://localhost:1", "http://127.0.0.1", "http://127.9.9.9", "http://[::1]"})
    EXPECT_TRUE(is_loopback(*Url::parse(text))) << text;
  for (const char* text : {"http://127.0.0.1.example.com", "http://localhost.example.com",
                           "http://128.0.0.1", "http://127.evil.0.1", "http://[::2]"})
    EXPECT_FALSE(is_loopback(*Url::parse(text))) << text;
}

TEST(Headers, AreFoundAndReplacedWithoutRegardToCase) {
  Headers headers = {{"X-A", "1"}, {"x-a", "2"}, {"Y", "3"}};
  EXPECT_EQ(header(headers, "x-A"), "1");
  EXPECT_EQ(header(headers, "Z"), std::nullopt);
  set_header(headers, "X-a", "4");
  EXPECT_EQ(headers, (Headers{{"Y", "3"}, {"X-a", "4"}}));
}

}  // namespace
}  // namespace certloop::net
