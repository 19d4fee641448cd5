// What was to be deleted and is wanted again before it went (COMMANDS, run).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "main_source.h"
#include "tests/sim/held.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using api::Kind;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;

const char* const kUser =
    "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/b";

// A directory of specs that a controller follows, beside the engine's loop.
class Followed {
 public:
  explicit Followed(World& world) : world_(world) {
    directory_ = world.directory.path() / "specs";
    std::filesystem::create_directory(directory_);
    request_.source = directory_.string();
    request_.prune = true;
    source_.emplace(SourceEdges{*world.store, world.clock, Log::none()}, request_);
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(directory_ / name) << text;
  }
  void erase(const std::string& name) { std::filesystem::remove(directory_ / name); }
  void look(int times) {
    for (int i = 0; i < times; ++i) {
      source_->take_in();
      world_.pass(seconds(1));
    }
  }

 private:
  World& world_;
  std::filesystem::path directory_;
  cli::RunRequest request_;
  std::optional<SpecSource> source_;
};

class ReviveTest : public testing::Test {
 protected:
  ReviveTest() : specs(world) {
    world.keeps_to_plan = false;  // what a plan says of a source is not the matter here
    specs.write("prod.yaml", kAccount);
    specs.write("shop.yaml", kPublic);
    specs.write("root.yaml", kAuthority);
    specs.look(2);
    world.settle(hours(1));
    arn = world.placement("shop").status.arn;
    EXPECT_FALSE(arn.empty());
  }

  World world;
  Followed specs;
  std::string arn;
};

TEST_F(ReviveTest, ACertificateInUseThatIsPutBackIntoGitStaysWhenNothingUsesItAnyMore) {
  ASSERT_TRUE(world.aws.set_in_use(arn, {kUser}).ok());
  specs.erase("shop.yaml");
  specs.look(20);
  world.pass(minutes(30));
  ASSERT_TRUE(world.certificate("shop").meta.deleted.has_value());
  ASSERT_TRUE(world.placement("shop").meta.deleted.has_value());
  world.clear();
  specs.write("shop.yaml", kPublic);
  specs.look(3);
  world.settle();
  EXPECT_FALSE(world.certificate("shop").meta.deleted.has_value());
  EXPECT_FALSE(world.placement("shop").meta.deleted.has_value());
  ASSERT_TRUE(world.aws.set_in_use(arn, {}).ok());
  world.pass(hours(2));
  EXPECT_EQ(world.placement("shop").status.arn, arn);
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Ready"),
              HasSubstr("True"));
  EXPECT_EQ(world.count("DeleteCertificate"), 0U);
  EXPECT_EQ(world.count("RequestCertificate"), 0U);
}

TEST_F(ReviveTest, ACertificateThatWasDeletedInAwsAlreadyIsRequestedAgain) {
  specs.erase("shop.yaml");
  specs.look(20);
  world.pass(minutes(30));
  ASSERT_FALSE(world.exists(Kind::certificate, "shop"));
  specs.write("shop.yaml", kPublic);
  specs.look(3);
  world.settle(hours(1));
  EXPECT_TRUE(world.exists(Kind::certificate, "shop"));
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Ready"),
              HasSubstr("True"));
}

// At every moment of a deletion: in the end there is one certificate, Ready, whatever was under
// way.
TEST_F(ReviveTest, AtWhateverMomentItIsPutBackThereIsOneReadyCertificateInTheEnd) {
  for (int after = 0; after < 12; ++after) {
    SCOPED_TRACE(after);
    world.remove(Kind::certificate, "shop");
    world.pass(seconds(after));
    specs.look(65);
    world.settle(hours(1));
    ASSERT_TRUE(world.exists(Kind::certificate, "shop"));
    EXPECT_FALSE(world.certificate("shop").meta.deleted.has_value());
    EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Ready"),
                HasSubstr("True"));
    EXPECT_EQ(certificates_in(world.aws).size(), 1U);
  }
}

TEST_F(ReviveTest, AnAccountInUseIsPrunedAfterItsCertificates) {
  specs.erase("shop.yaml");
  specs.erase("prod.yaml");
  ASSERT_TRUE(world.aws.set_in_use(arn, {kUser}).ok());
  specs.look(200);
  EXPECT_FALSE(world.account("prod").meta.deleted.has_value());
  EXPECT_TRUE(world.certificate("shop").meta.deleted.has_value());
  EXPECT_THAT(world.condition(world.account("prod").status.conditions, "Ready"),
              HasSubstr("True"));
}

TEST_F(ReviveTest, APlacementThatIsWantedAgainIsRevived) {
  ASSERT_TRUE(world.aws.set_in_use(arn, {kUser}).ok());
  world.remove(Kind::placement, world.placement("shop").meta.name);
  world.pass(minutes(5));
  EXPECT_FALSE(world.placement("shop").meta.deleted.has_value());
  EXPECT_EQ(world.placement("shop").status.arn, arn);
}

}  // namespace
}  // namespace certloop::sim
