#include <algorithm>
#include <set>

#include "base/text.h"
#include "ledger/ownership.h"
#include "reconcilers/placement/differences.h"
#include "reconcilers/placement/rules.h"

namespace certloop::placement {
namespace {

std::string tag(const api::Tags& tags, std::string_view key) {
  const auto it = tags.find(std::string(key));
  return it == tags.end() ? std::string() : it->second;
}

// A certificate fits if it could have come from this spec: then it is taken over instead of being
// issued again. What differs and can be changed in place (tags) is changed afterwards.
bool fits(const Input& in, const Candidate& candidate) {
  if (candidate.status == "FAILED" || candidate.status == "VALIDATION_TIMED_OUT" ||
      candidate.status == "REVOKED" || candidate.status == "EXPIRED")
    return false;
  if (in.spec().issuer.imported) return candidate.type == "IMPORTED";
  if (candidate.type == "IMPORTED" || (in.spec().issuer.amazon && candidate.type == "PRIVATE"))
    return false;
  std::set<std::string> wanted, found;
  for (const auto& name : wanted_names(in.spec())) wanted.insert(name);
  for (const auto& name : candidate.names) found.insert(normalized_domain(name));
  const std::string algorithm = wanted_key_algorithm(in.spec(), in.observed);
  return (found.empty() || wanted == found) &&
         (candidate.key_algorithm.empty() || algorithm.empty() ||
          candidate.key_algorithm == algorithm);
}

// The best of those that carry our owner tag and fit; null if none does.
const Candidate* best_of_ours(const Input& in) {
  const Candidate* best = nullptr;
  for (const Candidate& candidate : in.observed.owned) {
    if (!fits(in, candidate)) continue;
    if (best == nullptr || (candidate.status == "ISSUED" && best->status != "ISSUED") ||
        (candidate.status == best->status && candidate.created > best->created))
      best = &candidate;
  }
  return best;
}

Decision takes_over(const Candidate& found) {
  return {TakeOver{found.arn}, "Recovery", "Adopting",
          found.arn + " carries our owner tag and fits the spec: taking it over", false};
}

}  // namespace

bool is_proven_ours(const Input& in) {
  return in.observed.tags_known && tag(in.known().tags, ledger::kUidTag) == in.placement.meta.uid;
}

std::optional<Decision> is_owned_by_another(const Input& in) {
  if (!in.observed.foreign_owner) return std::nullopt;
  const std::string& owner = *in.observed.foreign_owner;
  const bool other_installation = !owner.starts_with(in.observed.installation + "/");
  return Decision{{},
                  "",
                  other_installation ? "ForeignOwner" : "OwnedByOther",
                  (in.known().arn.empty() ? in.spec().arn : in.known().arn) + " is kept by " +
                      owner +
                      " (tag certloop.dev/owner): delete that spec, or remove the tag, so that one "
                      "spec keeps one certificate",
                  true};
}

// What AWS would refuse as a tag, on whatever call carries it.
std::optional<Decision> cannot_be_marked(const Input& in) {
  if (in.observed.management != api::Management::enforce) return std::nullopt;
  const api::Tags tags = wanted_tags(in.placement, in.observed, "");
  const auto owner = ledger::check_owner_tag(tags.at(std::string(ledger::kOwnerTag)));
  if (owner.ok()) return std::nullopt;
  return Decision{{}, "", "OwnerTagInvalid", owner.error().message(), true};
}

// After a lost or restored state: what carries our owner tag is ours, whatever the uid says.
std::optional<Decision> takes_over_what_is_ours(const Input& in) {
  if (in.present() && !in.known().arn.empty()) return std::nullopt;
  const Candidate* best = best_of_ours(in);
  if (best == nullptr) return std::nullopt;
  return takes_over(*best);
}

// After a restored state: the certificate that this one has to make way for is there already. (What
// is imported is known by its serial, which no candidate tells: it is imported again.)
std::optional<Decision> takes_over_a_replacement(const Input& in) {
  if (in.deleted() || !in.present() || in.spec().issuer.imported || !in.spec().arn.empty() ||
      in.spec().replacement == api::Replacement::hold)
    return std::nullopt;
  if (std::none_of(in.differences.begin(), in.differences.end(), is_immutable)) return std::nullopt;
  const Candidate* best = best_of_ours(in);
  if (best == nullptr || best->status != "ISSUED") return std::nullopt;
  return takes_over(*best);
}

std::optional<Decision> adopts_by_arn(const Input& in) {
  if (in.deleted() || !in.present()) return std::nullopt;
  if (!in.observed.tags_known || is_proven_ours(in)) return std::nullopt;
  const bool asked = !in.spec().arn.empty() && in.known().arn == in.spec().arn;
  const bool ours = tag(in.known().tags, ledger::kOwnerTag) ==
                    tag(wanted_tags(in.placement, in.observed, ""), ledger::kOwnerTag);
  if (!asked && !ours) return std::nullopt;
  api::Tags tags = wanted_tags(in.placement, in.observed, "");
  std::erase_if(tags, [](const auto& entry) {
    return entry.first != ledger::kOwnerTag && entry.first != ledger::kUidTag;
  });
  return Decision{AddTags{in.known().arn, tags, true}, "Adoption", "Adopting",
                  "adopting " + in.known().arn + ": marking it as kept by this spec", false};
}

}  // namespace certloop::placement
