// The end of the process (DESIGN 4, SIGTERM), and when a call was claimed (PROTOCOLS 1).
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/timestamp.h"
#include "tests/sim/held.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

std::string all_specs() {
  return std::string(kAccount) + "---" + kAuthority + "---" + kPrivate + "---" + kPublic;
}

std::string statuses(World& world) {
  std::string text;
  for (const auto kind : {api::Kind::account, api::Kind::certificate_authority,
                          api::Kind::certificate, api::Kind::placement, api::Kind::hosted_zone})
    for (const auto& object : world.store->list({.kind = kind}).value().objects)
      text += object.status.text();
  return text;
}

// Plays until just before request number `nth`, where the process is told to end while a worker is
// at work. False if there are not so many requests.
bool stop_at(World& world, int nth, std::size_t& mutations) {
  int count = 0;
  world.transport.before = [&](const net::HttpRequest&) -> Result<void> {
    if (++count == nth) {
      mutations = world.aws.mutating_calls().size();
      world.stop.request_stop();
    }
    return {};
  };
  world.apply(all_specs());
  world.settle(minutes(10));
  world.transport.before = nullptr;
  return count >= nth;
}

// Wherever the end falls: what is under way is carried to its end, nothing is begun or claimed
// after it, no status calls the end of the process a failure, and the next process finishes.
TEST(Stop, NothingIsBegunOrClaimedAfterwardsAndTheNextProcessGoesOn) {
  int at = 1;
  for (;; at += 4) {
    SCOPED_TRACE(fmt::format("told to stop at request {}", at));
    World world;
    std::size_t before = 0;
    if (!stop_at(world, at, before)) break;
    EXPECT_LE(world.aws.mutating_calls().size(), before + 1);
    EXPECT_THAT(statuses(world), Not(HasSubstr("stopping")));
    EXPECT_THAT(statuses(world), Not(HasSubstr("Cancelled")));
    for (const auto& placement : store::list<api::Placement>(*world.store).value())
      EXPECT_FALSE(placement.status.pending);
    for (const auto& ca : store::list<api::CertificateAuthority>(*world.store).value())
      EXPECT_FALSE(ca.status.pending);
    world.restart();
    world.settle(minutes(30));
    EXPECT_TRUE(world.is_settled());
    EXPECT_THAT(certificates_in(world.aws), SizeIs(2));
    EXPECT_EQ(authorities_in(world.aws), 1U);
  }
  EXPECT_GT(at, 20);
}

TEST(Stop, ACallThatIsClaimedAfterwardsIsNotWrittenDown) {
  World world;
  world.apply(std::string(kAccount) + "---" + kPublic);
  // Told to stop between the reading and the act: by the last look into the store before it.
  int gets = 0;
  bool claimed = false;
  world.before_store = [&](const std::string& operation) -> Result<void> {
    const bool requested = world.count("RequestCertificate") > 0;
    if (operation == "get" && world.count("SearchCertificates") > 0 && !requested && ++gets == 2)
      world.stop.request_stop();
    for (const auto& placement : store::list<api::Placement>(*world.store).value())
      claimed = claimed || placement.status.attempts > 0;
    return {};
  };
  world.settle(minutes(5));
  world.before_store = nullptr;
  ASSERT_TRUE(world.stop.stop_requested());
  EXPECT_FALSE(claimed);
  EXPECT_EQ(world.count("RequestCertificate"), 0U);
  EXPECT_EQ(world.placement("shop").status.attempts, 0);
}

// What a request that creates something was signed with, and when it was claimed.
struct Sent {
  std::string signed_at;
  Time claimed{};
};

// Plays the specs with a disk that takes seven seconds for each status.
std::map<std::string, Sent> sent_by(World& world, const std::string& specs) {
  std::map<std::string, Sent> sent;
  world.after_store = [&](const std::string& operation) -> Result<void> {
    if (operation == "update_status") world.clock.advance(seconds(7));
    return {};
  };
  world.transport.before = [&](const net::HttpRequest& request) -> Result<void> {
    const std::string target = net::header(request.headers, "X-Amz-Target").value_or("");
    const std::string operation = target.substr(target.find('.') + 1);
    Sent now{net::header(request.headers, "X-Amz-Date").value_or(""), {}};
    for (const auto& placement : store::list<api::Placement>(*world.store).value())
      if (placement.status.pending) now.claimed = placement.status.pending->sent;
    for (const auto& ca : store::list<api::CertificateAuthority>(*world.store).value())
      if (ca.status.pending) now.claimed = ca.status.pending->sent;
    sent[operation] = now;
    return {};
  };
  world.apply(specs);
  world.settle(minutes(30));
  world.transport.before = nullptr;
  world.after_store = nullptr;
  return sent;
}

// "20261121T000107Z" of 2026-11-21T00:01:07Z.
std::string amz_date(Time time) {
  std::string text;
  for (const char c : rfc3339(time))
    if (c != '-' && c != ':') text += c;
  return text;
}

TEST(Claim, CallsThatCreateAreSignedAsOfTheirClaim) {
  World world;
  const auto sent =
      sent_by(world, std::string(kAccount) + "---" + kAuthority + "---" + kPrivate + "---\n" +
                         tls_secret("legacy-tls", {"legacy.example.com"}, world.clock.now(), 1) +
                         "---" + imported_spec());
  for (const char* operation : {"CreateCertificateAuthority", "IssueCertificate",
                                "RequestCertificate", "ImportCertificate"}) {
    SCOPED_TRACE(operation);
    ASSERT_TRUE(sent.contains(operation));
    EXPECT_EQ(sent.at(operation).signed_at, amz_date(sent.at(operation).claimed));
  }
}

TEST(Claim, TheClaimIsSaidInTheTimeOfAwsWhereOurClockIsWrong) {
  World world;
  world.aws.advance(minutes(20));
  const auto sent = sent_by(world, std::string(kAccount) + "---" + kPublic);
  ASSERT_TRUE(sent.contains("RequestCertificate"));
  const Sent& request = sent.at("RequestCertificate");
  EXPECT_EQ(request.signed_at, amz_date(request.claimed + minutes(20)));
  EXPECT_THAT(certificates_in(world.aws), SizeIs(1));
}

}  // namespace
}  // namespace certloop::sim
