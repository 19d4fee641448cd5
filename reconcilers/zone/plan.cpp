#include "reconcilers/zone/plan.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "base/timestamp.h"
#include "ledger/corrections.h"

namespace certloop::zone {
namespace {

constexpr long kTtl = 300;                      // seconds
constexpr std::size_t kMostInABatch = 500;      // of 1,000 that Route 53 takes
constexpr std::size_t kMostCharacters = 32000;  // of all values in a batch
constexpr std::size_t kMaxFoundBytes = 1024;    // of what stands in place of a record
constexpr std::size_t kMaxShownBytes = 3000;    // of sentences in a status
constexpr std::string_view kTarget = ".acm-validations.aws.";

using Records = std::map<std::string, const api::KeptRecord*>;

Records by_name(const std::vector<api::ZoneRecord>& all) {
  Records records;
  for (const auto& record : all) records.emplace(record.status.record.name, &record.status);
  return records;
}

// Cut where a character begins.
std::string within(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
  text.resize(most);
  return text + "...";
}

std::string values_of(const aws::ResourceRecordSet& set) {
  return within(join(set.values, " "), kMaxFoundBytes);
}

bool holds(const aws::ResourceRecordSet& set, const std::string& value) {
  return set.values.size() == 1 && lower(set.values[0]) == lower(value);
}

bool has_rested(const api::KeptRecord& kept, Time now) {
  return kept.unneeded_since && now >= *kept.unneeded_since + kRest;
}

// Changes of one kind, up to what Route 53 takes at once.
class Batch {
 public:
  void add(aws::Change change) {
    std::size_t characters = 0;
    for (const auto& value : change.record_set.values) characters += value.size();
    if (changes_.size() == kMostInABatch || characters_ + characters > kMostCharacters) return;
    characters_ += characters;
    changes_.push_back(std::move(change));
  }
  bool empty() const { return changes_.empty(); }
  std::vector<aws::Change> take() && { return std::move(changes_); }

 private:
  std::vector<aws::Change> changes_;
  std::size_t characters_ = 0;
};

class Planner {
 public:
  Planner(const Observed& observed, Time now)
      : observed_(observed), now_(now), before_(by_name(observed.records)) {}

  Plan operator()() && {
    std::set<std::string> needed;
    for (const Need& need : observed_.needs) {
      if (const std::string why = refusal(need, observed_.domain); !why.empty()) {
        plan_.problems[need.record.name] = need.record.name + " is not written, because it " + why;
        const auto kept = before_.find(need.record.name);
        if (kept != before_.end() && needed.insert(need.record.name).second)
          plan_.records.push_back(*kept->second);
        continue;
      }
      needed.insert(need.record.name);
      look_at_needed(need);
    }
    for (const auto& [name, kept] : before_)
      if (!needed.contains(name)) look_at_unneeded(*kept);
    std::sort(plan_.records.begin(), plan_.records.end(),
              [](const auto& a, const auto& b) { return a.record.name < b.record.name; });
    if (observed_.management == api::Management::enforce) choose();
    return std::move(plan_);
  }

 private:
  void look_at_needed(const Need& need) {
    const auto at = before_.find(need.record.name);
    api::KeptRecord kept;
    kept.record = need.record;
    if (at != before_.end() && at->second->record == need.record) kept = *at->second;
    kept.unneeded_since.reset();
    kept.stays_because.clear();
    std::set<api::RecordUser> users(kept.users.begin(), kept.users.end());
    users.insert(need.users.begin(), need.users.end());
    kept.users = {users.begin(), users.end()};

    const auto found = observed_.found.find(need.record.name);
    if (found == observed_.found.end() || found->second.values.empty()) {
      plan_.differences.push_back({api::DriftClass::missing, need.record.name, need.record.value,
                                   at != before_.end() ? at->second->record.value : "", ""});
      if (is_taken_away_again(kept)) {
        kept.state = "ChangedBack";
        plan_.records.push_back(std::move(kept));
        return;
      }
      // Whoever writes it next is its writer.
      kept.created_by_us = false;
      kept.created.reset();
      change(kept, {"CREATE", {need.record.name, need.record.type, kTtl, {need.record.value}}});
      if (kept.state != "Refused") kept.state = "Missing";
    } else {
      const bool ours = holds(found->second, need.record.value);
      kept.state = ours ? "InPlace" : "Conflict";
      kept.found = ours ? "" : values_of(found->second);
      kept.checked.reset();
      if (!ours)
        plan_.differences.push_back(
            {api::DriftClass::changed, need.record.name, need.record.value, "", kept.found});
    }
    plan_.records.push_back(std::move(kept));
  }

  // A record that stood there and has gone is written again, but not for ever (PROTOCOLS 1).
  bool is_taken_away_again(api::KeptRecord& kept) const {
    const std::string& name = kept.record.name;
    const bool often = ledger::is_contested(kept.corrections, name, 0, now_);
    if (kept.state == "ChangedBack") return often;
    if (kept.state != "InPlace" || often) return often && kept.state == "InPlace";
    ledger::note_corrected(kept.corrections, {name}, 0, now_);
    return false;
  }

  void look_at_unneeded(api::KeptRecord kept) {
    const auto found = observed_.found.find(kept.record.name);
    // What others wrote is theirs; of what is gone there is nothing to keep.
    if (!kept.created_by_us || found == observed_.found.end()) return;
    if (!kept.unneeded_since) {
      kept.unneeded_since = std::chrono::floor<std::chrono::seconds>(now_);
      kept.checked.reset();
    }
    const auto objections = observed_.objections.find(kept.record.name);
    if (!holds(found->second, kept.record.value)) {
      kept.state = "Conflict";
      kept.found = values_of(found->second);
      kept.stays_because = "its value was changed to " + kept.found + ": it is not ours to remove";
    } else if (!has_rested(kept, now_)) {
      settle(kept, "it is removed from " + rfc3339(*kept.unneeded_since + kRest) +
                       " on, unless a certificate has its domain then");
    } else if (objections == observed_.objections.end()) {
      if (!kept.checked) settle(kept, "whether a certificate has its domain has not been read yet");
    } else if (!objections->second.empty()) {
      settle(kept, in_short(objections->second, objections->second.size()));
      kept.checked = now_;
    } else {
      plan_.differences.push_back({api::DriftClass::extra, kept.record.name, "", kept.record.value,
                                   found->second.values.front()});
      aws::ResourceRecordSet exactly = found->second;
      exactly.name = kept.record.name;
      change(kept, {"DELETE", std::move(exactly)});
      kept.stays_because = "nothing needs it any more: it is being removed";
    }
    plan_.records.push_back(std::move(kept));
  }

  static void settle(api::KeptRecord& kept, std::string why) {
    kept.state = "InPlace";
    kept.found.clear();
    kept.stays_because = std::move(why);
  }

  void change(const api::KeptRecord& kept, aws::Change change) {
    if (kept.state == "Refused") {
      const bool tried = kept.checked && now_ < *kept.checked + kTryAgain;
      if (!tried && !alone_) alone_ = std::move(change);
    } else if (change.action == "CREATE") {
      creates_.add(std::move(change));
    } else {
      deletes_.add(std::move(change));
    }
  }

  // Certificates wait for what is created; nobody waits for a removal.
  void choose() {
    if (!creates_.empty())
      plan_.changes = std::move(creates_).take();
    else if (!deletes_.empty())
      plan_.changes = std::move(deletes_).take();
    else if (alone_)
      plan_.changes.push_back(std::move(*alone_));
  }

  const Observed& observed_;
  const Time now_;
  const Records before_;
  Plan plan_;
  Batch creates_, deletes_;
  std::optional<aws::Change> alone_;
};

}  // namespace

std::string refusal(const Need& need, const std::string& zone_domain) {
  const std::string name = lower(need.record.name), value = lower(need.record.value);
  if (need.record.type != "CNAME") return "is not a CNAME";
  if (!value.ends_with(kTarget)) return "does not point to acm-validations.aws";
  if (!name.starts_with("_") || !name.ends_with("." + zone_domain))
    return "is not a validation name of zone " + zone_domain;
  const std::string domain = domain_of_record(name);
  const bool asked = std::any_of(need.names.begin(), need.names.end(), [&](const auto& asking) {
    return domain_of_name(asking) == domain;
  });
  return asked ? "" : "is not for a name of the certificate that asks for it";
}

bool is_in_trouble(const api::KeptRecord& kept) {
  return !kept.unneeded_since && (kept.state == "Conflict" || kept.state == "ChangedBack" ||
                                  (kept.state == "Refused" && !kept.found.empty()));
}

std::string trouble_with(const api::KeptRecord& kept) {
  if (kept.state == "ChangedBack")
    return "somebody outside keeps removing " + kept.record.name + ": it was written again " +
           std::to_string(ledger::kMostCorrections) +
           " times and is now left out for a day. Stop the other writer, or ACM cannot validate " +
           domain_of_record(kept.record.name);
  return kept.state == "Conflict"
             ? kept.record.name + " holds " + kept.found + " instead of " + kept.record.value
             : kept.record.name + " is refused by Route 53: " + kept.found;
}

Plan plan(const Observed& observed, Time now) { return Planner(observed, now)(); }

std::string in_short(const std::vector<std::string>& sentences, std::size_t all) {
  std::string text;
  std::size_t shown = 0;
  for (const auto& sentence : sentences) {
    if (shown > 0 && text.size() + sentence.size() > kMaxShownBytes) break;
    text += (shown++ > 0 ? "; " : "") + within(sentence, kMaxShownBytes);
  }
  if (shown < all) text += "; and " + std::to_string(all - shown) + " more";
  return text;
}

std::vector<api::KeptRecord> due_for_removal(const Observed& observed, Time now) {
  std::vector<api::KeptRecord> due;
  if (observed.management != api::Management::enforce) return due;
  std::set<std::string> needed;
  for (const Need& need : observed.needs) needed.insert(need.record.name);
  for (const auto& record : observed.records) {
    const api::KeptRecord& kept = record.status;
    if (needed.contains(kept.record.name) || !kept.created_by_us || !has_rested(kept, now))
      continue;
    if (kept.checked && now < *kept.checked + kAskAgain) continue;
    const auto found = observed.found.find(kept.record.name);
    if (found != observed.found.end() && holds(found->second, kept.record.value))
      due.push_back(kept);
  }
  return due;
}

Observed assume(Observed observed, const std::vector<aws::Change>& changes) {
  for (const auto& change : changes)
    if (change.action == "DELETE")
      observed.found.erase(change.record_set.name);
    else
      observed.found[change.record_set.name] = change.record_set;
  return observed;
}

std::vector<api::Step> steps_of(const api::HostedZone& zone,
                                const std::vector<aws::Change>& changes) {
  std::vector<api::Step> steps;
  for (const auto& change : changes) {
    const bool removes = change.action == "DELETE";
    api::Step step;
    step.object = zone.key();
    step.account =
        space_of(zone.spec.account_ref, zone.meta.space) + "/" + zone.spec.account_ref.name;
    step.service = "route53";
    step.operation = "ChangeResourceRecordSets";
    step.subject = change.record_set.name;
    step.details = {{"action", change.action},
                    {"type", change.record_set.type},
                    {"value", change.record_set.values.front()},
                    {"zone", zone.spec.id}};
    step.because = removes ? "Deleted" : "Missing";
    step.message = removes ? "no certificate has needed the record for 7 days"
                           : "ACM validates the domain by this record, now and at every renewal";
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace certloop::zone
