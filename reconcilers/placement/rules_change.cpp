#include <algorithm>

#include "base/text.h"
#include "base/timestamp.h"
#include "reconcilers/placement/differences.h"
#include "reconcilers/placement/reimport_rules.h"
#include "reconcilers/placement/rules.h"
#include "reconcilers/placement/usage.h"

namespace certloop::placement {

using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const api::Difference* source_difference(const Input& in) {
  for (const auto& row : in.differences)
    if (row.path == kSourcePath) return &row;
  return nullptr;
}

}  // namespace

// Nobody here imports another one: it can only be told.
std::optional<Decision> watched_one_lacks_names(const Input& in) {
  const auto& imported = in.spec().issuer.imported;
  if (!imported || imported->secret_name) return std::nullopt;
  for (const auto& row : in.differences)
    if (is_of_names(row))
      return Decision{{},
                      "Drift",
                      "NamesMismatch",
                      in.known().arn + " is for " + row.found + " and does not serve all of " +
                          row.spec +
                          ": whoever imported it must import another one, or correct "
                          "spec.domainName and spec.additionalNames",
                      true};
  return std::nullopt;
}

namespace {

std::string what_cannot_change(const Input& in) {
  std::vector<std::string> what;
  for (const auto& row : in.differences) {
    // What is imported gets its names by another import.
    if (!is_immutable(row) || (in.spec().issuer.imported && is_of_names(row))) continue;
    what.push_back(row.path + " (" + row.found + " -> " + row.spec + ")");
  }
  return join(what, "; ");
}

}  // namespace

std::optional<Decision> does_not_fit_the_named_arn(const Input& in) {
  const std::string what = in.spec().arn.empty() ? "" : what_cannot_change(in);
  if (what.empty()) return std::nullopt;
  return Decision{{},
                  "SpecChanged",
                  "ReplacementHeld",
                  "the certificate that spec.arn names is not the one that the spec describes: " +
                      what + ". Correct the spec to say what it is, or correct spec.arn",
                  true};
}

// ACM holds the key: names, key algorithm, CA and export option follow `replacement`.
std::optional<Decision> cannot_change_in_place(const Input& in) {
  if (auto decision = does_not_fit_the_named_arn(in)) return decision;
  const std::string list = what_cannot_change(in);
  if (list.empty()) return std::nullopt;
  if (in.spec().replacement == api::Replacement::hold)
    return Decision{{},
                    "SpecChanged",
                    "ReplacementHeld",
                    "ACM cannot change this in place: " + list +
                        ". Correct the spec, or set spec.replacement: CreateBeforeDelete to have a "
                        "new certificate made",
                    true};
  return obtains(
      in, {obtain(in.spec()), "SpecChanged", "Replacing",
           "ACM cannot change this in place, so a new certificate is obtained: " + list, false});
}

// S109 to S111, S113 to S119.
std::optional<Decision> source_changed(const Input& in) {
  const api::Difference* row = source_difference(in);
  if (row == nullptr || in.is_contested(row->path)) return std::nullopt;
  const Source& source = *in.observed.source;
  const std::string because =
      row->drift_class == api::DriftClass::replaced_outside ? "Drift" : "SourceChanged";
  if (in.observed.live && !is_proven_ours(in))
    return Decision{
        {},
        because,
        "OwnershipUnproven",
        in.known().arn + " does not carry our tag certloop.dev/uid: it is not imported over",
        true};
  // What was imported a moment ago may not show yet; importing it again each time would use up one
  // of ACM's smallest quotas.
  const bool done = in.known().source_fingerprint == source.fingerprint &&
                    in.known().imported_chain == source.chain_digest;
  if (done && in.known().next_attempt && *in.known().next_attempt > in.now)
    return Decision{Wait{std::min<Duration>(*in.known().next_attempt - in.now, seconds(15))},
                    because, "Reimporting",
                    "imported over " + in.known().arn + "; waiting for ACM to show it", false};
  const auto broken = broken_reimport_rule(in.known(), source, in.spec().allow_disjoint_names);
  const bool skip = in.spec().reimport == api::Reimport::skip || !in.observed.reimport_allowed;
  if (broken && in.spec().reimport == api::Reimport::required)
    return Decision{{}, because, "ReimportRefused", broken->sentence(), true};
  // After a restored state it is there already; if not the right one, that is imported over it
  // then.
  const Candidate* left = broken || skip ? best_of_ours(in) : nullptr;
  if (left != nullptr && in.spec().arn.empty() && left->key_algorithm == source.key_algorithm)
    return takes_over(*left);
  if (broken || skip)
    return obtains(in, {ImportCertificate{}, because, "Replacing",
                        broken ? broken->sentence() + ": importing it under a new ARN"
                               : "reimport is not allowed: importing it under a new ARN",
                        false});
  return obtains(in, {ImportCertificate{in.known().arn}, because, "Reimporting",
                      "Importing " + row->spec + " of Secret " + source.secret + " over " +
                          in.known().arn + " (ACM has " + row->found + ")",
                      false});
}

std::optional<Decision> lacks_tags(const Input& in) {
  api::Tags add;
  for (const auto& row : in.differences) {
    if (!row.path.starts_with("spec.tags.") || row.drift_class == api::DriftClass::extra ||
        in.is_contested(row.path))
      continue;
    add[row.path.substr(10)] = row.spec;
  }
  if (add.empty()) return std::nullopt;
  std::vector<std::string> what;
  for (const auto& [key, value] : add) {
    const auto was = in.known().tags.find(key);
    what.push_back("tag " + key + "=" + value +
                   (was == in.known().tags.end() ? "" : " (was " + was->second + ")"));
  }
  return Decision{AddTags{in.known().arn, add}, "Drift", "Tagging", "Setting " + join(what, ", "),
                  false};
}

std::optional<Decision> has_extra_tags(const Input& in) {
  std::vector<std::string> keys;
  for (const auto& row : in.differences)
    if (row.path.starts_with("spec.tags.") && row.drift_class == api::DriftClass::extra &&
        !in.is_contested(row.path))
      keys.push_back(row.path.substr(10));
  if (keys.empty()) return std::nullopt;
  return Decision{RemoveTags{in.known().arn, keys}, "Drift", "Tagging",
                  "Removing tags that the spec does not name: " + join(keys, ", "), false};
}

// A writer outside who keeps changing it back (PROTOCOLS 1).
std::optional<Decision> is_changed_back(const Input& in) {
  std::string text =
      ledger::text_of_contest(in.known().arn, in.differences, in.known().corrections,
                              in.placement.meta.generation, in.now, wishes_of(in.observed));
  if (text.empty()) return std::nullopt;
  // Another certificate under our ARN is not the one that the spec asks for.
  const bool serves_on = !in.is_contested(std::string(kSourcePath));
  return Decision{{}, "Drift", "ChangedBack", std::move(text), true, serves_on};
}

// Replaced, and without users for as long as the spec wants it kept.
std::optional<Decision> old_arn_can_go(const Input& in) {
  if (!in.present() || in.known().acm_status != "ISSUED") return std::nullopt;
  for (const auto& old : in.observed.previous) {
    if (!users_of(old, in.now).empty()) continue;
    // It stays, and is nobody's from then on: a policy that is changed later must not reach it.
    if (in.spec().retain)
      return Decision{
          RemoveTags{old.arn, ownership_tags(), true}, "Superseded", "Superseded",
          "deletionPolicy is Retain: removing our tags from " + old.arn + ", which was replaced",
          false};
    const Time end = end_of_grace(old, in.spec().replacement_grace_hours, in.now);
    if (!old.grace_is_over && end > in.now) continue;
    if (auto reading = listing_must_be_recent(in, old.arn)) return reading;
    Decision decision{DeleteCertificate{old.arn}, "Superseded", "Superseded",
                      "Deleting " + old.arn + ", which was replaced and is unused", false};
    if (end > in.now) decision.due = end;
    return decision;
  }
  return std::nullopt;
}

std::optional<Decision> old_arn_is_kept(const Input& in) {
  if (in.spec().retain) return std::nullopt;
  std::optional<Decision> waits;
  for (const auto& old : in.observed.previous) {
    if (const auto users = users_of(old, in.now); !users.empty())
      return waits_for_others(minutes(10), "Superseded", "Superseded",
                              old.arn + " was replaced but is still used by " + join(users, ", ") +
                                  ": point them to " + in.known().arn);
    // It goes only once the one that took its place serves (old_arn_can_go).
    if (in.known().acm_status != "ISSUED") continue;
    const Time end = end_of_grace(old, in.spec().replacement_grace_hours, in.now);
    waits = Decision{Wait{std::max<Duration>(end - in.now, seconds(1))}, "Superseded", "Superseded",
                     old.arn + " was replaced and is unused: deleting it at " + rfc3339(end) +
                         " (spec.replacementGraceHours)",
                     false};
  }
  return waits;
}

}  // namespace certloop::placement
