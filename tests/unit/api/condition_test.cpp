#include "api/condition.h"

#include <gtest/gtest.h>

namespace certloop::api {
namespace {

Time at(int milliseconds) { return Time(Duration(milliseconds)); }

TEST(Condition, KeepsItsTimeUntilTheStatusChanges) {
  Conditions all;
  set(all, {"Ready", Truth::no, "Pending", "one", 1, at(5000)});
  set(all, {"Ready", Truth::no, "Waiting", "two", 2, at(9000)});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].since, at(5000));
  EXPECT_EQ(all[0].reason, "Waiting");
  EXPECT_EQ(all[0].observed_generation, 2);
  set(all, {"Ready", Truth::yes, "Issued", "three", 2, at(9999)});
  EXPECT_EQ(all[0].since, at(9000)) << "in whole seconds";
  EXPECT_TRUE(is_true(all, "Ready"));
}

TEST(Condition, KeepsItsMessageWhereOnlyTheRequestIdDiffers) {
  Conditions all;
  const auto set_message = [&](const std::string& message) {
    set(all, {"Ready", Truth::no, "AccessDenied", message, 1, at(0)});
    return all[0].message;
  };
  EXPECT_EQ(set_message("no (AccessDenied, request id 1); try later"),
            "no (AccessDenied, request id 1); try later");
  EXPECT_EQ(set_message("no (AccessDenied, request id 2); try later"),
            "no (AccessDenied, request id 1); try later");
  EXPECT_EQ(set_message("no (AccessDenied, request id 3); do not"),
            "no (AccessDenied, request id 3); do not");
  EXPECT_EQ(set_message("no (AccessDenied, request id"), "no (AccessDenied, request id");
}

TEST(Condition, IsFoundAndRemovedByType) {
  Conditions all;
  set(all, {"Ready", Truth::yes, "A", "", 1, at(0)});
  set(all, {"InSync", Truth::unknown, "B", "", 1, at(0)});
  ASSERT_NE(find(all, "InSync"), nullptr);
  EXPECT_FALSE(is_true(all, "InSync"));
  remove(all, "InSync");
  EXPECT_EQ(find(all, "InSync"), nullptr);
  EXPECT_EQ(all.size(), 1U);
}

}  // namespace
}  // namespace certloop::api
