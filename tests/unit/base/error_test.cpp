#include "base/error.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"

namespace certloop {
namespace {

constexpr Code kCodes[] = {Code::invalid,   Code::denied,    Code::not_found, Code::already_exists,
                           Code::conflict,  Code::throttled, Code::exhausted, Code::unavailable,
                           Code::cancelled, Code::internal};

TEST(Error, HasANameAndAReasonForEveryCode) {
  std::set<std::string> names, reasons;
  for (const Code code : kCodes) {
    names.insert(std::string(name_of(code)));
    reasons.insert(Error(code, "").reason());
  }
  EXPECT_EQ(names.size(), std::size(kCodes));
  EXPECT_EQ(reasons.size(), std::size(kCodes));
  EXPECT_EQ(name_of(Code::not_found), "not_found");
  EXPECT_EQ(Error(Code::not_found, "").reason(), "NotFound");
}

TEST(Error, TakesItsReasonFromTheCallerThenTheServiceThenTheCode) {
  const Error plain(Code::denied, "no");
  EXPECT_EQ(plain.reason(), "AccessDenied");
  const Error answered = Error(plain).answered({"UnrecognizedClientException", "id", 400});
  EXPECT_EQ(answered.reason(), "UnrecognizedClientException");
  EXPECT_EQ(Error(answered).because("CredentialsInvalid").reason(), "CredentialsInvalid");
  EXPECT_EQ(Error(plain).answered({"", "id", 403}).reason(), "AccessDenied");
}

TEST(Error, SaysWhatWasBeingDoneFromTheOutsideIn) {
  const Error error = Error(Code::throttled, "rate exceeded")
                          .during("acm RequestCertificate")
                          .during("issuing payments/shop");
  EXPECT_EQ(error.message(), "issuing payments/shop: acm RequestCertificate: rate exceeded");
  EXPECT_EQ(error.code(), Code::throttled);
}

TEST(Error, IsADefiniteRefusalOnlyWithA4xxAnswer) {
  EXPECT_FALSE(Error(Code::unavailable, "timed out").is_definite_refusal());
  struct Row {
    int status;
    bool definite;
  };
  for (const Row& row : {Row{200, false}, Row{400, true}, Row{403, true}, Row{429, true},
                         Row{499, true}, Row{500, false}, Row{503, false}})
    EXPECT_EQ(Error(Code::internal, "").answered({"X", "", row.status}).is_definite_refusal(),
              row.definite)
        << row.status;
}

TEST(Error, CarriesHowLongToWait) {
  EXPECT_EQ(Error(Code::throttled, "").retry_after(), std::nullopt);
  EXPECT_EQ(Error(Code::throttled, "").after(std::chrono::milliseconds(5)).retry_after(),
            std::chrono::milliseconds(5));
}

Result<int> half(int number) {
  if (number % 2 != 0) return Error(Code::invalid, "odd");
  return number / 2;
}
Result<int> quarter(int number) {
  const int once = TRY(half(number));
  return TRY(half(once));
}
Result<void> check(int number) {
  TRY(half(number));
  return {};
}

TEST(Result, TryUnwrapsOrReturnsTheError) {
  EXPECT_EQ(quarter(12).value(), 3);
  EXPECT_EQ(quarter(6).error().message(), "odd");
  EXPECT_TRUE(check(2).ok());
  EXPECT_EQ(check(3).error().code(), Code::invalid);
}

TEST(Result, HoldsWhatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  ASSERT_TRUE(result);
  const std::unique_ptr<int> value = std::move(result).value();
  EXPECT_EQ(*value, 7);
}

// Whether `->` compiles on what an expression of type R gives.
template <class R>
concept HasArrow = requires(R result) { static_cast<R>(result).operator->(); };

TEST(Result, GivesNoPointerIntoATemporary) {
  static_assert(HasArrow<Result<std::string>&> && HasArrow<const Result<std::string>&>);
  static_assert(!HasArrow<Result<std::string>&&> && !HasArrow<const Result<std::string>&&>);
  const auto made = [] { return Result<std::vector<std::string>>({"a", "b"}); };
  std::string seen;
  for (const std::string& letter : *made()) seen += letter;
  for (const std::string& letter : made().value()) seen += letter;
  EXPECT_EQ(seen, "abab");
}

}  // namespace
}  // namespace certloop
