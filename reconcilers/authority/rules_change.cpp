#include "reconcilers/authority/rules.h"

namespace certloop::authority {

std::optional<Decision> cannot_change_in_place(const Input& in) {
  // usageMode is sent at creation and never changes; a server that answers another one has ignored
  // it, which is drift to report but nothing that an edit could mend.
  for (const char* path : {"spec.acmPca.type", "spec.acmPca.keyAlgorithm",
                           "spec.acmPca.signingAlgorithm", "spec.acmPca.subject"})
    if (in.has(path))
      return needs_person("SpecChanged", "ReplacementHeld",
                          std::string(path) +
                              " cannot be changed: a CA is never replaced on its own. Make a new "
                              "CertificateAuthority");
  return std::nullopt;
}

std::optional<Decision> lacks_the_renewal_permission(const Input& in) {
  if (!in.can_correct(kRenewalPath)) return std::nullopt;
  return Decision{CreatePermission{}, "Missing", "GrantingRenewal",
                  "ACM gets the permission to renew what this CA issued", false};
}

std::optional<Decision> revocation_differs(const Input& in) {
  if (!in.can_correct(kRevocationPath)) return std::nullopt;
  return Decision{UpdateRevocation{}, "Drift", "Updating", "the revocation configuration differs",
                  false};
}

std::optional<Decision> tags_differ(const Input& in) {
  TagAuthority tagging;
  std::string message;
  for (const auto& row : in.differences) {
    if (!row.path.starts_with(kTagsPath) || in.is_contested(row.path)) continue;
    const std::string key = row.path.substr(kTagsPath.size());
    tagging.tags[key] = row.spec;
    message += (message.empty() ? "setting tag " : ", ") + key + "=" + row.spec +
               (row.found.empty() ? "" : " (was " + row.found + ")");
  }
  if (tagging.tags.empty()) return std::nullopt;
  return Decision{tagging, "Drift", "Tagging", message, false};
}

// A writer outside who keeps changing it back (PROTOCOLS 1).
std::optional<Decision> is_changed_back(const Input& in) {
  std::string text = ledger::text_of_contest(in.known().arn, in.differences, in.known().corrections,
                                             in.authority.meta.generation, in.now);
  if (text.empty()) return std::nullopt;
  Decision decision = needs_person("Drift", "ChangedBack", std::move(text));
  decision.serves_on = true;
  return decision;
}

// All that can be done is done; what could not be read is read again.
std::optional<Decision> something_is_unread(const Input& in) {
  const Error* error = in.observed.unread.first();
  if (error == nullptr) return std::nullopt;
  Decision decision = held_up(*error, in.known().arn + " could not be compared completely");
  decision.stalled = false;  // it serves
  return decision;
}

}  // namespace certloop::authority
