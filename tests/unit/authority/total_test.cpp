// The planner is total (PROTOCOLS 0): the product of every status of ACM PCA, management mode,
// presence and all that decides besides is walked, and held against what must hold everywhere.
#include <gtest/gtest.h>

#include <set>

#include "loop/unfold.h"
#include "tests/unit/authority/authority.h"

namespace certloop::authority {
namespace {

using std::chrono::hours;

const std::vector<std::string> kStatuses = {"CREATING", "PENDING_CERTIFICATE", "ACTIVE", "DISABLED",
                                            "EXPIRED",  "FAILED",              "DELETED"};
const std::set<std::string> kEnded = {"DELETED", "FAILED", "EXPIRED", "DISABLED"};

enum class Tags { ours, none, other_state, other_owner };
enum class Being { kept, released, deleted, deleted_confirmed };
enum class Shape { made, adopted, of_another_type, adopting };
enum class Others { none, duplicate, served, other_state, unread };

struct Case {
  std::string status;
  Presence presence = Presence::present;
  api::Management management = api::Management::enforce;
  Being being = Being::kept;
  Shape shape = Shape::made;
  Tags tags = Tags::ours;
  Others others = Others::none;
  Issuance issuance = Issuance::none;
  bool may_take_over = false, dependants = false, retiring = false, tags_unread = false;

  std::string text() const {
    std::string line = status;
    for (const int value :
         {static_cast<int>(presence), static_cast<int>(management), static_cast<int>(being),
          static_cast<int>(shape), static_cast<int>(tags), static_cast<int>(others),
          static_cast<int>(issuance), static_cast<int>(may_take_over), static_cast<int>(dependants),
          static_cast<int>(retiring), static_cast<int>(tags_unread)})
      line += ' ' + std::to_string(value);
    return line;
  }
};

void set_tags(Situation& s, Tags tags) {
  if (tags == Tags::none) {
    s.set_tag(ledger::kUidTag, "");
    s.set_tag(ledger::kOwnerTag, "");
  } else if (tags == Tags::other_state) {
    s.set_tag(ledger::kOwnerTag, "default/default/root");
    s.set_tag(ledger::kUidTag, "uid-2");
  } else if (tags == Tags::other_owner) {
    s.owned_by("other/default/root");
  } else {
    for (const auto& [key, value] : owner_tags(s.authority, s.observed)) s.set_tag(key, value);
  }
}

void set_others(Situation& s, Others others) {
  if (others == Others::duplicate)
    s.observed.owned = {s.candidate("PENDING_CERTIFICATE", "uid-1")};
  if (others == Others::served) s.observed.owned = {s.candidate("ACTIVE", "uid-1")};
  if (others == Others::other_state) s.observed.owned = {s.candidate("ACTIVE", "uid-2")};
  if (others == Others::unread)
    s.observed.unread.others = Error(Code::unavailable, "no answer").because("Unavailable");
}

Situation situation_of(const Case& c) {
  Situation s;
  if (c.shape != Shape::made && c.shape != Shape::of_another_type) s.adopt();
  if (c.shape == Shape::adopted) s.observed.in_ledger = true;
  if (c.shape == Shape::of_another_type)
    s.observed.detail.type = s.observed.known.type = "SUBORDINATE";
  set_tags(s, c.tags);
  s.set_status(c.status);
  s.observed.issuance = c.issuance;
  if (c.issuance != Issuance::none)
    s.observed.known.issued_certificate_arn = kArn + "/certificate/1";
  s.observed.management = c.management;
  s.observed.may_take_over = c.may_take_over;
  if (c.tags_unread) {
    s.observed.tags_known = false;
    s.observed.unread.tags = Error(Code::unavailable, "no answer").because("Unavailable");
  }
  if (c.presence != Presence::present) s.set_absent(c.presence);
  set_others(s, c.others);
  if (c.dependants) s.observed.dependants = {"Placement default/shop"};
  if (c.retiring)
    s.observed.creation_refused = Problem{"AccountDeleting", "being deleted: wait", true};
  if (c.being != Being::kept) s.remove(c.being != Being::released);
  if (c.being == Being::deleted_confirmed) s.confirm();
  return s;
}

// What AWS can show: there is no status of what is not there, no certificate before there is a key.
bool is_possible(const Case& c) {
  if (c.presence != Presence::present && (c.status != "ACTIVE" || c.tags_unread)) return false;
  if (c.issuance != Issuance::none &&
      (c.status != "PENDING_CERTIFICATE" || c.presence != Presence::present))
    return false;
  if (c.others != Others::none && c.shape != Shape::made) return false;  // not looked for
  return !(c.dependants && c.being == Being::kept);                      // not looked for
}

template <class Visit>
void for_each_state_of_being(Case c, const Visit& visit) {
  for (const auto being :
       {Being::kept, Being::released, Being::deleted, Being::deleted_confirmed})
    for (const auto shape :
         {Shape::made, Shape::adopted, Shape::of_another_type, Shape::adopting})
      for (const auto tags : {Tags::ours, Tags::none, Tags::other_state, Tags::other_owner})
        for (const auto others : {Others::none, Others::duplicate, Others::served,
                                  Others::other_state, Others::unread})
          for (int bits = 0; bits < 16; ++bits) {
            c.being = being;
            c.shape = shape;
            c.tags = tags;
            c.others = others;
            c.may_take_over = (bits & 1) != 0;
            c.dependants = (bits & 2) != 0;
            c.retiring = (bits & 4) != 0;
            c.tags_unread = (bits & 8) != 0;
            if (is_possible(c)) visit(c);
          }
}

template <class Visit>
void for_each_case(const Visit& visit) {
  Case c;
  for (const auto& status : kStatuses)
    for (const auto presence : {Presence::present, Presence::absent, Presence::unknown})
      for (const auto management : {api::Management::enforce, api::Management::observe,
                                    api::Management::suspended})
        for (const auto issuance :
             {Issuance::none, Issuance::running, Issuance::issued, Issuance::failed}) {
          c.status = status;
          c.presence = presence;
          c.management = management;
          c.issuance = issuance;
          for_each_state_of_being(c, visit);
        }
}

bool is_wait(const Decision& decision) {
  return decision.action && std::holds_alternative<Wait>(*decision.action);
}

// Some rule acts, or it waits for something named that is looked at again, or it tells a person, or
// all is as the spec says.
std::string fault_of(const Case& c, const Situation& s, const Decision& decision) {
  if (decision.reason.empty()) return "no reason is given";
  if (decision.reason == "Active")
    return s.observed.known.aws_status == "ACTIVE" && c.presence == Presence::present &&
                   c.being == Being::kept
               ? ""
               : "it is called Active";
  if (decision.message.empty()) return "no message is given";
  if (is_wait(decision)) {
    const Duration wait = std::get<Wait>(*decision.action).wait;
    if (wait <= Duration{0} || wait > hours(6)) return "it is not looked at again in time";
    const bool held_by_reading = s.observed.unread.first() != nullptr;
    if (c.presence == Presence::present && kEnded.contains(c.status) && c.being == Being::kept &&
        !held_by_reading)
      return "an ended status waits";
    return "";
  }
  if (decision.action) return "";
  if (decision.stalled)
    return decision.message.find(": ") != std::string::npos ? "" : "no remedy is named";
  if (c.management != api::Management::enforce) return "";  // nothing is done, as the user said
  return decision.reason == "ConfirmationNeeded" ? "" : "nothing is done, and nobody is told";
}

// Nothing is deleted that is in use, not ours, or not asked to go.
std::string deletion_fault(const Case& c, const Situation& s, const Decision& decision) {
  if (!decision.action) return "";
  const auto* gone = std::get_if<DeleteAuthority>(&*decision.action);
  if (gone == nullptr) return "";
  if (c.management != api::Management::enforce) return "it is not ours to act";
  if (gone->arn != kArn)
    return c.others == Others::duplicate ? "" : "what may have served is deleted";
  if (c.tags_unread || c.tags != Tags::ours) return "it is not proven ours";
  if (c.being == Being::kept)
    return c.status == "FAILED" && c.shape != Shape::adopted && c.shape != Shape::adopting
               ? ""
               : "nobody asked for it";
  if (c.being != Being::deleted_confirmed) return "it was not confirmed";
  return s.observed.dependants.empty() ? "" : "certificates depend on it";
}

// What the loop would carry out from there on, until nothing is left.
bool unfolds(const Situation& s) {
  std::string last;
  const auto next = [&](const Observed& now) {
    auto decision = plan(s.authority, now, kNow).decision;
    last = decision.reason;
    if (decision.action) {
      const auto* wait = std::get_if<Wait>(&*decision.action);
      if (std::holds_alternative<LetGo>(*decision.action) || (wait != nullptr && wait->for_others))
        decision.action.reset();
    }
    return std::move(decision.action);
  };
  int step = 0;
  return loop::unfold(
             s.observed, next,
             [&](Observed now, const Action& action) {
               return assume(s.authority, std::move(now), action, ++step, kNow);
             },
             [&](const auto&) { return last; })
      .ok();
}

TEST(AuthorityPlanner, IsTotal) {
  std::size_t cases = 0, faults = 0;
  std::map<std::string, std::size_t> reasons;
  for_each_case([&](const Case& c) {
    ++cases;
    const Situation s = situation_of(c);
    const Decision decision = s.decide();
    ++reasons[decision.reason];
    std::string fault = fault_of(c, s, decision);
    if (fault.empty()) fault = deletion_fault(c, s, decision);
    if (fault.empty() && !unfolds(s)) fault = "the plan does not end";
    if (fault.empty()) return;
    constexpr std::size_t kShown = 20;
    if (++faults <= kShown)
      ADD_FAILURE() << fault << ": " << decision.reason << ": " << decision.message << "\n  in "
                    << c.text();
  });
  RecordProperty("cases", static_cast<int>(cases));
  RecordProperty("reasons", static_cast<int>(reasons.size()));
  std::printf("%zu cases, %zu reasons, %zu faults\n", cases, reasons.size(), faults);
  EXPECT_GT(cases, 10'000U);
  EXPECT_EQ(faults, 0U);
}

}  // namespace
}  // namespace certloop::authority
