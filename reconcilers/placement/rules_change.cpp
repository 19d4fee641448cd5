#include <algorithm>

#include "base/text.h"
#include "reconcilers/placement/differences.h"
#include "reconcilers/placement/reimport_rules.h"
#include "reconcilers/placement/rules.h"

namespace certloop::placement {

using std::chrono::minutes;

namespace {

const api::Difference* source_difference(const Input& in) {
  for (const auto& row : in.differences)
    if (row.path == "spec.issuer.imported.secretRef") return &row;
  return nullptr;
}

}  // namespace

// ACM holds the key: names, key algorithm, CA and export option follow `replacement`.
std::optional<Decision> cannot_change_in_place(const Input& in) {
  std::vector<std::string> what;
  for (const auto& row : in.differences)
    if (is_immutable(row)) what.push_back(row.path + " (" + row.found + " -> " + row.spec + ")");
  if (what.empty()) return std::nullopt;
  const std::string list = join(what, "; ");
  if (in.spec().replacement == api::Replacement::hold || !in.spec().arn.empty())
    return Decision{{},
                    "SpecChanged",
                    "ReplacementHeld",
                    "ACM cannot change this in place: " + list +
                        ". Set spec.replacement: CreateBeforeDelete (and leave spec.arn out) to "
                        "have a new certificate made",
                    true};
  return Decision{obtain(in.spec()), "SpecChanged", "Replacing",
                  "ACM cannot change this in place, so a new certificate is obtained: " + list,
                  false};
}

// S109 to S111, S113 to S119.
std::optional<Decision> source_changed(const Input& in) {
  if (!source_difference(in)) return std::nullopt;
  const Source& source = *in.observed.source;
  const std::string because =
      source_difference(in)->drift_class == api::DriftClass::replaced_outside ? "Drift"
                                                                              : "SourceChanged";
  if (in.observed.live && !is_proven_ours(in))
    return Decision{{},
                    because,
                    "OwnershipUnproven",
                    in.known().arn +
                        " does not carry our tag certloop.dev/uid: it is not imported "
                        "over",
                    true};
  const auto broken = broken_reimport_rule(in.known(), source, in.spec().allow_disjoint_names);
  const bool skip = in.spec().reimport == api::Reimport::skip || !in.observed.reimport_allowed;
  if (broken && in.spec().reimport == api::Reimport::required)
    return Decision{{}, because, "ReimportRefused", broken->sentence(), true};
  if (broken || skip)
    return Decision{ImportCertificate{}, because, "Replacing",
                    broken ? broken->sentence() + ": it is imported under a new ARN"
                           : "reimport is switched off: the new certificate gets a new ARN",
                    false};
  return Decision{ImportCertificate{in.known().arn}, because, "Reimporting",
                  "Secret " + source.secret + " holds serial " + source.serial + ", ACM " +
                      in.known().serial + ": imported over the same ARN",
                  false};
}

std::optional<Decision> lacks_tags(const Input& in) {
  api::Tags add;
  for (const auto& row : in.differences) {
    if (!row.path.starts_with("spec.tags.") || row.drift_class == api::DriftClass::extra) continue;
    add[row.path.substr(10)] = row.spec;
  }
  if (add.empty()) return std::nullopt;
  return Decision{AddTags{in.known().arn, add}, "Drift", "Tagging", "tags differ from the spec",
                  false};
}

std::optional<Decision> has_extra_tags(const Input& in) {
  std::vector<std::string> keys;
  for (const auto& row : in.differences)
    if (row.path.starts_with("spec.tags.") && row.drift_class == api::DriftClass::extra)
      keys.push_back(row.path.substr(10));
  if (keys.empty()) return std::nullopt;
  return Decision{RemoveTags{in.known().arn, keys}, "Drift", "Tagging",
                  "tags that the spec does not name are removed", false};
}

std::optional<Decision> old_arn_can_go(const Input& in) {
  if (in.spec().retain || !in.present() || in.known().acm_status != "ISSUED") return std::nullopt;
  for (const auto& old : in.observed.previous)
    if (old.in_use_by.empty())
      return Decision{DeleteCertificate{old.arn}, "Superseded", "Superseded",
                      old.arn + " was replaced and nothing uses it any more", false};
  return std::nullopt;
}

std::optional<Decision> old_arn_is_in_use(const Input& in) {
  for (const auto& old : in.observed.previous)
    if (!old.in_use_by.empty() && !in.spec().retain)
      return Decision{Wait{minutes(10)}, "Superseded", "Superseded",
                      old.arn + " was replaced but is still used by " + join(old.in_use_by, ", ") +
                          ": point them to " + in.known().arn,
                      false};
  return std::nullopt;
}

}  // namespace certloop::placement
