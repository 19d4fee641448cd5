#include "aws/rate_budget.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "base/timestamp.h"

namespace certloop::aws {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const RateKey kDescribe{"111122223333", "us-east-1", "acm", "DescribeCertificate"};
const RateKey kImport{"111122223333", "us-east-1", "acm", "ImportCertificate"};

struct Budget : testing::Test {
  SimClock clock{*parse_rfc3339("2026-11-21T12:00:00Z")};
  RateBudget budget{clock};

  // Calls as fast as the budget allows for so long; how many went.
  int calls_within(const RateKey& key, Duration span) {
    const Instant end = clock.tick() + span;
    int calls = 0;
    while (clock.tick() < end) {
      const auto turn = budget.take(key);
      if (!turn) {
        ++calls;
        continue;
      }
      EXPECT_GT(*turn, clock.tick());
      clock.advance(std::min(*turn, end) - clock.tick());
    }
    return calls;
  }
  // How many go at this instant.
  int burst(const RateKey& key) {
    int calls = 0;
    while (!budget.take(key)) ++calls;
    return calls;
  }
};

TEST_F(Budget, LetsTheControllerHaveFourFifthsOfTheQuota) {
  EXPECT_EQ(burst(kDescribe), 8);
  EXPECT_NEAR(calls_within(kDescribe, seconds(100)), 800, 10);
}

TEST_F(Budget, LeavesTheCommandLineAFifthButNeverLessThanOneLookNeedsAtOnce) {
  RateBudget own(clock, RateShare::command_line);
  int calls = 0;
  while (!own.take(kDescribe)) ++calls;
  EXPECT_EQ(calls, 4);
}

RateKey for_caller(RateKey key, const std::string& caller) {
  key.caller = caller;
  return key;
}

TEST_F(Budget, HoldsACallerToWhatItDeclaresAndNobodyElse) {
  budget.declare("payments/prod", {{"acm", {{"DescribeCertificate", 0.001}}}});
  EXPECT_EQ(burst(for_caller(kDescribe, "payments/prod")), 1);
  EXPECT_EQ(burst(for_caller(kDescribe, "shop/prod")), 7);  // of the same AWS account
  EXPECT_NEAR(calls_within(for_caller(kDescribe, "shop/prod"), seconds(100)), 800, 10);
  budget.declare("payments/prod", {});  // takes it back
  EXPECT_GT(burst(for_caller(kDescribe, "payments/prod")), 0);
}

TEST_F(Budget, GivesTurnsByItsOwnRateOnlyToWhoDeclaresIt) {
  budget.declare("payments/prod", {{"acm", {{"DescribeCertificate", 0.001}}}});
  ASSERT_EQ(burst(for_caller(kDescribe, "payments/prod")), 1);
  for (int i = 0; i < 100; ++i) {
    const auto turn = budget.take(for_caller(kDescribe, "payments/prod"));
    ASSERT_TRUE(turn);
    EXPECT_GT(*turn, clock.tick() + std::chrono::minutes(10));
  }
  ASSERT_EQ(burst(kDescribe), 7) << "who waits by its own rate takes nothing from the others";
  EXPECT_LE(*budget.take(kDescribe), clock.tick() + seconds(1));
}

TEST_F(Budget, IsNotFasterThanTheDocumentedQuotaWhateverACallerDeclares) {
  budget.declare("payments/prod", {{"acm", {{"DescribeCertificate", 10000}}}});
  EXPECT_EQ(burst(for_caller(kDescribe, "payments/prod")), 8);
  EXPECT_EQ(burst(for_caller(kDescribe, "shop/prod")), 0) << "they share AWS's quota";
  EXPECT_NEAR(calls_within(for_caller(kDescribe, "payments/prod"), seconds(100)), 800, 10);
}

TEST_F(Budget, CountsEachOperationRegionAndAccountByItself) {
  EXPECT_EQ(burst(kDescribe), 8);
  EXPECT_EQ(burst({"111122223333", "us-east-1", "acm", "GetCertificate"}), 8);
  EXPECT_EQ(burst({"111122223333", "eu-west-1", "acm", "DescribeCertificate"}), 8);
  EXPECT_EQ(burst({"444455556666", "us-east-1", "acm", "DescribeCertificate"}), 8);
  EXPECT_EQ(burst(kDescribe), 0);
}

TEST_F(Budget, CountsRoute53sOperationsTogether) {
  EXPECT_EQ(burst({"1", "", "route53", "ListHostedZones"}), 40);
  EXPECT_EQ(burst({"1", "", "route53", "ChangeResourceRecordSets"}), 0);
}

TEST_F(Budget, AllowsOneImportAtOnceAndThenFewerThanOneASecond) {
  EXPECT_EQ(burst(kImport), 1);
  EXPECT_NEAR(calls_within(kImport, seconds(100)), 79, 1);  // one turn was taken and not kept
}

TEST_F(Budget, GivesEachOfThoseWhoWaitATurnOfTheirOwn) {
  ASSERT_EQ(burst(kImport), 1);  // its one refusal took the first turn, after 1.25 s
  std::vector<Instant> turns;
  for (int i = 0; i < 5; ++i) turns.push_back(*budget.take(kImport));
  EXPECT_EQ(std::set<Instant>(turns.begin(), turns.end()).size(), 5u);
  EXPECT_TRUE(std::is_sorted(turns.begin(), turns.end()));
  EXPECT_EQ(turns[4] - turns[0], milliseconds(5000));
  // Whoever comes at their turn goes.
  clock.advance(turns[0] - clock.tick());
  EXPECT_EQ(budget.take(kImport), std::nullopt);
}

TEST_F(Budget, ForgetsTurnsThatNobodyKept) {
  ASSERT_EQ(burst(kDescribe), 8);
  for (int i = 0; i < 100; ++i) budget.take(kDescribe);  // promised far ahead
  clock.advance(seconds(60));
  EXPECT_EQ(burst(kDescribe), 8);
  EXPECT_LE(*budget.take(kDescribe) - clock.tick(), milliseconds(500));
}

TEST_F(Budget, GivesNoTurnFurtherAheadThanAQuarterOfAnHour) {
  ASSERT_EQ(burst(kImport), 1);
  std::set<Instant> turns;
  for (int i = 0; i < 5000; ++i) {  // at 0.8 a second 720 fit
    const Instant turn = *budget.take(kImport);
    EXPECT_GT(turn, clock.tick());
    EXPECT_LE(turn, clock.tick() + std::chrono::minutes(15));
    turns.insert(turn);
  }
  EXPECT_GT(turns.size(), 700u) << "those that wait are spread over the time that there is";
  budget.declare("", {{"acm", {{"ImportCertificate", 1e-300}}}});
  budget.take(kImport);
  EXPECT_LE(*budget.take(kImport), clock.tick() + std::chrono::minutes(15));
}

TEST_F(Budget, HalvesItsRateWhenThrottledAndRecoversInTime) {
  ASSERT_EQ(burst(kDescribe), 8);
  for (int i = 0; i < 20; ++i) budget.throttled(kDescribe);  // one burst of answers counts once
  EXPECT_EQ(burst(kDescribe), 0);
  EXPECT_LT(calls_within(kDescribe, seconds(2)), 12);
  clock.advance(seconds(20));
  EXPECT_EQ(burst(kDescribe), 8);
  EXPECT_NEAR(calls_within(kDescribe, seconds(10)), 80, 3);
}

TEST_F(Budget, NeverFallsBelowATenth) {
  for (int i = 0; i < 100; ++i) {
    budget.throttled(kDescribe);
    clock.advance(milliseconds(1001));
  }
  EXPECT_GT(calls_within(kDescribe, seconds(10)), 8);  // 0.8 a second and what comes back
}

TEST_F(Budget, DividesAnAccountsQuotaAmongReplicas) {
  budget.set_replicas("111122223333", 4);
  EXPECT_EQ(burst(kDescribe), 2);
  EXPECT_EQ(burst({"444455556666", "us-east-1", "acm", "DescribeCertificate"}), 8);
}

TEST(DocumentedQuota, IsTheOneOfTheDocumentation) {
  EXPECT_EQ(documented_quota("acm", "SearchCertificates").per_second, 5);
  EXPECT_EQ(documented_quota("acm", "ListCertificates").per_second, 8);
  EXPECT_EQ(documented_quota("acm", "ImportCertificate").per_second, 1);
  EXPECT_EQ(documented_quota("acm-pca", "IssueCertificate").per_second, 25);
  EXPECT_EQ(documented_quota("acm-pca", "CreateCertificateAuthority").per_second, 1);
  EXPECT_EQ(documented_quota("tagging", "GetResources").per_second, 15);
  EXPECT_EQ(documented_quota("sts", "AssumeRole").bucket, "*");
}

}  // namespace
}  // namespace certloop::aws
