// What goes wrong is an event of type Warning at the object that a person knows; what goes its way
// is none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/sim/hand.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::Contains;
using testing::IsEmpty;
using testing::IsSupersetOf;

class WarningTest : public testing::Test {
 protected:
  WarningTest() { world.keeps_to_plan = false; }

  // "Certificate shop InUse".
  std::vector<std::string> warnings() {
    std::vector<std::string> all;
    const auto events = world.store->list({.kind = api::Kind::event});
    for (const auto& event : events.value().objects) {
      const auto body = nlohmann::json::parse(event.body.text());
      if (body["type"] != "Warning") continue;
      const auto& object = body["involvedObject"];
      all.push_back(object["kind"].get<std::string>() + " " + object["name"].get<std::string>() +
                    " " + body["reason"].get<std::string>());
    }
    return all;
  }

  World world;
};

TEST_F(WarningTest, ThereIsNoneWhereAllGoesItsWay) {
  world.apply(std::string(kAccount) + "---" + kAuthority + "---" + kPrivate + "---" + kPublic +
              "---\n" + tls_secret("legacy-tls", {"legacy.example.com"}, world.clock.now(), 1) +
              "---" + imported_spec());
  world.settle(hours(2));
  world.pass(hours(3));
  world.remove(api::Kind::certificate, "shop");
  world.settle();
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(WarningTest, TellsOfWhatAwsDenies) {
  world.apply(std::string(kAccount));
  world.settle();
  emulator::Fault fault;
  fault.operation = "RequestCertificate";
  fault.error_code = "AccessDeniedException";
  fault.message = "not authorized";
  fault.http_status = 400;
  fault.probability = 1;
  world.aws.add_fault(fault);
  world.apply(kPublic);
  world.pass(minutes(10));
  EXPECT_THAT(warnings(), Contains("Certificate shop AccessDeniedException"));
}

TEST_F(WarningTest, TellsOfAnAccountThatDoesNotWork) {
  emulator::Fault fault;
  fault.error_code = "UnrecognizedClientException";
  fault.http_status = 403;
  fault.probability = 1;
  world.aws.add_fault(fault);
  world.apply(kAccount);
  world.pass(minutes(1));
  EXPECT_THAT(warnings(), Contains("Account prod InvalidClientTokenId"));
}

TEST_F(WarningTest, TellsOfASourceThatDoesNotFit) {
  world.apply(std::string(kAccount) + "---\n" +
              tls_secret("legacy-tls", {"other.example.org"}, world.clock.now(), 1) + "---" +
              imported_spec());
  world.pass(minutes(10));
  EXPECT_THAT(warnings(), Contains("Certificate legacy NamesMismatch"));
}

TEST_F(WarningTest, TellsOfWhatSomebodyKeepsChangingBack) {
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  const std::string arn = world.placement("shop").status.arn;
  Hand hand(world.aws, world.clock);
  for (int time = 0; time < 4; ++time) {
    ASSERT_TRUE(hand.acm("us-east-1")->add_tags_to_certificate(arn, {{"team", "web"}}).ok());
    world.pass(minutes(40));
  }
  EXPECT_THAT(warnings(), Contains("Certificate shop ChangedBack"));
}

TEST_F(WarningTest, TellsOfADeletionThatWaitsForWhoeverUsesIt) {
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  world.remove(api::Kind::account, "prod");
  world.pass(minutes(5));
  EXPECT_THAT(warnings(), Contains("Account prod InUse"));
}

}  // namespace
}  // namespace certloop::sim
