// What a Certificate does about its placements: rows of what is there and what follows.
#include "reconcilers/certificate/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace certloop::certificate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Time kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};

api::Certificate a_certificate() {
  api::Certificate certificate;
  certificate.meta.space = "payments";
  certificate.meta.name = "shop";
  certificate.meta.uid = "uid-of-shop";
  certificate.meta.generation = 2;
  certificate.meta.finalizers = {std::string(kFinalizer)};
  certificate.spec.domain_name = "shop.example.com";
  certificate.spec.account_ref = {"prod", ""};
  certificate.spec.region = "us-east-1";
  certificate.spec.issuer.amazon.emplace();
  return certificate;
}

// The placement as the certificate wants it, and as it stands in the store.
api::Placement placed(const api::Certificate& certificate) {
  api::Placement placement = wanted_placements(certificate).at(0);
  placement.meta.generation = 5;
  placement.status.observed_generation = 5;
  return placement;
}

std::string name_of(const Action& action) {
  const char* const names[] = {"add the finalizer",
                               "make the placement",
                               "change the placement",
                               "remove the placement",
                               "revive the placement",
                               "pass the request on",
                               "let go"};
  return names[action.index()];
}

struct Row {
  std::string what;
  std::function<void(api::Certificate&, Observed&)> change;
  std::vector<std::string> then;
};

void expect_actions(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    auto certificate = a_certificate();
    Observed observed;
    row.change(certificate, observed);
    std::vector<std::string> actions;
    for (const auto& action : plan(certificate, observed).actions)
      actions.push_back(name_of(action));
    EXPECT_EQ(actions, row.then);
  }
}

void with_placement(api::Certificate& certificate, Observed& observed) {
  observed.placements = {placed(certificate)};
}

TEST(CertificatePlan, SaysWhatFollowsFromWhatIsThere) {
  expect_actions({
      {"it is new: it gets its finalizer before anything is made",
       [](auto& c, auto&) { c.meta.finalizers.clear(); },
       {"add the finalizer", "make the placement"}},
      {"it has no placement", [](auto&, auto&) {}, {"make the placement"}},
      {"the placement is as the spec says", with_placement, {}},
      {"the spec has changed",
       [](auto& c, auto& o) {
         with_placement(c, o);
         c.spec.tags["team"] = "web";
       },
       {"change the placement"}},
      {"the placement is being deleted, and is wanted again",
       [](auto& c, auto& o) {
         with_placement(c, o);
         o.placements[0].meta.deleted = kNow;
         c.spec.tags["team"] = "web";
       },
       {"revive the placement"}},
      {"another placement is its own too",
       [](auto& c, auto& o) {
         with_placement(c, o);
         o.placements.push_back(o.placements[0]);
         o.placements[1].meta.name = "shop.prod.eu-west-1";
       },
       {"remove the placement"}},
      {"another certificate has a placement of the name",
       [](auto&, auto& o) { o.name_clashes = {"shop.prod.us-east-1"}; },
       {}},
      {"the placement cannot be read",
       [](auto&, auto& o) { o.unreadable = Error(Code::internal, "damaged"); },
       {}},
  });
}

TEST(CertificatePlan, GoesOnlyAfterItsPlacements) {
  expect_actions({
      {"it is being deleted, and so is the placement",
       [](auto& c, auto& o) {
         with_placement(c, o);
         c.meta.deleted = kNow;
         o.placements[0].meta.deleted = kNow;
       },
       {}},
      {"somebody asks for a fresh look",
       [](auto& c, auto& o) {
         with_placement(c, o);
         c.meta.annotations[api::kReconcileRequested] = "now";
       },
       {"pass the request on"}},
      {"the placement has been asked for it",
       [](auto& c, auto& o) {
         with_placement(c, o);
         c.meta.annotations[api::kReconcileRequested] = "now";
         o.placements[0].meta.annotations[api::kReconcileRequested] = "now";
       },
       {}},
      {"that was asked for once, and done",
       [](auto& c, auto& o) {
         with_placement(c, o);
         c.meta.annotations[api::kReconcileRequested] = "now";
         c.status.last_handled_reconcile = "now";
         o.placements[0].meta.annotations[api::kReconcileRequested] = "the placement's own";
       },
       {}},
      {"it is being deleted, and the placement is there",
       [](auto& c, auto& o) {
         with_placement(c, o);
         c.meta.deleted = kNow;
       },
       {"remove the placement"}},
      {"it is being deleted, and the placement is gone",
       [](auto& c, auto&) { c.meta.deleted = kNow; },
       {"let go"}},
      {"it is being deleted, and the placement of that name is another's",
       [](auto& c, auto& o) {
         c.meta.deleted = kNow;
         o.name_clashes = {"shop.prod.us-east-1"};
       },
       {"let go"}},
      {"it is being deleted, and whether the placement is gone cannot be read",
       [](auto& c, auto& o) {
         c.meta.deleted = kNow;
         o.unreadable = Error(Code::internal, "damaged");
       },
       {}},
  });
}

TEST(CertificatePlan, NamesOfPlacementsCanBeTheSame) {
  auto first = a_certificate(), second = a_certificate();
  first.meta.name = "a";
  first.spec.account_ref = {"b.c", ""};
  second.meta.name = "a.b";
  second.spec.account_ref = {"c", ""};
  EXPECT_EQ(wanted_placements(first)[0].meta.name, wanted_placements(second)[0].meta.name);
  Observed observed;
  observed.name_clashes = {wanted_placements(second)[0].meta.name};
  const Plan todo = plan(second, observed);
  ASSERT_TRUE(todo.stalled);
  EXPECT_EQ(todo.stalled->reason, "NameClash");
  EXPECT_THAT(todo.stalled->message, HasSubstr("rename one of the two"));
}

std::string status_of(const api::CertificateStatus& status, const std::string& type) {
  const auto* condition = api::find(status.conditions, type);
  if (condition == nullptr) return "absent";
  const char* const words[] = {"True", "False", "Unknown"};
  return std::string(words[static_cast<int>(condition->status)]) + " " + condition->reason;
}

struct Summary {
  std::string what;
  std::function<void(api::Certificate&, Observed&)> change;
  std::string ready, in_sync, reconciling;
};

// A placement that serves, issued and in step with AWS.
api::Placement serving(const api::Certificate& certificate) {
  api::Placement placement = placed(certificate);
  placement.status.arn = "arn:aws:acm:us-east-1:123456789012:certificate/1";
  placement.status.acm_status = "ISSUED";
  placement.status.not_after = kNow + std::chrono::hours(24);
  placement.status.conditions = {{"Ready", api::Truth::yes, "Issued", "can serve", 5, kNow},
                                 {"InSync", api::Truth::yes, "InSync", "", 5, kNow},
                                 {"Reconciling", api::Truth::no, "Settled", "", 5, kNow}};
  return placement;
}

TEST(CertificateStatus, SaysHowItsPlacementsAre) {
  const std::vector<Summary> rows = {
      {"the placement serves", [](auto&, auto&) {}, "True Issued", "True InSync", "False Settled"},
      {"the placement could not be compared with AWS",
       [](auto&, auto& o) {
         o.placements[0].status.conditions[1] = {"InSync", api::Truth::unknown, "Stale", "", 5,
                                                 kNow};
       },
       "True Issued", "Unknown Stale", "False Settled"},
      {"the placement has not taken in the spec",
       [](auto&, auto& o) { o.placements[0].status.observed_generation = 4; },
       "Unknown Progressing", "True InSync", "True Progressing"},
      {"the placement is missing", [](auto&, auto& o) { o.placements.clear(); },
       "Unknown Progressing", "absent", "True Progressing"},
      {"notAfter has passed since the placement was looked at",
       [](auto&, auto& o) { o.placements[0].status.not_after = kNow; }, "False Expired",
       "True InSync", "False Settled"},
      {"the placement cannot be read: as last known",
       [](auto& c, auto& o) {
         c.status = summed_up(c, o, {}, kNow);
         o.placements.clear();
         o.unreadable = Error(Code::internal, "the row is damaged").because("Damaged");
       },
       "True Issued", "Unknown Damaged", "True Damaged"},
      {"the placement cannot be read, and notAfter has passed",
       [](auto& c, auto& o) {
         c.status = summed_up(c, o, {}, kNow);
         c.status.not_after = kNow - std::chrono::hours(1);
         o.placements.clear();
         o.unreadable = Error(Code::internal, "the row is damaged").because("Damaged");
       },
       "False Expired", "Unknown Damaged", "True Damaged"},
      {"it is being deleted: the placement says how that goes",
       [](auto& c, auto& o) {
         c.meta.deleted = kNow;
         o.placements[0].status.conditions[0] = {"Ready", api::Truth::no, "InUse", "", 5, kNow};
       },
       "False InUse", "True InSync", "False Settled"},
      {"it is being deleted, and the placement is gone",
       [](auto& c, auto& o) {
         c.meta.deleted = kNow;
         o.placements.clear();
       },
       "Unknown Deleting", "absent", "True Deleting"},
  };
  for (const Summary& row : rows) {
    SCOPED_TRACE(row.what);
    auto certificate = a_certificate();
    Observed observed;
    observed.placements = {serving(certificate)};
    row.change(certificate, observed);
    const auto status = summed_up(certificate, observed, plan(certificate, observed), kNow);
    EXPECT_EQ(status_of(status, "Ready"), row.ready);
    EXPECT_EQ(status_of(status, "InSync"), row.in_sync);
    EXPECT_EQ(status_of(status, "Reconciling"), row.reconciling);
  }
}

TEST(CertificateStatus, KeepsNoConditionThatThePlacementHasNoMore) {
  auto certificate = a_certificate();
  Observed observed;
  observed.placements = {serving(certificate)};
  observed.placements[0].status.conditions.push_back(
      {"Superseded", api::Truth::yes, "OldArnInUse", "x uses y", 5, kNow});
  certificate.status = summed_up(certificate, observed, {}, kNow);
  EXPECT_EQ(status_of(certificate.status, "Superseded"), "True OldArnInUse");
  observed.placements[0].status.conditions.pop_back();
  certificate.status = summed_up(certificate, observed, {}, kNow);
  EXPECT_EQ(status_of(certificate.status, "Superseded"), "absent");
}

TEST(CertificateStatus, WhileThePlacementCannotBeReadTheArnIsNotForgotten) {
  auto certificate = a_certificate();
  Observed observed;
  observed.placements = {serving(certificate)};
  certificate.status = summed_up(certificate, observed, {}, kNow);
  const std::string arn = certificate.status.arn;
  observed.placements.clear();
  observed.unreadable = Error(Code::internal, "the row is damaged");
  EXPECT_EQ(summed_up(certificate, observed, {}, kNow).arn, arn);
}

}  // namespace
}  // namespace certloop::certificate
