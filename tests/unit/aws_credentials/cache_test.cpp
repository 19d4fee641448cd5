#include "aws/credentials_cache.h"

#include <atomic>
#include <thread>

#include "machine.h"

namespace certloop::aws {
namespace {

using std::chrono::minutes;

// A source that counts, lives as long as told and fails when told.
struct Source {
  CredentialsSource function() {
    return [this]() -> Result<Credentials> {
      ++calls;
      if (fails) return Error(Code::unavailable, "the source is down");
      return Credentials{"key " + std::to_string(calls), Secret("s"), {}, clock.now() + lifetime};
    };
  }
  SimClock clock{at("2026-03-01T00:00:00Z")};
  Duration lifetime = minutes(60);
  int calls = 0;
  bool fails = false;
};

std::string key(CachedCredentials& cache) {
  const auto found = cache.get();
  return found.ok() ? (*found)->access_key_id : std::string(name_of(found.error().code()));
}

TEST(CachedCredentials, AreFetchedOnceAndThenKept) {
  Source source;
  CachedCredentials cache(source.function(), source.clock);
  EXPECT_EQ(key(cache), "key 1");
  source.clock.advance(minutes(45));
  EXPECT_EQ(key(cache), "key 1");
  EXPECT_EQ(source.calls, 1);
}

TEST(CachedCredentials, AreRefreshedWhenLessThan15MinutesAreLeft) {
  Source source;
  CachedCredentials cache(source.function(), source.clock);
  EXPECT_EQ(key(cache), "key 1");
  source.clock.advance(minutes(45) + Duration(1));
  EXPECT_EQ(key(cache), "key 2");
}

TEST(CachedCredentials, SurviveAFailedRefreshUntil10MinutesAreLeft) {
  Source source;
  CachedCredentials cache(source.function(), source.clock);
  EXPECT_EQ(key(cache), "key 1");
  source.fails = true;
  source.clock.advance(minutes(46));
  EXPECT_EQ(key(cache), "key 1");
  EXPECT_EQ(key(cache), "key 1");
  EXPECT_EQ(source.calls, 2) << "one attempt a minute is enough";
  source.clock.advance(minutes(1));
  EXPECT_EQ(key(cache), "key 1");
  EXPECT_EQ(source.calls, 3);
  source.clock.advance(minutes(4));
  EXPECT_EQ(key(cache), "unavailable");
  source.fails = false;
  EXPECT_EQ(key(cache), "key 5");
}

TEST(CachedCredentials, ShortLivedOnesAreNotFetchedAtEveryCall) {
  Source source;
  source.lifetime = minutes(15);
  CachedCredentials cache(source.function(), source.clock);
  for (int minute = 0; minute < 11; ++minute) {
    EXPECT_EQ(key(cache), "key 1") << minute;
    source.clock.advance(minutes(1));
  }
  source.clock.advance(minutes(1));
  EXPECT_EQ(key(cache), "key 2");
}

TEST(CachedCredentials, FetchedOnesThatHaveExpiredAreAnError) {
  Source source;
  source.lifetime = Duration(0);
  CachedCredentials cache(source.function(), source.clock);
  EXPECT_EQ(key(cache), "unavailable");
}

TEST(CachedCredentials, WithoutExpirationStayUntilTheyAreInvalidated) {
  SimClock clock{at("2026-03-01T00:00:00Z")};
  int calls = 0;
  CachedCredentials cache(
      [&] {
        return Result<Credentials>(
            Credentials{"key " + std::to_string(++calls), Secret("s"), {}, {}});
      },
      clock);
  EXPECT_EQ(key(cache), "key 1");
  clock.advance(std::chrono::hours(10000));
  EXPECT_EQ(key(cache), "key 1");
  cache.invalidate();
  EXPECT_EQ(key(cache), "key 2");
}

TEST(CachedCredentials, OneFetchesForACrowd) {
  constexpr int kCrowd = 8;
  SimClock clock{at("2026-03-01T00:00:00Z")};
  std::atomic<int> arrived = 0, calls = 0;
  CachedCredentials cache(
      [&] {
        ++calls;
        while (arrived < kCrowd) std::this_thread::yield();
        return Result<Credentials>(Credentials{"key", Secret("s"), {}, {}});
      },
      clock);
  std::atomic<int> served = 0;
  std::vector<std::jthread> crowd;
  for (int i = 0; i < kCrowd; ++i) {
    crowd.emplace_back([&] {
      ++arrived;
      if (cache.get().ok()) ++served;
    });
  }
  crowd.clear();
  EXPECT_EQ(served, kCrowd);
  EXPECT_EQ(calls, 1);
}

TEST(CachedCredentials, ASourceThatThrowsLeavesNobodyWaiting) {
  SimClock clock{at("2026-03-01T00:00:00Z")};
  bool throws = true;
  CachedCredentials cache(
      [&]() -> Result<Credentials> {
        if (throws) throw std::bad_alloc();
        return Credentials{"key", Secret("s"), {}, {}};
      },
      clock);
  EXPECT_THROW(static_cast<void>(cache.get()), std::bad_alloc);
  throws = false;
  EXPECT_EQ(key(cache), "key");
}

}  // namespace
}  // namespace certloop::aws
