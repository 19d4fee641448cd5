#include "emulator/route53_name.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace certloop::emulator {
namespace {

TEST(Route53Name, IsLowerCaseWithATrailingDot) {
  EXPECT_EQ(route53_name("WWW.Example.com").text, "www.example.com.");
  EXPECT_EQ(route53_name("www.example.com.").text, "www.example.com.");
}

TEST(Route53Name, EscapesAllButLettersDigitsHyphenAndUnderscore) {
  EXPECT_EQ(route53_name("*.example.com").text, "\\052.example.com.");
  EXPECT_EQ(route53_name("\\052.example.com").text, "\\052.example.com.");
  EXPECT_EQ(route53_name("_a-1.example.com").text, "_a-1.example.com.");
  EXPECT_EQ(route53_name("@.example.com").text, "\\100.example.com.");
  EXPECT_EQ(route53_name("a\\056b.example.com").text, "a\\056b.example.com.");
}

TEST(Route53Name, RefusesWhatDnsCannotHold) {
  EXPECT_EQ(route53_name("a..b").problem, "DomainLabelEmpty (Domain label is empty)");
  EXPECT_EQ(route53_name(std::string(64, 'a') + ".com").problem,
            "DomainLabelTooLong (Domain label is too long)");
  EXPECT_TRUE(route53_name(std::string(63, 'a') + ".com").ok());
  std::string longest;
  for (int i = 0; i < 4; ++i) longest += std::string(62, 'a') + ".";
  EXPECT_TRUE(route53_name(longest).ok());
  EXPECT_EQ(route53_name(longest + "abc").problem, "DomainNameTooLong (Domain name is too long)");
  EXPECT_FALSE(route53_name("").ok());
}

TEST(Route53Name, OrdersByReversedLabels) {
  std::vector<std::string> names = {"www.example.com.", "example.com.", "a.www.example.com.",
                                    "\\052.example.com.", "example.org."};
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return route53_order(a) < route53_order(b);
  });
  EXPECT_EQ(names,
            (std::vector<std::string>{"example.com.", "\\052.example.com.", "www.example.com.",
                                      "a.www.example.com.", "example.org."}));
}

// API reference, ListResourceRecordSets: the trailing dot counts, so '-' sorts before it.
TEST(Route53Name, CountsTheTrailingDotInTheOrder) {
  EXPECT_LT(route53_order("www-1.example.com."), route53_order("www.example.com."));
}

TEST(Route53Name, ContainsOnlyTheApexAndWhatIsBelow) {
  EXPECT_TRUE(route53_contains("example.com.", "example.com."));
  EXPECT_TRUE(route53_contains("example.com.", "a.b.example.com."));
  EXPECT_FALSE(route53_contains("example.com.", "notexample.com."));
  EXPECT_FALSE(route53_contains("a.example.com.", "example.com."));
}

}  // namespace
}  // namespace certloop::emulator
