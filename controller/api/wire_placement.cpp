#include "api/wire.h"
#include "api/wire_fields.h"

namespace certloop::api {

template <>
struct Fields<ValidationRecord> {
  static void list(auto& each) {
    each("name", &ValidationRecord::name);
    each("type", &ValidationRecord::type);
    each("value", &ValidationRecord::value);
  }
};

template <>
struct Fields<DomainValidation> {
  static void list(auto& each) {
    using D = DomainValidation;
    each("domain", &D::domain);
    each("method", &D::method);
    each("status", &D::status);
    each("record", &D::record);
    each("hostedZone", &D::hosted_zone);
  }
};

template <>
struct Fields<PreviousArn> {
  static void list(auto& each) {
    each("arn", &PreviousArn::arn);
    each("inUseBy", &PreviousArn::in_use_by);
  }
};

namespace {

Words<DriftClass> drift_classes() {
  Words<DriftClass> all;
  for (int i = 0; i <= static_cast<int>(DriftClass::unknown); ++i)
    all.words.push_back(name_of(static_cast<DriftClass>(i)));
  return all;
}
const Words<DriftClass> kDriftClasses = drift_classes();

}  // namespace

template <>
struct Fields<Difference> {
  static void list(auto& each) {
    using D = Difference;
    each("class", &D::drift_class, kDriftClasses);
    each("path", &D::path);
    each("spec", &D::spec);
    each("applied", &D::applied);
    each("found", &D::found);
  }
};

// The class is what a row is about: it stands there even where it is the type's default.
template <>
struct Codec<Difference> : Described<Difference> {
  static Json write(const Difference& difference) {
    Json out = Described<Difference>::write(difference);
    out["class"] = name_of(difference.drift_class);
    return out;
  }
};

template <>
struct Fields<PlacementStatus> {
  static void list(auto& each) {
    using P = PlacementStatus;
    each("observedGeneration", &P::observed_generation);
    each("arn", &P::arn);
    each("previous", &P::previous);
    each("pending", &P::pending);
    each("acmStatus", &P::acm_status);
    each("type", &P::type);
    each("names", &P::names);
    each("domainName", &P::domain_name);
    each("subject", &P::subject);
    each("serial", &P::serial);
    each("issuer", &P::issuer);
    each("keyAlgorithm", &P::key_algorithm);
    each("certificateAuthorityArn", &P::certificate_authority_arn);
    each("keyUsages", &P::key_usages);
    each("extendedKeyUsages", &P::extended_key_usages);
    each("createdAt", &P::created);
    each("issuedAt", &P::issued);
    each("importedAt", &P::imported);
    each("notBefore", &P::not_before);
    each("notAfter", &P::not_after);
    each("inUseBy", &P::in_use_by);
    each("exported", &P::exported);
    each("exportable", &P::exportable);
    each("eligibility", &P::eligibility);
    each("renewal", &P::renewal_status);
    each("renewalReason", &P::renewal_reason);
    each("failureReason", &P::failure_reason);
    each("validation", &P::validation);
    each("tags", &P::tags);
    each("sourceFingerprint", &P::source_fingerprint);
    each("certificate", &P::certificate);
    each("chain", &P::chain);
    each("trust", &P::trust);
    each("describedAt", &P::described);
    each("failedAttempts", &P::failed_attempts);
    each("nextAttemptTime", &P::next_attempt);
    each("applied", &P::applied);
    each("differences", &P::differences);
    each("conditions", &P::conditions);
  }
};

template <>
struct Fields<HostedZoneSpec> {
  static void list(auto& each) {
    each("accountRef", &HostedZoneSpec::account_ref);
    each("id", &HostedZoneSpec::id);
    each("domain", &HostedZoneSpec::domain);
  }
};

template <>
struct Fields<KeptRecord> {
  static void list(auto& each) {
    using K = KeptRecord;
    each("record", &K::record);
    each("state", &K::state);
    each("createdByUs", &K::created_by_us);
    each("found", &K::found);
    each("unneededSince", &K::unneeded_since);
  }
};

template <>
struct Fields<HostedZoneStatus> {
  static void list(auto& each) {
    each("observedGeneration", &HostedZoneStatus::observed_generation);
    each("records", &HostedZoneStatus::records);
    each("conditions", &HostedZoneStatus::conditions);
  }
};

template <>
Result<Placement> read<Placement>(const Object& object) {
  return read_kind<Placement>(object);
}
template <>
Result<HostedZone> read<HostedZone>(const Object& object) {
  return read_kind<HostedZone>(object);
}

Object write(const Placement& placement) { return write_kind(placement); }
Object write(const HostedZone& zone) { return write_kind(zone); }

}  // namespace certloop::api
