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
  if (!in.has("spec.acmPca.allowAcmRenewal")) return std::nullopt;
  return Decision{CreatePermission{}, "Missing", "GrantingRenewal",
                  "ACM gets the permission to renew what this CA issued", false};
}

std::optional<Decision> revocation_differs(const Input& in) {
  if (!in.has("spec.acmPca.revocation")) return std::nullopt;
  return Decision{UpdateRevocation{}, "Drift", "Updating", "the revocation configuration differs",
                  false};
}

std::optional<Decision> tags_differ(const Input& in) {
  TagAuthority tagging;
  std::string message;
  constexpr std::string_view kPath = "spec.acmPca.tags.";
  for (const auto& row : in.differences) {
    if (!row.path.starts_with(kPath)) continue;
    const std::string key = row.path.substr(kPath.size());
    tagging.tags[key] = row.spec;
    message += (message.empty() ? "setting tag " : ", ") + key + "=" + row.spec +
               (row.found.empty() ? "" : " (was " + row.found + ")");
  }
  if (tagging.tags.empty()) return std::nullopt;
  return Decision{tagging, "Drift", "Tagging", message, false};
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
