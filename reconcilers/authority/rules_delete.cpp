#include "base/text.h"
#include "reconcilers/authority/rules.h"

namespace certloop::authority {
namespace {

using std::chrono::minutes;

constexpr std::string_view kConfirm = "certloop.dev/confirm";

bool is_one_of(const std::string& status, std::initializer_list<std::string_view> all) {
  return std::find(all.begin(), all.end(), status) != all.end();
}

// Another CA of this very object that may have signed something: with the object, whoever keeps it
// would go.
const Candidate* another_that_served(const Input& in) {
  for (const Candidate& candidate : in.observed.owned)
    if (candidate.uid == in.authority.meta.uid &&
        is_one_of(candidate.status,
                  {"ACTIVE", "DISABLED", "EXPIRED", "PENDING_CERTIFICATE", "CREATING"}))
      return &candidate;
  return nullptr;
}

Decision lets_go_of_nothing(const Input& in) {
  if (in.observed.unread.others)
    return held_up(*in.observed.unread.others,
                   "whether AWS holds another CA of this object could not be read");
  if (const Candidate* left = another_that_served(in))
    return {TakeOver{left->arn}, "Recovery", "Adopting",
            left->arn + " carries our tags: it goes with this object", false};
  return {LetGo{}, "Deleted", "Deleted", "no certificate authority is left", false};
}

std::string named(const std::vector<std::string>& dependants) {
  constexpr std::size_t kNamed = 5;
  if (dependants.size() <= kNamed) return join(dependants, ", ");
  const auto end = dependants.begin() + static_cast<std::ptrdiff_t>(kNamed);
  return std::to_string(dependants.size()) +
         " dependants (first 5: " + join(std::vector<std::string>(dependants.begin(), end), ", ") +
         ")";
}

// What others have had issued by it goes with it as ours does.
std::optional<Decision> foreign_dependants_hold(const Input& in) {
  if (in.observed.unread.dependants)
    return held_up(*in.observed.unread.dependants,
                   "which certificates in ACM " + in.known().arn + " issued could not be read");
  if (in.observed.foreign_dependants.empty()) return std::nullopt;
  return Decision{Wait{minutes(10), true}, "Deleted", "HasDependants",
                  "deletion is waiting for certificates in ACM that it issued and that no object "
                  "here keeps: " +
                      named(in.observed.foreign_dependants) +
                      ". Delete them in ACM, or set deletionPolicy: Retain to keep the CA",
                  false};
}

// Everything that hangs on a CA dies with it, so its deletion is asked for twice.
std::optional<Decision> holds_deletion(const Input& in) {
  const std::string& arn = in.known().arn;
  if (!in.observed.dependants.empty())
    return Decision{
        Wait{minutes(1), true}, "Deleted", "HasDependants",
        "deletion is waiting for the certificates that it issued: " + named(in.observed.dependants),
        false};
  if (auto held = foreign_dependants_hold(in)) return held;
  const std::string digest = deletion_digest(in.authority, arn);
  const auto it = in.authority.meta.annotations.find(std::string(kConfirm));
  if (it != in.authority.meta.annotations.end() && it->second == digest) return std::nullopt;
  return Decision{
      {},
      "Deleted",
      "ConfirmationNeeded",
      "deleting " + arn + " needs the annotation " + std::string(kConfirm) + ": " + digest,
      false};
}

}  // namespace

// A duplicate that carries our uid is deleted, never used (PROTOCOLS 1). One that has been ACTIVE
// may have signed something, and is left alone.
std::optional<Decision> duplicate_must_go(const Input& in) {
  if (!in.present()) return std::nullopt;
  for (const Candidate& other : in.observed.owned)
    if (other.uid == in.authority.meta.uid &&
        is_one_of(other.status, {"CREATING", "PENDING_CERTIFICATE", "FAILED"}))
      return Decision{DeleteAuthority{other.arn}, "Recovery", "DeletingDuplicate",
                      other.arn + " is a duplicate of " + in.known().arn, false};
  return std::nullopt;
}

std::optional<Decision> is_released(const Input& in) {
  if (!in.deleted() || in.authority.spec.delete_in_aws) return std::nullopt;
  if (!in.present() || in.status() == "DELETED")
    return Decision{LetGo{}, "Deleted", "Released", "deletionPolicy is Retain: nothing is deleted",
                    false};
  if (!in.observed.tags_known && in.observed.unread.tags)
    return held_up(*in.observed.unread.tags,
                   "our tags on " + in.known().arn + " could not be read, so as to remove them");
  std::vector<std::string> ours;
  for (const auto& [key, value] : in.known().tags)
    if (key == ledger::kOwnerTag || key == ledger::kUidTag || key == ledger::kIntentTag)
      ours.push_back(key);
  if (!is_proven_ours(in) || ours.empty())
    return Decision{LetGo{}, "Deleted", "Released", "deletionPolicy is Retain: nothing is deleted",
                    false};
  return Decision{UntagAuthority{ours, true}, "Deleted", "Releasing",
                  "deletionPolicy is Retain: " + in.known().arn + " stays, our tags are removed",
                  false};
}

std::optional<Decision> is_deleted(const Input& in) {
  if (!in.deleted()) return std::nullopt;
  const std::string& arn = in.known().arn;
  if (!in.present() || in.status() == "DELETED") return lets_go_of_nothing(in);
  if (!in.observed.tags_known && in.observed.unread.tags)
    return held_up(*in.observed.unread.tags,
                   "whether " + arn + " is ours to delete could not be read from its tags");
  if (!is_proven_ours(in) && in.observed.in_ledger && lacks_our_tags(in))
    return Decision{TagAuthority{owner_tags(in.authority, in.observed)}, "Drift", "Tagging",
                    arn + " has lost our tags: they are set again before it is deleted", false};
  if (!is_proven_ours(in))
    return needs_person("Deleted", "OwnershipUnproven",
                        arn +
                            " does not carry our tag certloop.dev/uid: it is not deleted. Set "
                            "deletionPolicy: Retain to release it");
  if (auto held = holds_deletion(in)) return held;
  if (in.status() == "ACTIVE")
    return Decision{DisableAuthority{}, "Deleted", "Deleting",
                    "an ACTIVE CA must be disabled before it can be deleted", false};
  if (is_one_of(in.status(), {"CREATING", "PENDING_CERTIFICATE", "DISABLED", "EXPIRED", "FAILED"}))
    return Decision{DeleteAuthority{arn}, "Deleted", "Deleting",
                    "deleting " + arn + "; AWS can restore it for " +
                        std::to_string(in.spec().permanent_deletion_time_in_days) + " days",
                    false};
  return std::nullopt;
}

}  // namespace certloop::authority
