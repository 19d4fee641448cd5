// Everything is looked at again: what was read once is read again for as long as it matters,
// whatever went wrong in between, and what waits or fails comes back at a bounded pace.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/timestamp.h"
#include "tests/sim/hand.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using api::Kind;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::StartsWith;

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

struct RestTest : testing::Test {
  RestTest() {
    world.keeps_to_plan = false;
    world.apply(std::string(kAccount) + "---" + kPublic);
    world.settle();
    world.pass(minutes(20));
  }
  // Complete bulk readings within that time.
  std::size_t readings_within(Duration time) {
    world.clear();
    world.pass(time);
    return world.count("SearchCertificates");
  }
  std::size_t requests_of(const std::string& operation) const {
    const auto calls = world.aws.calls();
    return static_cast<std::size_t>(std::count_if(
        calls.begin(), calls.end(), [&](const auto& call) { return call.operation == operation; }));
  }

  World world;
};

TEST_F(RestTest, ThePlaceIsReadAgainOnceItsAccountIsEnabledAgain) {
  world.apply(replaced(kAccount, "spec:", "spec:\n  enabled: false"));
  world.pass(minutes(15));
  world.apply(kAccount);
  EXPECT_GE(readings_within(minutes(10)), 1U);
  EXPECT_GE(readings_within(minutes(30)), 4U) << "as before";

  const std::string arn = world.placement("shop").status.arn;
  ASSERT_TRUE(Hand(world.aws, world.clock).acm("us-east-1")->delete_certificate(arn).ok());
  world.pass(hours(1));
  EXPECT_NE(world.placement("shop").status.arn, arn) << "its removal is noticed";
}

TEST_F(RestTest, ThePlaceIsReadAgainOnceStsAnswersAgain) {
  world.pass(minutes(35));  // the account is checked hourly
  emulator::Fault silent;
  silent.operation = "GetCallerIdentity";
  silent.probability = 1;
  silent.kind = emulator::Fault::Kind::crash;
  world.aws.add_fault(silent);
  world.pass(minutes(20));
  world.aws.clear_faults();
  world.pass(minutes(30));
  EXPECT_THAT(world.condition(world.account("prod").status.conditions, "Ready"),
              StartsWith("True"));
  EXPECT_GE(readings_within(minutes(30)), 4U);
}

TEST_F(RestTest, AReadingThatIsRefusedIsTriedAgainWithinAQuarterOfAnHour) {
  for (const char* refusal : {"ValidationException", "AccessDeniedException"}) {
    world.aws.clear_faults();
    emulator::Fault odd;
    odd.operation = "SearchCertificates";
    odd.probability = 1;
    odd.error_code = refusal;
    world.aws.add_fault(odd);
    world.pass(hours(5));
    world.aws.clear_faults();
    EXPECT_GE(readings_within(minutes(15)), 1U) << refusal;
    EXPECT_GE(readings_within(minutes(30)), 4U) << refusal;
  }
}

TEST_F(RestTest, ReadingsEndWithTheLastPlacementAndBeginWithTheNext) {
  world.remove(Kind::certificate, "shop");
  world.pass(hours(1));
  ASSERT_FALSE(world.exists(Kind::certificate, "shop"));
  EXPECT_EQ(readings_within(hours(1)), 0U);
  world.apply(kPublic);
  EXPECT_GE(readings_within(minutes(30)), 4U);
}

TEST_F(RestTest, ASuspensionEndsAtItsTime) {
  const Time until = world.clock.now() + hours(1);
  world.apply(replaced(
      replaced(kPublic, "team: shop", "team: web"),
      "spec:", "spec:\n  management: Suspended\n  suspendedUntil: \"" + rfc3339(until) + '"'));
  world.pass(minutes(59));
  EXPECT_EQ(requests_of("AddTagsToCertificate"), 0U);
  world.pass(minutes(2));
  EXPECT_EQ(requests_of("AddTagsToCertificate"), 1U);
}

TEST_F(RestTest, ADeletionThatIsRefusedIsTriedMoreAndMoreSlowly) {
  emulator::Fault busy;
  busy.operation = "DeleteCertificate";
  busy.probability = 1;
  busy.error_code = "ResourceInUseException";
  world.aws.add_fault(busy);
  world.clear();
  world.remove(Kind::certificate, "shop");
  world.pass(minutes(20));
  EXPECT_GE(requests_of("DeleteCertificate"), 2U);
  EXPECT_LE(requests_of("DeleteCertificate"), 20U);
  EXPECT_LE(world.aws.calls().size(), 150U) << "its neighbours need the account's rates too";
  world.aws.clear_faults();
  world.pass(minutes(16));
  EXPECT_FALSE(world.exists(Kind::certificate, "shop"));
}

// What the snapshot of the one AWS account says must not be believed of the other: here it would
// say that there is nothing of ours yet, right before something is made.
TEST(AccountOfAnother, IsReadBeforeAnythingIsMadeInIt) {
  emulator::EmulatorOptions two;
  two.keys.push_back({"123456789012", "test", Secret("test"), ""});
  two.keys.push_back({"210987654321", "other", Secret("other"), ""});
  World world(two);
  world.keeps_to_plan = false;
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  world.pass(minutes(20));

  aws::RequestCertificate request;
  request.domain_name = "fresh.example.com";
  request.validation_method = "DNS";
  request.tags = {{"certloop.dev/owner", "default/default/fresh"}, {"certloop.dev/uid", "u-1"}};
  Hand other(world.aws, world.clock, "other");
  ASSERT_TRUE(other.acm("us-east-1")->request_certificate(request).ok());
  world.clear();
  world.apply(replaced(replaced(kAccount, "secretAccessKey: test", "secretAccessKey: other"),
                       "accessKeyId: test", "accessKeyId: other"));
  world.apply(replaced(replaced(kPublic, "name: shop", "name: fresh"),
                       "domainName: shop.example.com\n  additionalNames: [\"*.shop.example.com\"]",
                       "domainName: fresh.example.com"));
  world.pass(hours(1));
  EXPECT_EQ(world.count("RequestCertificate"), 0U);
}

}  // namespace
}  // namespace certloop::sim
