// A machine whose clock is wrong by hours: what AWS has stamped is judged by AWS's clock, as the
// Date of its answers shows it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/timestamp.h"
#include "tests/sim/command_line.h"
#include "tests/sim/hand.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

// The Account without an endpoint of its own: the answers are AWS's own word.
std::string account_at_aws() {
  std::string yaml = kAccount;
  const std::string line = "  endpointUrl: http://127.0.0.1:4599\n";
  yaml.erase(yaml.find(line), line.size());
  return yaml;
}

class WrongClockTest : public testing::TestWithParam<int> {
 protected:
  WrongClockTest() { world.keeps_to_plan = false; }
  World world;
};

TEST_P(WrongClockTest, DoesNotShortenTheGraceOfAReplacedCertificate) {
  world.apply(account_at_aws() + "---" + kPublic);
  world.settle();
  const std::string old = world.placement("shop").status.arn;
  ASSERT_THAT(old, Not(IsEmpty()));
  std::string other = kPublic;
  other.replace(other.find("domainName: shop"), 16, "domainName: stop");
  world.apply(other);
  world.settle();
  ASSERT_THAT(world.placement("shop").status.previous, SizeIs(1));
  world.pass(hours(1));
  world.local.ahead = hours(GetParam());
  world.restart();
  world.pass(hours(20));
  Hand hand(world.aws, world.clock);
  EXPECT_TRUE(hand.acm("us-east-1")->describe_certificate(old).ok())
      << "its grace of 24 hours is not over";
  world.pass(hours(5));
  EXPECT_FALSE(hand.acm("us-east-1")->describe_certificate(old).ok()) << "it is over";
}

TEST_P(WrongClockTest, IsPutRightWhileTheControllerRuns) {
  world.local.ahead = hours(GetParam());
  world.restart();
  world.apply(account_at_aws() + "---" + kPublic);
  world.settle();
  const auto made = world.placement("shop").status.made;
  ASSERT_TRUE(made);
  EXPECT_LT(std::chrono::abs(*made - world.clock.now()), hours(1));
  world.local.ahead = hours(0);
  world.pass(hours(1));
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Ready"),
              StartsWith("True"));
  EXPECT_EQ(world.count("RequestCertificate"), 1U);
}

TEST_P(WrongClockTest, DoesNotMoveWhatExpires) {
  world.apply(account_at_aws() + "---\n" +
              tls_secret("legacy-tls", {"legacy.example.com"}, world.clock.now(), 1) + "---" +
              imported_spec());
  world.settle();
  const Time until = world.placement("legacy").status.not_after.value();
  world.clock.advance(until - world.clock.now() - hours(24 * 7 + 2));
  world.local.ahead = hours(GetParam());
  CommandLine cli(world);
  EXPECT_EQ(cli({"expiring", "--within=7d"}), 0) << cli.out;
  world.clock.advance(hours(3));
  EXPECT_EQ(cli({"expiring", "--within=7d"}), 1) << cli.out;
}

TEST_P(WrongClockTest, TakesNoLostCallForUnsentTooEarly) {
  world.apply(account_at_aws());
  world.settle();
  world.transport.after = [](const net::HttpRequest& request, net::HttpResponse answer) {
    const auto target = net::header(request.headers, "X-Amz-Target").value_or("");
    if (target.ends_with("RequestCertificate"))
      return Result<net::HttpResponse>(Error(Code::unavailable, "the answer was lost"));
    return Result<net::HttpResponse>(std::move(answer));
  };
  world.apply(kPublic);
  world.pass(std::chrono::seconds(5));
  const auto pending = world.placement("shop").status.pending;
  ASSERT_TRUE(pending);
  world.transport.after = {};
  world.local.ahead = hours(GetParam());
  world.restart();
  world.settle();
  EXPECT_EQ(world.count("RequestCertificate"), 1U);
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Ready"),
              StartsWith("True"));
}

INSTANTIATE_TEST_SUITE_P(Hours, WrongClockTest, testing::Values(30, 5, -5, -30));

TEST(Clock, IsNotMovedByAnEndpointThatAnAccountNames) {
  World world;
  world.keeps_to_plan = false;
  world.transport.after = [](const net::HttpRequest& request, net::HttpResponse answer) {
    if (request.url.host == "127.0.0.1")
      net::set_header(answer.headers, "Date", http_date(*parse_rfc3339("2099-01-01T00:00:00Z")));
    return Result<net::HttpResponse>(std::move(answer));
  };
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Ready"),
              StartsWith("True"));
}

}  // namespace
}  // namespace certloop::sim
