#include "api/wire.h"
#include "api/wire_fields.h"

namespace certloop::api {

namespace {

const Words<bool> kTagOwnership{{"Merge", "Exclusive"}};
const Words<bool> kDeletionPolicy{{"Delete", "Retain"}};
const Words<Reimport> kReimport{{"Allowed", "Skip", "Required"}};
const Words<Replacement> kReplacement{{"CreateBeforeDelete", "Hold"}};

}  // namespace

template <>
struct Fields<HostedZoneReference> {
  static void list(auto& each) {
    each("accountRef", &HostedZoneReference::account_ref);
    each("id", &HostedZoneReference::id);
  }
};

template <>
struct Fields<AmazonIssuer> {
  static void list(auto& each) {
    each("hostedZones", &AmazonIssuer::hosted_zones);
    each("exportable", &AmazonIssuer::exportable);
  }
};

// authority: {name: corp-root, namespace: ..., requestedBy: ACM}: the reference stands unwrapped.
template <>
struct Codec<AuthorityIssuer> {
  static void read(const Json& from, AuthorityIssuer& into, Fault& fault) {
    Codec<Reference>::read(from, into.authority, fault);
  }
  static Json write(const AuthorityIssuer& issuer) {
    return Codec<Reference>::write(issuer.authority);
  }
};

template <>
struct Fields<ImportedIssuer> {
  static void list(auto& each) {
    each.in("secretRef", [](auto& inner) { inner("name", &ImportedIssuer::secret_name); });
  }
};

template <>
struct Fields<Issuer> {
  static void list(auto& each) {
    each("amazon", &Issuer::amazon);
    each("authority", &Issuer::authority);
    each("imported", &Issuer::imported);
  }
};

template <>
struct Fields<CertificateRequestSpec> {
  static void list(auto& each) {
    using C = CertificateRequestSpec;
    each("domainName", &C::domain_name);
    each("additionalNames", &C::additional_names);
    each("accountRef", &C::account_ref);
    each("region", &C::region);
    each("arn", &C::arn);
    each("issuer", &C::issuer);
    each("keyAlgorithm", &C::key_algorithm);
    each("tags", &C::tags);
    each("tagOwnership", &C::exclusive_tags, kTagOwnership);
    each("deletionPolicy", &C::retain, kDeletionPolicy);
    each("reimport", &C::reimport, kReimport);
    each("allowDisjointNames", &C::allow_disjoint_names);
    each("replacement", &C::replacement, kReplacement);
    each("replacementGraceHours", &C::replacement_grace_hours);
    each("owner", &C::owner);
    each("management", &C::management, kManagement);
    each("suspendedUntil", &C::suspended_until);
  }
};

// What is adopted by its ARN is retained unless the spec says otherwise (KINDS, Certificate).
void Codec<CertificateRequestSpec>::read(const Json& from, CertificateRequestSpec& into,
                                         Fault& fault) {
  Described<CertificateRequestSpec>::read(from, into, fault);
  if (from.is_object() && !into.arn.empty() && !from.contains("deletionPolicy")) into.retain = true;
}

Json Codec<CertificateRequestSpec>::write(const CertificateRequestSpec& spec) {
  Json out = Described<CertificateRequestSpec>::write(spec);
  if (!spec.arn.empty()) out["deletionPolicy"] = kDeletionPolicy.write(spec.retain);
  return out;
}

template <>
struct Fields<CertificateStatus> {
  static void list(auto& each) {
    using C = CertificateStatus;
    each("observedGeneration", &C::observed_generation);
    each("lastHandledReconcileAt", &C::last_handled_reconcile);
    each("arn", &C::arn);
    each("notAfter", &C::not_after);
    each("renewal", &C::renewal);
    each("renewalTime", &C::renewal_time);
    each("issuer", &C::issuer);
    each("trust", &C::trust);
    each("failedAttempts", &C::failed_attempts);
    each.in("accounts", [](auto& inner) {
      inner("count", &C::accounts);
      inner("ids", &C::account_ids);
    });
    each.in("placements", [](auto& inner) {
      inner("desired", &C::placements_desired);
      inner("issued", &C::placements_issued);
      inner("ready", &C::placements_ready);
    });
    each("notReady", &C::not_ready);
    each("conditions", &C::conditions);
  }
};

template <>
Result<Certificate> read<Certificate>(const Object& object) {
  return read_kind<Certificate>(object);
}

Object write(const Certificate& certificate) { return write_kind(certificate); }

}  // namespace certloop::api
