// A planner is total (PROTOCOLS 0): over the product of everything that decides, some rule acts, or
// waits for something named that is looked at again, or all is as the spec says.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <set>

#include "ledger/ownership.h"
#include "loop/unfold.h"
#include "reconcilers/placement/usage.h"
#include "tests/unit/placement/situation.h"

namespace certloop::placement {
namespace {

using std::chrono::hours;

enum class IssuerKind { amazon, authority, imported, watched };
enum class Marks { ours, removed, of_another_state, unread };
enum class Use { none, by_a_service, exported };
enum class Old { none, unused, in_use, unread };

struct Case {
  std::string status;
  IssuerKind issuer;
  api::Management management;
  Presence presence;
  bool deleted, retain, named, expired, reference_missing;
  Marks marks;
  Use use;
  Old old;
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << "status " << c.status << ", issuer " << static_cast<int>(c.issuer)
             << ", management " << static_cast<int>(c.management) << ", presence "
             << static_cast<int>(c.presence) << ", deleted " << c.deleted << ", retain " << c.retain
             << ", spec.arn " << c.named << ", expired " << c.expired << ", reference missing "
             << c.reference_missing << ", marks " << static_cast<int>(c.marks) << ", use "
             << static_cast<int>(c.use) << ", old " << static_cast<int>(c.old);
}

void set_marks(Situation& s, Marks marks) {
  switch (marks) {
    case Marks::ours: return;
    case Marks::removed: s.known().tags.clear(); return;
    case Marks::of_another_state: s.set_tag(std::string(ledger::kUidTag), "uid-2"); return;
    case Marks::unread:
      s.observed.tags_known = s.observed.live = false;
      s.observed.tags_unread = Error(Code::denied, "ListTagsForCertificate is not allowed");
      return;
  }
}

Situation situation_of(const Case& c) {
  Situation s = c.issuer == IssuerKind::amazon      ? serving()
                : c.issuer == IssuerKind::authority ? serving_private()
                                                    : serving_imported();
  if (c.issuer == IssuerKind::watched) {
    s.placement.spec.issuer.imported->secret_name.reset();
    s.observed.source.reset();
  }
  s.known().acm_status = c.status;
  if (c.expired) s.known().not_after = kNow - hours(1);
  if (c.named) s.placement.spec.arn = kArn;
  if (c.deleted) s.placement.meta.deleted = kNow;
  s.placement.spec.retain = c.retain;
  s.observed.management = c.management;
  s.observed.presence = c.presence;
  if (c.reference_missing) s.observed.reference = Problem{"ReferenceNotFound", "missing", true};
  if (c.use == Use::by_a_service) s.known().in_use_by = {"arn:aws:elb"};
  if (c.use == Use::exported) s.known().exported = true;
  if (c.old != Old::none) {
    OldCertificate& old = add_previous(s, hours(1));
    if (c.old == Old::in_use) old.in_use_by = {"arn:aws:elb"};
    if (c.old == Old::unread) old.unread = Error(Code::unavailable, "timed out");
  }
  set_marks(s, c.marks);
  return s;
}

// Calls visit with every combination that can differ: what is not there has no status, and what is
// never changed needs no flag twice.
void for_each_case(const std::function<void(const Case&)>& visit) {
  using M = api::Management;
  const std::vector<std::string> all = {
      "PENDING_VALIDATION",   "ISSUED",  "INACTIVE", "EXPIRED",
      "VALIDATION_TIMED_OUT", "REVOKED", "FAILED",   "ADDED_BY_AWS"};
  const std::vector<std::string> one = {"ISSUED"};
  for (auto presence : {Presence::absent, Presence::present, Presence::unknown})
    for (const auto& status : presence == Presence::present ? all : one)
      for (auto issuer :
           {IssuerKind::amazon, IssuerKind::authority, IssuerKind::imported, IssuerKind::watched})
        for (auto management : {M::enforce, M::observe, M::suspended})
          for (int flags = 0; flags < (management == M::enforce ? 32 : 8); ++flags)
            for (auto marks : {Marks::ours, Marks::removed, Marks::of_another_state, Marks::unread})
              for (auto use : {Use::none, Use::by_a_service, Use::exported})
                for (auto old : {Old::none, Old::unused, Old::in_use, Old::unread})
                  visit({status, issuer, management, presence, (flags & 1) != 0, (flags & 2) != 0,
                         (flags & 4) != 0, (flags & 8) != 0, (flags & 16) != 0, marks, use, old});
}

bool has_ended(const api::PlacementStatus& known) {
  return known.acm_status == "EXPIRED" || known.acm_status == "REVOKED" ||
         known.acm_status == "INACTIVE" || (known.not_after && *known.not_after <= kNow);
}

// Checks one decision on the way; empty: nothing is wrong with it.
std::string fault_of(const Case& c, const Situation& s, const Decision& decision) {
  const auto& action = decision.action;
  const bool changes = action && changes_aws(*action);
  if (decision.reason.empty()) return "the decision has no reason";
  if (!action && decision.message.empty() && decision.reason != "Issued")
    return "nothing is done, and nobody is told why";
  if (!action && decision.reason == "Issued" &&
      (s.known().acm_status != "ISSUED" || has_ended(s.known())))
    return "what does not serve counts as done";
  if (changes && s.observed.management != api::Management::enforce)
    return "AWS is changed though management is not Enforce";
  if (s.observed.presence == Presence::unknown && !s.known().arn.empty() && action &&
      !std::holds_alternative<Wait>(*action))
    return "something is done though nobody knows whether the certificate exists";
  if (action && std::holds_alternative<Wait>(*action) && s.observed.presence == Presence::present &&
      has_ended(s.known()) && s.known().arn == kArn && !c.deleted && s.observed.previous.empty())
    return "an ended certificate waits";
  const auto* gone = action ? std::get_if<DeleteCertificate>(&*action) : nullptr;
  if (gone == nullptr) return "";
  if (gone->arn == s.known().arn) {
    if (!users_of(s.known(), kNow).empty()) return "a certificate in use is deleted";
    const auto uid = s.known().tags.find(std::string(ledger::kUidTag));
    if (s.observed.live && (uid == s.known().tags.end() || uid->second != kUid))
      return "what is not proven ours is deleted";
  }
  for (const auto& old : s.observed.previous)
    if (old.arn == gone->arn && !users_of(old, kNow).empty())
      return "an ARN before, in use, is deleted";
  return "";
}

TEST(PlannerProduct, AlwaysActsOrWaitsForSomethingNamedOrIsDone) {
  std::size_t cases = 0, decisions = 0, faults = 0;
  std::set<std::string> told;  // one example of each fault
  for_each_case([&](const Case& c) {
    ++cases;
    const Situation start = situation_of(c);
    std::string fault;
    std::string last;
    const auto next = [&](const Observed& observed) -> std::optional<Action> {
      Situation s{start.placement, observed};
      Decision decision = decide(s);
      ++decisions;
      if (fault.empty()) fault = fault_of(c, s, decision);
      last = name_of(decision);
      if (decision.action && std::holds_alternative<LetGo>(*decision.action)) return std::nullopt;
      return decision.action;
    };
    int step = 0;
    const auto end = loop::unfold(
        start.observed, next,
        [&](Observed o, const Action& action) {
          return assume(start.placement, std::move(o), action, ++step, kNow);
        },
        [&](const Action&) { return last; });
    if (!end.ok() && fault.empty()) fault = end.error().message();
    if (fault.empty()) return;
    ++faults;
    if (told.insert(fault).second) ADD_FAILURE() << fault << "\n  where " << c;
  });
  std::cout << cases << " cases, " << decisions << " decisions, " << faults << " faults\n";
  EXPECT_GT(cases, 50'000U);
}

}  // namespace
}  // namespace certloop::placement
