#include "api/wire.h"
#include "api/wire_difference.h"
#include "api/wire_fields.h"
#include "base/digest.h"
#include "base/text.h"

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
    each("exported", &PreviousArn::exported);
    each("notAfter", &PreviousArn::not_after);
    each("replacedAt", &PreviousArn::replaced);
    each("unusedSince", &PreviousArn::unused_since);
    each("usersUnknown", &PreviousArn::users_unknown);
  }
};

template <>
struct Fields<PlacementStatus> {
  static void list(auto& each) {
    using P = PlacementStatus;
    each("observedGeneration", &P::observed_generation);
    each("lastHandledReconcileAt", &P::last_handled_reconcile);
    each("arn", &P::arn);
    each("previous", &P::previous);
    each("pending", &P::pending);
    each("attempts", &P::attempts);
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
    each("usersUnknown", &P::users_unknown);
    each("exported", &P::exported);
    each("exportable", &P::exportable);
    each("eligibility", &P::eligibility);
    each("renewal", &P::renewal_status);
    each("renewalReason", &P::renewal_reason);
    each("failureReason", &P::failure_reason);
    each("validation", &P::validation);
    each("tags", &P::tags);
    each("sourceFingerprint", &P::source_fingerprint);
    each("importedChain", &P::imported_chain);
    each("importedSerial", &P::imported_serial);
    each("fingerprint", &P::fingerprint);
    each("chainDigest", &P::chain_digest);
    each("madeAt", &P::made);
    each("marked", &P::marked);
    each("certificate", &P::certificate);
    each("chain", &P::chain);
    each("trust", &P::trust);
    each("describedAt", &P::described);
    each("failedAttempts", &P::failed_attempts);
    each("nextAttemptTime", &P::next_attempt);
    each("applied", &P::applied);
    each("differences", &P::differences);
    each("corrections", &P::corrections);
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
struct Fields<RecordUser> {
  static void list(auto& each) {
    each("account", &RecordUser::account);
    each("accountId", &RecordUser::account_id);
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
    each("created", &K::created);
    each("users", &K::users);
    each("unneededSince", &K::unneeded_since);
    each("checked", &K::checked);
    each("staysBecause", &K::stays_because);
    each("corrections", &K::corrections);
  }
};

template <>
struct Fields<HostedZoneStatus> {
  static void list(auto& each) {
    each("observedGeneration", &HostedZoneStatus::observed_generation);
    each("lastHandledReconcileAt", &HostedZoneStatus::last_handled_reconcile);
    each("records", &HostedZoneStatus::records);
    each("conditions", &HostedZoneStatus::conditions);
  }
};

template <>
struct Fields<ZoneRecordSpec> {
  static void list(auto& each) {
    each("hostedZone", &ZoneRecordSpec::hosted_zone);
    each("name", &ZoneRecordSpec::name);
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
template <>
Result<ZoneRecord> read<ZoneRecord>(const Object& object) {
  return read_kind<ZoneRecord>(object);
}

Object write(const Placement& placement) { return write_kind(placement); }
Object write(const HostedZone& zone) { return write_kind(zone); }
Object write(const ZoneRecord& record) { return write_kind(record); }

Key zone_record_key(const std::string& hosted_zone, const std::string& record_name) {
  constexpr std::size_t kDigest = 32;
  const auto slash = hosted_zone.find('/');
  return {Kind::zone_record, hosted_zone.substr(0, slash),
          hosted_zone.substr(slash + 1) + '.' + sha256_hex(lower(record_name)).substr(0, kDigest)};
}

}  // namespace certloop::api
