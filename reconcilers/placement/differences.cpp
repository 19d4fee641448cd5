#include "reconcilers/placement/differences.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "base/timestamp.h"
#include "ledger/ownership.h"
#include "reconcilers/placement/names.h"
#include "reconcilers/placement/plan.h"
#include "reconcilers/placement/usage.h"

namespace certloop::placement {
namespace {

using api::Difference;
using api::DriftClass;
using std::chrono::hours;

constexpr std::string_view kNames = "spec.domainName, spec.additionalNames";
constexpr std::string_view kDomainName = "spec.domainName";
constexpr std::string_view kKeyAlgorithm = "spec.keyAlgorithm";
constexpr std::string_view kIssuer = "spec.issuer";
constexpr std::string_view kAuthority = "spec.issuer.authority";
constexpr std::string_view kExportable = "spec.issuer.amazon.exportable";
constexpr std::string_view kSource = "spec.issuer.imported.secretRef";

// ACM begins to renew what it can 60 days ahead at the earliest; from then on "will not renew" is
// news that somebody must act upon.
constexpr Duration kRenewalLead = hours(24 * 60);
constexpr Duration kExpiringLead = hours(24 * 30);

struct Input {
  const api::Placement& placement;
  const Observed& observed;
  Time now;
  const api::CertificateRequestSpec& spec() const { return placement.spec; }
  const api::PlacementStatus& known() const { return observed.known; }
  bool present() const { return observed.presence == Presence::present; }
  bool issued() const { return present() && known().acm_status == "ISSUED"; }
  bool by_acm() const { return !spec().issuer.imported; }
};
using Found = std::vector<Difference>;
using Check = Found (*)(const Input&);

std::string listed(const std::set<std::string>& names) {
  return join({names.begin(), names.end()}, ", ");
}

std::set<std::string> normalized(const std::vector<std::string>& names) {
  std::set<std::string> out;
  for (const auto& name : names) out.insert(normalized_domain(name));
  return out;
}

Found is_missing(const Input& in) {
  if (in.observed.presence != Presence::absent) return {};
  const std::string found =
      in.known().arn.empty() ? "no certificate" : in.known().arn + " was deleted";
  return {{DriftClass::missing, "", in.spec().domain_name, in.placement.status.arn, found}};
}

Found has_ended(const Input& in) {
  if (!in.present()) return {};
  const std::string& status = in.known().acm_status;
  const std::string until = in.known().not_after ? date_only(*in.known().not_after) : "";
  if (status == "REVOKED") return {{DriftClass::revoked, "", "ISSUED", "ISSUED", status}};
  if (status == "EXPIRED" || (in.known().not_after && *in.known().not_after <= in.now))
    return {{DriftClass::expired, "", "ISSUED", "ISSUED", "EXPIRED " + until}};
  if (status == "FAILED" || status == "VALIDATION_TIMED_OUT" || status == "INACTIVE")
    return {{DriftClass::changed, "", "ISSUED", "",
             status + (in.known().failure_reason.empty() ? "" : " " + in.known().failure_reason)}};
  return {};
}

// Names are compared as sets, case-folded and IDNA-normalised: ACM returns them in any order.
Found names_differ(const Input& in) {
  if (!in.present() || !in.by_acm() || in.known().names.empty()) return {};
  const auto wanted = normalized(wanted_names(in.spec())), found = normalized(in.known().names);
  if (wanted == found) return {};
  return {{DriftClass::changed, std::string(kNames), listed(wanted),
           listed(normalized(wanted_names(in.placement.status.applied))), listed(found)}};
}

// Of the same names, another may be the first: it is the common name of the subject.
Found domain_name_differs(const Input& in) {
  if (!in.present() || !in.by_acm() || in.known().domain_name.empty()) return {};
  const std::string wanted = normalized_domain(in.spec().domain_name);
  const std::string found = normalized_domain(in.known().domain_name);
  if (wanted == found) return {};
  return {{DriftClass::changed, std::string(kDomainName), wanted,
           normalized_domain(in.placement.status.applied.domain_name), found}};
}

// What is imported may have more names than the spec says, but not fewer.
Found names_are_not_covered(const Input& in) {
  if (!in.present() || in.by_acm() || in.known().names.empty()) return {};
  if (names_not_covered(in.spec(), in.known().names).empty()) return {};
  return {{DriftClass::changed, std::string(kNames), listed(normalized(wanted_names(in.spec()))),
           listed(normalized(wanted_names(in.placement.status.applied))),
           listed(normalized(in.known().names))}};
}

Found key_algorithm_differs(const Input& in) {
  if (!in.issued() || !in.by_acm()) return {};
  const std::string wanted = wanted_key_algorithm(in.spec(), in.observed);
  if (wanted.empty() || in.known().key_algorithm.empty() || wanted == in.known().key_algorithm)
    return {};
  return {{DriftClass::changed, std::string(kKeyAlgorithm), wanted,
           in.placement.status.applied.key_algorithm, in.known().key_algorithm}};
}

// What somebody imported is never renewed by ACM and comes from no CA of the spec; and what ACM
// issued cannot be imported over.
Found issuer_differs(const Input& in) {
  if (!in.present() || in.known().type.empty()) return {};
  const auto& imported = in.spec().issuer.imported;
  if (imported && !imported->secret_name) return {};
  if (imported.has_value() == (in.known().type == "IMPORTED")) return {};
  const std::string wanted = imported                  ? "imported"
                             : in.spec().issuer.amazon ? "amazon"
                                                       : "authority";
  return {{DriftClass::changed, std::string(kIssuer), wanted, "", in.known().type}};
}

Found authority_differs(const Input& in) {
  if (!in.present() || !in.by_acm()) return {};
  const std::string wanted = in.observed.authority ? in.observed.authority->arn : "";
  const std::string& found = in.known().certificate_authority_arn;
  if (wanted == found || (in.spec().issuer.authority && wanted.empty())) return {};
  return {{DriftClass::changed, std::string(kAuthority), wanted, "", found}};
}

Found exportable_differs(const Input& in) {
  if (!in.present() || !in.spec().issuer.amazon) return {};
  const bool wanted = in.spec().issuer.amazon->exportable;
  if (wanted == in.known().exportable) return {};
  const auto word = [](bool yes) { return std::string(yes ? "true" : "false"); };
  return {{DriftClass::changed, std::string(kExportable), word(wanted), "",
           word(in.known().exportable)}};
}

// Which certificate, and with which chain, in words that fit a column.
std::string identity_of(const std::string& serial, const std::string& fingerprint,
                        const std::string& chain) {
  std::string text = "serial " + serial;
  if (!fingerprint.empty()) text += ", SHA-256 " + fingerprint.substr(0, 12);
  if (!chain.empty()) text += ", chain " + chain.substr(0, 8);
  return text;
}

// A serial alone proves nothing: the fingerprint of the certificate decides, and the digest of its
// chain as delivered. Where GetCertificate is denied, what we imported last counts.
Found source_differs(const Input& in) {
  if (!in.present() || !in.observed.source) return {};
  const Source& source = *in.observed.source;
  const auto& known = in.known();
  const bool read = !known.fingerprint.empty();
  const bool same_leaf = read
                             ? known.fingerprint == source.fingerprint
                             : known.serial == source.serial && known.not_after == source.not_after;
  const std::string& chain = read ? known.chain_digest : known.imported_chain;
  if (same_leaf && (!source.has_chain || chain.empty() || chain == source.chain_digest)) return {};
  // What ACM holds is not what we put there: somebody imported over it.
  const std::string& applied = known.source_fingerprint;
  const bool outside =
      !applied.empty() &&
      (read ? known.fingerprint != applied ||
                  (!known.imported_chain.empty() && known.chain_digest != known.imported_chain)
            : known.serial != known.imported_serial);
  const std::string wanted_chain = same_leaf ? source.chain_digest : "";
  return {{outside ? DriftClass::replaced_outside : DriftClass::changed, std::string(kSource),
           identity_of(source.serial, source.fingerprint, wanted_chain),
           applied.empty()
               ? ""
               : identity_of(known.imported_serial, applied, same_leaf ? known.imported_chain : ""),
           identity_of(known.serial, known.fingerprint, same_leaf ? chain : "")}};
}

// Ownership tags are desired state (PROTOCOLS 0).
Found mark_differs(const Input& in) {
  if (!lost_our_mark(in.placement, in.observed)) return {};
  const std::string key(ledger::kUidTag), owner(ledger::kOwnerTag);
  const auto value = [&](const std::string& tag) {
    const auto it = in.known().tags.find(tag);
    return it == in.known().tags.end() ? std::string() : it->second;
  };
  const auto wanted = wanted_tags(in.placement, in.observed, "");
  const std::string& tag = value(key) == in.placement.meta.uid ? owner : key;
  return {{value(tag).empty() ? DriftClass::missing : DriftClass::changed, "tags[" + tag + "]",
           wanted.at(tag), wanted.at(tag), value(tag)}};
}

Found tags_differ(const Input& in) {
  if (!in.present() || !in.observed.tags_known) return {};
  Found rows;
  const auto& applied = in.placement.status.applied.tags;
  const auto applied_value = [&](const std::string& key) {
    const auto it = applied.find(key);
    return it == applied.end() ? std::string() : it->second;
  };
  for (const auto& [key, value] : in.spec().tags) {
    const auto it = in.known().tags.find(key);
    if (it == in.known().tags.end())
      rows.push_back({DriftClass::missing, "spec.tags." + key, value, applied_value(key), ""});
    else if (it->second != value)
      rows.push_back(
          {DriftClass::changed, "spec.tags." + key, value, applied_value(key), it->second});
  }
  for (const auto& [key, value] : in.known().tags) {
    if (in.spec().tags.contains(key) || key.starts_with("aws:") || key.starts_with("certloop.dev/"))
      continue;
    // Merge: only what we once put there and the spec has dropped is ours to remove.
    if (in.spec().exclusive_tags || applied.contains(key))
      rows.push_back({DriftClass::extra, "spec.tags." + key, "", applied_value(key), value});
  }
  return rows;
}

Found will_not_renew(const Input& in) {
  if (!in.issued() || !in.known().not_after || *in.known().not_after <= in.now) return {};
  const Duration left = *in.known().not_after - in.now;
  const std::string until = date_only(*in.known().not_after);
  if (!in.by_acm()) {
    if (left > kExpiringLead) return {};
    return {{DriftClass::expiring, "", "renewed by its owner", "", "expires " + until}};
  }
  if (left > kRenewalLead || in.known().eligibility == "ELIGIBLE") return {};
  return {{DriftClass::will_not_renew, "", "renewed by ACM", "",
           "not eligible for renewal, expires " + until}};
}

Found old_arns_in_use(const Input& in) {
  Found rows;
  for (const auto& old : in.observed.previous)
    if (const auto users = users_of(old, in.now); !users.empty())
      rows.push_back({DriftClass::superseded, "status.previous", in.known().arn, "",
                      old.arn + " is still used by " + join(users, ", ")});
  return rows;
}

// Another certificate that this object made: left by a lost answer, or by a restored state.
Found has_twins(const Input& in) {
  Found rows;
  if (!in.present()) return rows;
  for (const Candidate& candidate : in.observed.owned)
    if (candidate.uid == in.placement.meta.uid)
      rows.push_back({DriftClass::extra, "status.arn", in.known().arn, "",
                      candidate.arn + " carries our tags, too: delete it once nothing uses it"});
  return rows;
}

constexpr std::array<Check, 15> kChecks = {
    is_missing,             // there is no certificate
    has_ended,              // it is revoked, expired, failed or timed out
    names_differ,           // it has other names
    domain_name_differs,    // another of them is the first
    names_are_not_covered,  // what is imported lacks names
    key_algorithm_differs,  // another key algorithm
    issuer_differs,         // imported instead of issued by ACM, or the reverse
    authority_differs,      // another CA
    exportable_differs,     // another export option
    source_differs,         // the Secret holds another certificate or chain than ACM
    mark_differs,           // our ownership tags were removed or are stale
    tags_differ,            // tags were changed, removed or added
    will_not_renew,         // it will expire and nobody renews it
    old_arns_in_use,        // services still use the ARN before
    has_twins,              // another certificate carries our tags
};

}  // namespace

std::vector<Difference> differences(const api::Placement& placement, const Observed& observed,
                                    Time now) {
  const Input input{placement, observed, now};
  std::vector<Difference> all;
  for (const Check check : kChecks)
    for (Difference& row : check(input)) all.push_back(std::move(row));
  return all;
}

bool is_of_names(const Difference& difference) {
  return difference.path == kNames || difference.path == kDomainName;
}

bool is_immutable(const Difference& difference) {
  return is_of_names(difference) || difference.path == kKeyAlgorithm ||
         difference.path == kIssuer || difference.path == kAuthority ||
         difference.path == kExportable;
}

}  // namespace certloop::placement
