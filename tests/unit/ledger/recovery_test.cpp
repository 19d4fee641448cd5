#include "ledger/recovery.h"

#include <gtest/gtest.h>

#include <string>

#include "base/timestamp.h"
#include "ledger/ledger.h"

namespace certloop::ledger {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const Time kStart = *parse_rfc3339("2026-11-21T00:00:00Z");
const Looked kNotLooked{};
const Looked kAbsent{true, std::nullopt};
const Looked kFound{true, "arn:aws:acm:us-east-1:123456789012:certificate/1"};

// A call first sent at kStart and last sent so long after.
api::PendingCall call_of(const std::string& name, Duration last_sent = Duration{0}) {
  api::PendingCall call;
  call.id = "uid.1";
  call.call = name;
  call.first_sent = kStart;
  call.sent = kStart + last_sent;
  return call;
}

TEST(Recovery, DecidesNothingForFifteenSecondsAfterTheSend) {
  const auto call = call_of("acm:RequestCertificate", minutes(3));
  for (const Looked& looked : {kNotLooked, kAbsent, kFound})
    for (const Duration passed : {seconds(0), seconds(14)})
      EXPECT_EQ(recovery(call, call.sent + passed, looked),
                Recovery(WaitUntil{call.sent + seconds(15)}));
  EXPECT_EQ(recovery(call, call.sent + seconds(15), kNotLooked), Recovery(Look{}));
}

TEST(Recovery, LooksBeforeItDoesAnythingElse) {
  for (const Duration passed : {seconds(15), seconds(16 * 60), seconds(100 * 3600)})
    EXPECT_EQ(recovery(call_of("acm:RequestCertificate"), kStart + passed, kNotLooked),
              Recovery(Look{}));
}

TEST(Recovery, AdoptsWhatCarriesTheIntentHoweverLateItIsFound) {
  for (const Duration passed : {seconds(15), seconds(41 * 60), seconds(100 * 3600)})
    EXPECT_EQ(recovery(call_of("acm:RequestCertificate"), kStart + passed, kFound),
              Recovery(Adopt{*kFound.arn}));
}

TEST(Recovery, FollowsThePublishedTimesOfEachCall) {
  struct Row {
    const char* call;
    Duration last_sent, now;
    Recovery expected;
  };
  const Row rows[] = {
      // ACM's token is safe for 40 minutes from the first send, however often it was sent.
      {"acm:RequestCertificate", seconds(0), seconds(15), Resend{}},
      {"acm:RequestCertificate", minutes(30), minutes(40) - seconds(1), Resend{}},
      // From then on a listing begun two minutes after the last send counts.
      {"acm:RequestCertificate", minutes(39), minutes(40), WaitUntil{kStart + minutes(41)}},
      {"acm:RequestCertificate", minutes(39), minutes(41) - seconds(1),
       WaitUntil{kStart + minutes(41)}},
      {"acm:RequestCertificate", minutes(39), minutes(41), NoteMissing{kStart + minutes(41)}},
      {"acm:RequestCertificate", seconds(0), minutes(40), NoteMissing{kStart + minutes(40)}},
      // ACM PCA's for 3 minutes.
      {"acm-pca:CreateCertificateAuthority", seconds(0), minutes(3) - seconds(1), Resend{}},
      {"acm-pca:CreateCertificateAuthority", seconds(0), minutes(3),
       NoteMissing{kStart + minutes(3)}},
      {"acm-pca:CreateCertificateAuthority", minutes(2), minutes(3),
       WaitUntil{kStart + minutes(4)}},
      {"acm-pca:IssueCertificate", seconds(0), minutes(2), Resend{}},
      {"acm-pca:IssueCertificate", seconds(0), minutes(3), NoteMissing{kStart + minutes(3)}},
      // An import takes no token: never the same request twice.
      {"acm:ImportCertificate", seconds(0), seconds(15), WaitUntil{kStart + minutes(2)}},
      {"acm:ImportCertificate", seconds(0), minutes(2), NoteMissing{kStart + minutes(2)}},
  };
  for (const Row& row : rows)
    EXPECT_EQ(recovery(call_of(row.call, row.last_sent), kStart + row.now, kAbsent), row.expected)
        << row.call << " after " << row.now.count() << " ms";
}

// PROTOCOLS 1, step 4: one listing may lag, two that were begun apart are proof.
TEST(Recovery, StartsOverOnlyAfterASecondListingBegunApartFromTheFirst) {
  struct Row {
    Duration missed, now;
    Recovery expected;
  };
  const Row rows[] = {
      {minutes(2), minutes(2), WaitUntil{kStart + minutes(4)}},
      {minutes(2), minutes(4) - seconds(1), WaitUntil{kStart + minutes(4)}},
      {minutes(2), minutes(4), NewAttempt{}},
      // Two listings begun together are one reading, however late they come.
      {minutes(30), minutes(30), WaitUntil{kStart + minutes(32)}},
      {minutes(30), minutes(32), NewAttempt{}},
  };
  for (const Row& row : rows) {
    auto call = call_of("acm:ImportCertificate");
    call.missed = kStart + row.missed;
    EXPECT_EQ(recovery(call, kStart + row.now, kAbsent), row.expected)
        << "missed after " << row.missed.count() << " ms, now " << row.now.count() << " ms";
    EXPECT_EQ(recovery(call, kStart + row.now, kFound), Recovery(Adopt{*kFound.arn}));
  }
  auto call = call_of("acm:RequestCertificate");
  call.missed = kStart + minutes(2);
  EXPECT_EQ(sent_again(call, kStart + minutes(3)).missed, std::nullopt);
}

TEST(Recovery, WaitsOutAClockThatWasSetBack) {
  const auto call = call_of("acm:RequestCertificate");
  EXPECT_EQ(recovery(call, kStart - minutes(5), kAbsent),
            Recovery(WaitUntil{kStart + seconds(15)}));
}

}  // namespace
}  // namespace certloop::ledger
