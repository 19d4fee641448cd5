// What happens to a certificate that has ended, failed, or is in a status that nobody knows.
#include <gtest/gtest.h>

#include "tests/unit/placement/situation.h"

namespace certloop::placement {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

Situation with_status(Situation situation, const std::string& status) {
  situation.known().acm_status = status;
  if (status == "EXPIRED") situation.known().not_after = kNow - hours(1);
  return situation;
}

TEST(Planner, NeverWaitsForACertificateThatHasEnded) {
  expect_decisions({
      {"EXPIRED is replaced", [] { return with_status(serving(), "EXPIRED"); }, "Replacing",
       "RequestCertificate"},
      {"REVOKED is replaced", [] { return with_status(serving(), "REVOKED"); }, "Replacing",
       "RequestCertificate"},
      {"INACTIVE is replaced", [] { return with_status(serving(), "INACTIVE"); }, "Replacing",
       "RequestCertificate"},
      {"past notAfter while ACM still says ISSUED",
       [] {
         auto s = serving();
         s.known().not_after = kNow;
         return s;
       },
       "Replacing", "RequestCertificate"},
      {"a private one by an ACTIVE CA", [] { return with_status(serving_private(), "EXPIRED"); },
       "Replacing", "RequestCertificate"},
      {"a private one by a CA that is not ACTIVE waits for the CA",
       [] {
         auto s = with_status(serving_private(), "EXPIRED");
         s.observed.authority->status = "DISABLED";
         return s;
       },
       "AuthorityNotActive", "nothing"},
  });
}

TEST(Planner, ReplacesAnEndedImportOnlyFromItsSource) {
  expect_decisions({
      {"imported, and the Secret holds the next one: imported over the same ARN",
       [] {
         auto s = with_status(serving_imported(), "EXPIRED");
         s.observed.source->fingerprint = "f2";
         s.observed.source->not_after = kNow + days(90);
         return s;
       },
       "Reimporting", "ImportCertificate"},
      {"imported, and the Secret holds nothing valid",
       [] {
         auto s = with_status(serving_imported(), "EXPIRED");
         s.observed.reference = Problem{"SourceExpired", "put a valid one there", true};
         return s;
       },
       "SourceExpired", "stalled"},
      {"imported and REVOKED gets a new ARN",
       [] { return with_status(serving_imported(), "REVOKED"); }, "Replacing", "ImportCertificate"},
      {"watched only: whoever imports must do it",
       [] {
         auto s = with_status(serving_imported(), "EXPIRED");
         s.placement.spec.issuer.imported->secret_name.reset();
         s.observed.source.reset();
         return s;
       },
       "EXPIRED", "stalled"},
  });
}

TEST(Planner, SaysWhyAnEndedCertificateIsNotReplaced) {
  expect_decisions({
      {"spec.replacement Hold is told to the user",
       [] {
         auto s = with_status(serving(), "REVOKED");
         s.placement.spec.replacement = api::Replacement::hold;
         return s;
       },
       "REVOKED", "stalled"},
      {"spec.arn names it, so no other is made",
       [] {
         auto s = with_status(serving(), "EXPIRED");
         s.placement.spec.arn = kArn;
         return s;
       },
       "EXPIRED", "stalled"},
      {"one that ended right after it was made is replaced an hour later",
       [] {
         auto s = with_status(serving(), "INACTIVE");
         s.known().made = kNow - minutes(10);
         return s;
       },
       "INACTIVE", "Wait"},
  });
}

TEST(Planner, DeletesWhatFailedOnlyIfItIsOursAndUnused) {
  expect_decisions({
      {"FAILED", [] { return with_status(serving(), "FAILED"); }, "IssueFailed",
       "DeleteCertificate"},
      {"VALIDATION_TIMED_OUT", [] { return with_status(serving(), "VALIDATION_TIMED_OUT"); },
       "IssueFailed", "DeleteCertificate"},
      {"FAILED and named by spec.arn",
       [] {
         auto s = with_status(serving(), "FAILED");
         s.placement.spec.arn = kArn;
         return s;
       },
       "IssueFailed", "stalled"},
      {"VALIDATION_TIMED_OUT and in use",
       [] {
         auto s = with_status(serving(), "VALIDATION_TIMED_OUT");
         s.known().in_use_by = {"arn:aws:elb"};
         return s;
       },
       "Replacing", "RequestCertificate"},
  });
}

TEST(Planner, WaitsOnlyForWhatAcmWorksOn) {
  expect_decisions({
      {"PENDING_VALIDATION before ACM names the records",
       [] { return with_status(serving(), "PENDING_VALIDATION"); }, "PendingValidation", "Wait"},
      {"PENDING_VALIDATION of a private one",
       [] { return with_status(serving_private(), "PENDING_VALIDATION"); }, "Issuing", "Wait"},
      {"a status that AWS added", [] { return with_status(serving(), "QUARANTINED"); },
       "UnknownStatus", "nothing"},
  });
  EXPECT_TRUE(decide(with_status(serving(), "QUARANTINED")).again.has_value())
      << "it is looked at again";
}

}  // namespace
}  // namespace certloop::placement
