#include "ledger/recovery.h"

#include <gtest/gtest.h>

#include <string>

#include "base/timestamp.h"

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
      // From then on: nothing until 15 minutes after the last send, then a new attempt.
      {"acm:RequestCertificate", minutes(30), minutes(40), WaitUntil{kStart + minutes(45)}},
      {"acm:RequestCertificate", minutes(30), minutes(45) - seconds(1),
       WaitUntil{kStart + minutes(45)}},
      {"acm:RequestCertificate", minutes(30), minutes(45), NewAttempt{}},
      {"acm:RequestCertificate", seconds(0), minutes(40), NewAttempt{}},
      // ACM PCA's for 3 minutes.
      {"acm-pca:CreateCertificateAuthority", seconds(0), minutes(3) - seconds(1), Resend{}},
      {"acm-pca:CreateCertificateAuthority", seconds(0), minutes(3),
       WaitUntil{kStart + minutes(15)}},
      {"acm-pca:CreateCertificateAuthority", minutes(2), minutes(17), NewAttempt{}},
      {"acm-pca:IssueCertificate", seconds(0), minutes(2), Resend{}},
      {"acm-pca:IssueCertificate", seconds(0), minutes(15), NewAttempt{}},
      // An import takes no token: never the same request twice.
      {"acm:ImportCertificate", seconds(0), seconds(15), WaitUntil{kStart + minutes(15)}},
      {"acm:ImportCertificate", seconds(0), minutes(15), NewAttempt{}},
  };
  for (const Row& row : rows)
    EXPECT_EQ(recovery(call_of(row.call, row.last_sent), kStart + row.now, kAbsent), row.expected)
        << row.call << " after " << row.now.count() << " ms";
}

TEST(Recovery, WaitsOutAClockThatWasSetBack) {
  const auto call = call_of("acm:RequestCertificate");
  EXPECT_EQ(recovery(call, kStart - minutes(5), kAbsent),
            Recovery(WaitUntil{kStart + seconds(15)}));
}

}  // namespace
}  // namespace certloop::ledger
