#include "ledger/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "tests/support/faulty_store.h"
#include "tests/support/temporary_store.h"

namespace certloop::ledger {
namespace {

using api::Placement;
using std::chrono::minutes;
using std::chrono::seconds;

const api::Document kRequest = *api::Document::parse(R"({"DomainName":"shop.example.com"})");

Error silence() { return Error(Code::unavailable, "timed out"); }
Error refusal() {
  return Error(Code::invalid, "no such CA").answered({"ValidationException", "id", 400});
}
Error server_error() {
  return Error(Code::unavailable, "oops").answered({"InternalFailure", "id", 500});
}

TEST(OpenCall, HasATokenThatAcmAndPcaTake) {
  const auto call =
      open_call("uid-1", "123456789012", "acm:RequestCertificate", kRequest, 1, Time{});
  EXPECT_THAT(call.token, testing::MatchesRegex("[0-9a-f]{32}"));
  EXPECT_EQ(call.id, "uid-1.1");
  EXPECT_EQ(call.request, kRequest);
  EXPECT_EQ(call.first_sent, call.sent);
}

TEST(OpenCall, HasAnotherTokenForAnythingThatDiffers) {
  const auto token = [](const char* uid, const char* call, const char* request, int attempt) {
    return open_call(uid, "123456789012", call, *api::Document::parse(request), attempt, Time{})
        .token;
  };
  const std::string first = token("uid-1", "acm:RequestCertificate", R"({"a":"b"})", 1);
  EXPECT_EQ(token("uid-1", "acm:RequestCertificate", R"({"a":"b"})", 1), first);
  EXPECT_NE(token("uid-2", "acm:RequestCertificate", R"({"a":"b"})", 1), first);
  EXPECT_NE(token("uid-1", "acm-pca:IssueCertificate", R"({"a":"b"})", 1), first);
  EXPECT_NE(token("uid-1", "acm:RequestCertificate", R"({"a":"c"})", 1), first);
  EXPECT_NE(token("uid-1", "acm:RequestCertificate", R"({"a":"b"})", 2), first);
}

TEST(OpenCall, SentAgainKeepsItsTokenAndItsFirstTime) {
  const auto call =
      open_call("uid-1", "123456789012", "acm:RequestCertificate", kRequest, 1, Time{});
  const auto again = sent_again(call, Time(minutes(5)));
  EXPECT_EQ(again.token, call.token);
  EXPECT_EQ(again.first_sent, call.first_sent);
  EXPECT_EQ(again.sent, Time(minutes(5)));
}

TEST(Closes, OnlyADefiniteRefusalDoesAndOfALaterSendOnlyWhatWasWrongFromTheStart) {
  const auto first =
      open_call("uid-1", "123456789012", "acm:RequestCertificate", kRequest, 1, Time{});
  EXPECT_TRUE(closes(first, refusal()));
  EXPECT_TRUE(closes(first, Error(Code::throttled, "not its turn").not_sent()));
  EXPECT_FALSE(closes(first, silence()));
  EXPECT_FALSE(closes(first, server_error()));
  // A gateway's page says nothing of what the service behind it has done.
  EXPECT_FALSE(closes(first, Error(Code::denied, "no").answered({"", "", 403})));
  EXPECT_FALSE(closes(first, Error(Code::internal, "late").answered({"RequestTimeout", "", 408})));
  // That this one had no effect says nothing of the one before, whose answer was lost.
  const auto second = sent_again(first, Time(minutes(1)));
  for (const Code code : {Code::throttled, Code::denied, Code::exhausted})
    EXPECT_FALSE(closes(second, Error(code, "no").answered({"X", "id", 400}))) << name_of(code);
  EXPECT_FALSE(closes(second, Error(Code::throttled, "not its turn").not_sent()));
  EXPECT_TRUE(closes(second, refusal())) << "wrong in itself: it was refused the first time too";
}

class LedgerTest : public testing::Test {
 protected:
  LedgerTest() {
    Placement placement;
    placement.meta.space = "payments";
    placement.meta.name = "shop";
    placement.spec.domain_name = "shop.example.com";
    placement.spec.region = "us-east-1";
    EXPECT_TRUE(real_->create(api::write(placement)).ok());
  }

  Placement read() { return *store::get<Placement>(*real_, "payments", "shop"); }
  api::PendingCall call(const Placement& placement, std::int64_t attempt = 1) {
    return open_call(placement.meta.uid, "123456789012", "acm:RequestCertificate", kRequest,
                     attempt, real_.clock.now());
  }
  // Somebody else changes the status.
  void meddle(const std::string& acm_status) {
    Placement other = read();
    other.status.acm_status = acm_status;
    ASSERT_TRUE(real_->update_status(api::write(other)).ok());
  }

  test::TemporaryStore real_;
  test::FaultyStore store_{*real_};
};

TEST_F(LedgerTest, AClaimIsInTheStoreBeforeTheSend) {
  Placement mine = read();
  ASSERT_TRUE(claim(store_, mine, call(mine)).ok());
  real_.reopen();
  EXPECT_EQ(read().status.pending, call(mine));
}

TEST_F(LedgerTest, OfTwoThatClaimOneLoses) {
  Placement first = read(), second = read();
  ASSERT_TRUE(claim(store_, first, call(first)).ok());
  const auto lost = claim(store_, second, call(second, 2));
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().code(), Code::conflict);
  EXPECT_EQ(read().status.pending->attempt, 1);
  EXPECT_EQ(second.status.pending, std::nullopt) << "a lost claim leaves no trace";
}

TEST_F(LedgerTest, ASecondCallWaitsForTheFirstToBeRecovered) {
  Placement mine = read();
  ASSERT_TRUE(claim(store_, mine, call(mine)).ok());
  const auto refused = claim(store_, mine, call(mine, 2));
  EXPECT_EQ(refused.error().code(), Code::conflict);
  EXPECT_TRUE(claim(store_, mine, sent_again(*mine.status.pending, Time(minutes(1)))).ok())
      << "the same call may be sent again";
}

TEST_F(LedgerTest, AnAnswerIsRecordedThoughOthersWriteInBetween) {
  Placement mine = read();
  ASSERT_TRUE(claim(store_, mine, call(mine)).ok());
  int writers = 5;
  store_.before = [&](const std::string& operation) -> Result<void> {
    if (operation == "update_status" && writers-- > 0)
      meddle("written " + std::to_string(writers) + " times");
    return {};
  };
  ASSERT_TRUE(record(store_, mine, true, [](auto& status) { status.arn = "arn:1"; }).ok());
  EXPECT_EQ(read().status.arn, "arn:1");
  EXPECT_EQ(read().status.pending, std::nullopt);
  EXPECT_EQ(read().status.acm_status, "written 0 times") << "what others wrote stays";
  EXPECT_EQ(mine.meta.version, read().meta.version);
}

TEST_F(LedgerTest, SilenceLeavesTheCallOpen) {
  Placement mine = read();
  ASSERT_TRUE(claim(store_, mine, call(mine)).ok());
  ASSERT_TRUE(record(store_, mine, closes(call(mine), silence()), [](auto& s) {
                s.acm_status = "?";
              }).ok());
  EXPECT_TRUE(read().status.pending);
  ASSERT_TRUE(record(store_, mine, closes(call(mine), refusal()), [](auto&) {}).ok());
  EXPECT_FALSE(read().status.pending);
}

TEST_F(LedgerTest, RecordingNeverClosesTheCallOfAnother) {
  Placement mine = read();
  ASSERT_TRUE(claim(store_, mine, call(mine)).ok());
  // A second process recovers it, and opens a call of its own, before this one comes to record.
  Placement theirs = read();
  ASSERT_TRUE(record(*real_, theirs, true, [](auto& status) { status.arn = "arn:1"; }).ok());
  ASSERT_TRUE(claim(*real_, theirs, call(theirs, 2)).ok());
  ASSERT_TRUE(record(store_, mine, true, [](auto&) {}).ok());
  ASSERT_TRUE(read().status.pending);
  EXPECT_EQ(read().status.pending->attempt, 2);
}

TEST_F(LedgerTest, AStoreThatFailsLeavesTheCallOpen) {
  Placement mine = read();
  ASSERT_TRUE(claim(store_, mine, call(mine)).ok());
  store_.before = [](const std::string&) -> Result<void> {
    return Error(Code::unavailable, "the disk is full");
  };
  const auto failed = record(store_, mine, true, [](auto& status) { status.arn = "arn:1"; });
  EXPECT_EQ(failed.error().code(), Code::unavailable);
  EXPECT_TRUE(read().status.pending);
}

// --- the whole protocol, killed at every point (S37)

// A service that makes one thing per token for an hour, and lists it some time after it was made.
class Service {
 public:
  explicit Service(const Clock& clock) : clock_(clock) {}

  Result<std::string> create(const api::PendingCall& call) {
    const Fate fate = next_fate ? next_fate() : Fate::answered;
    if (fate == Fate::refused)
      return Error(Code::throttled, "rate exceeded").answered({"ThrottlingException", "id", 400});
    if (fate == Fate::never_arrived) return silence();
    const std::string arn = make(call);
    if (fate == Fate::answer_lost) return silence();
    return arn;
  }
  std::string make(const api::PendingCall& call) {
    const auto known = tokens_.find(call.token);
    if (known != tokens_.end() && clock_.now() < known->second.second + minutes(60))
      return known->second.first;
    const std::string arn = "arn:" + std::to_string(made_.size() + 1);
    made_.push_back({arn, call.id, clock_.now()});
    tokens_[call.token] = {arn, clock_.now()};
    return arn;
  }
  Looked look(const std::string& intent) const {
    for (const Made& made : made_)
      if (made.intent == intent && clock_.now() >= made.at + listing_lag) return {true, made.arn};
    return {true, std::nullopt};
  }
  std::size_t count() const { return made_.size(); }

  // What becomes of a send.
  enum class Fate { answered, refused, never_arrived, answer_lost };
  std::function<Fate()> next_fate;
  Duration listing_lag{0};

 private:
  struct Made {
    std::string arn, intent;
    Time at;
  };
  const Clock& clock_;
  std::vector<Made> made_;
  std::map<std::string, std::pair<std::string, Time>> tokens_;
};

struct Killed {};

// A reconciler as simple as can be: one object, one create. `point` is called between any two steps
// and may kill it.
class Loop {
 public:
  Loop(store::Store& store, SimClock& clock, Service& service,
       std::function<void(const std::string&)> point)
      : store_(store), clock_(clock), service_(service), point_(std::move(point)) {}

  // One run. Answers when to look again; nothing when there is nothing left to do.
  std::optional<Time> run() {
    Placement placement = *store::get<Placement>(store_, "payments", "shop");
    if (placement.status.pending) return recover(placement);
    if (!placement.status.arn.empty()) return std::nullopt;
    ++placement.status.attempts;
    return send(placement, open_call(placement.meta.uid, "123456789012", "acm:RequestCertificate",
                                     kRequest, placement.status.attempts, clock_.now()));
  }

 private:
  std::optional<Time> send(Placement& placement, const api::PendingCall& call) {
    point_("before claim");
    if (!claim(store_, placement, call).ok()) return clock_.now();
    point_("before send");
    const auto arn = service_.create(call);
    point_("before record");
    const bool closed = arn.ok() || closes(call, arn.error());
    const auto note = [&](auto& status) {
      if (arn.ok()) status.arn = *arn;
    };
    EXPECT_TRUE(record(store_, placement, closed, note).ok());
    point_("after record");
    return clock_.now();
  }

  std::optional<Time> recover(Placement& placement) {
    const api::PendingCall open = *placement.status.pending;
    auto what = recovery(open, clock_.now(), {});
    if (std::holds_alternative<Look>(what))
      what = recovery(open, clock_.now(), service_.look(open.id));
    point_("recovering");
    if (const auto* wait = std::get_if<WaitUntil>(&what)) return wait->until;
    if (const auto* adopt = std::get_if<Adopt>(&what)) {
      EXPECT_TRUE(
          record(store_, placement, true, [&](auto& status) { status.arn = adopt->arn; }).ok());
      return clock_.now();
    }
    if (std::holds_alternative<Resend>(what))
      return send(placement, sent_again(open, clock_.now()));
    EXPECT_TRUE(record(store_, placement, true, [](auto&) {}).ok());
    return clock_.now();
  }

  store::Store& store_;
  SimClock& clock_;
  Service& service_;
  std::function<void(const std::string&)> point_;
};

TEST_F(LedgerTest, S37_MakesOneThingHoweverOftenItIsKilled) {
  // Killed at the n-th and at the m-th point that it reaches, for all n and m, with a listing that
  // is at once current, and one that lags as long as the protocol allows for.
  for (const Duration lag : {Duration(seconds(0)), Duration(minutes(10))}) {
    for (int first = 1; first <= 8; ++first) {
      for (int second = first; second <= 12; ++second) {
        SCOPED_TRACE(std::to_string(lag.count()) + " ms lag, killed at " + std::to_string(first) +
                     " and " + std::to_string(second));
        Placement fresh = read();
        fresh.status = {};
        ASSERT_TRUE(real_->update_status(api::write(fresh)).ok());
        Service service(real_.clock);
        service.listing_lag = lag;
        int points = 0;
        Loop loop(*real_, real_.clock, service, [&](const std::string&) {
          ++points;
          if (points == first || points == second) throw Killed{};
        });
        for (int runs = 0; runs < 100; ++runs) {
          try {
            const auto next = loop.run();
            if (!next) break;
            real_.clock.advance_to(*next);
          } catch (const Killed&) {
            // The next process comes up a little later, or much later: beyond every token.
            real_.clock.advance(second % 3 == 0 ? Duration(minutes(50)) : Duration(seconds(2)));
          }
        }
        EXPECT_EQ(service.count(), 1U);
        EXPECT_EQ(read().status.arn, "arn:1");
        EXPECT_EQ(read().status.pending, std::nullopt);
      }
    }
  }
}

TEST_F(LedgerTest, S37_MakesOneThingWhateverBecomesOfItsCalls) {
  using Fate = Service::Fate;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Placement fresh = read();
    fresh.status = {};
    ASSERT_TRUE(real_->update_status(api::write(fresh)).ok());
    std::mt19937 random(seed);
    const auto below = [&](unsigned bound) { return random() % bound; };
    int troubles = 12;  // then the world is calm
    Service service(real_.clock);
    service.listing_lag = minutes(below(15));
    service.next_fate = [&] {
      constexpr Fate kFates[] = {Fate::refused, Fate::never_arrived, Fate::answer_lost,
                                 Fate::answered};
      return troubles-- > 0 ? kFates[below(4)] : Fate::answered;
    };
    Loop loop(*real_, real_.clock, service, [&](const std::string&) {
      if (troubles-- > 0 && below(4) == 0) throw Killed{};
    });
    for (int runs = 0; runs < 200; ++runs) {
      try {
        const auto next = loop.run();
        if (!next) break;
        real_.clock.advance_to(*next);
        real_.clock.advance(seconds(below(90)));
      } catch (const Killed&) {
        real_.clock.advance(seconds(below(3600)));
      }
    }
    EXPECT_EQ(service.count(), 1U);
    EXPECT_FALSE(read().status.arn.empty());
    EXPECT_EQ(read().status.pending, std::nullopt);
  }
}

}  // namespace
}  // namespace certloop::ledger
