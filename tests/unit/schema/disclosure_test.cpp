// What messages must not say, and how much of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "tests/unit/schema/objects.h"

namespace certloop::schema {
namespace {

using api::Kind;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// What was written where a secret, or a reference to one, is expected may be the secret.
TEST(Validate, NeverShowsASecretThatIsInTheWrongPlace) {
  const std::pair<Kind, const char*> misplaced[] = {
      {Kind::certificate,
       "spec: {domainName: a.example.com, accountRef: {name: p}, region: us-east-1, issuer: "
       "{imported: {secretRef: hunter2}}}"},
      {Kind::certificate, "spec: {domainName: a.example.com, accountRef: hunter2}"},
      {Kind::account, "spec: {scope: Account, regions: [us-east-1], authentication: hunter2}"},
      {Kind::account,
       "spec: {scope: Account, regions: [us-east-1], authentication: {accessKey: {accessKeyId: "
       "'hunter2!', secretAccessKeyRef: hunter2}}}"},
      {Kind::account,
       "spec: {scope: Account, regions: [us-east-1], authentication: {profile: {profileName: "
       "[hunter2]}, defaultChain: hunter2}}"},
      {Kind::secret, "data: hunter2"},
      {Kind::secret, "data: {a: 'hunter2!', b: [hunter2]}"},
      {Kind::secret, "stringData: hunter2"},
      {Kind::secret, "stringData: {a: {b: hunter2}}"}};
  for (const auto& [kind, text] : misplaced) {
    const auto faults = faults_of(kind, text);
    EXPECT_THAT(faults, Not(IsEmpty())) << text;
    for (const std::string& fault : faults) EXPECT_THAT(fault, Not(HasSubstr("hunter2"))) << text;
  }
}

// Each fault names its path, and a path may be as long as the document.
TEST(Validate, BoundsWhatItSaysOfALargeObject) {
  std::string text = "spec: {rates: {acm: {";
  for (int i = 0; i < 5'000; ++i) text += "Operation" + std::to_string(i) + ": no, ";
  text += "}}, tags: {" + std::string(1'000, 'k') + ": [1]}}";
  std::size_t bytes = 0;
  const auto faults = faults_of(Kind::account, text);
  for (const std::string& fault : faults) bytes += fault.size();
  EXPECT_LE(faults.size(), 1000u);
  EXPECT_LT(bytes, 500'000u);
}

}  // namespace
}  // namespace certloop::schema
