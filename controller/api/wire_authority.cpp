#include "api/wire.h"
#include "api/wire_difference.h"
#include "api/wire_fields.h"

namespace certloop::api {

template <>
struct Fields<Subject> {
  static void list(auto& each) {
    using S = Subject;
    each("commonName", &S::common_name);
    each("organization", &S::organization);
    each("organizationalUnit", &S::organizational_unit);
    each("country", &S::country);
    each("state", &S::state);
    each("locality", &S::locality);
    each("serialNumber", &S::serial_number);
  }
};

template <>
struct Fields<AcmPcaCrl> {
  static void list(auto& each) {
    using C = AcmPcaCrl;
    each("enabled", &C::enabled);
    each("expirationInDays", &C::expiration_in_days);
    each("s3BucketName", &C::s3_bucket_name);
    each("customCname", &C::custom_cname);
    each("s3ObjectAcl", &C::s3_object_acl);
  }
};

template <>
struct Fields<AcmPcaRevocation> {
  static void list(auto& each) {
    using R = AcmPcaRevocation;
    each("crl", &R::crl);
    each.in("ocsp", [](auto& inner) {
      inner("enabled", &R::ocsp_enabled);
      inner("customCname", &R::ocsp_custom_cname);
    });
  }
};

template <>
struct Fields<AcmPcaSpec> {
  static void list(auto& each) {
    using A = AcmPcaSpec;
    each("accountRef", &A::account_ref);
    each("region", &A::region);
    each("arn", &A::arn);
    each("type", &A::type);
    each("keyAlgorithm", &A::key_algorithm);
    each("signingAlgorithm", &A::signing_algorithm);
    each("subject", &A::subject);
    each("validityDays", &A::validity_days);
    each("pathLength", &A::path_length);
    each("usageMode", &A::usage_mode);
    each("revocation", &A::revocation);
    each("keyStorageSecurityStandard", &A::key_storage_security_standard);
    each("allowAcmRenewal", &A::allow_acm_renewal);
    each("permanentDeletionTimeInDays", &A::permanent_deletion_time_in_days);
    each("tags", &A::tags);
  }
};

template <>
struct Fields<CertificateAuthoritySpec> {
  static void list(auto& each) {
    using C = CertificateAuthoritySpec;
    each("acmPca", &C::acm_pca);
    each("deletionPolicy", &C::delete_in_aws, Words<bool>{{"Retain", "Delete"}});
    each("allowedNamespaces", &C::allowed_namespaces);
    each("management", &C::management, kManagement);
    each("suspendedUntil", &C::suspended_until);
  }
};

template <>
struct Fields<CertificateAuthorityStatus> {
  static void list(auto& each) {
    using C = CertificateAuthorityStatus;
    each("observedGeneration", &C::observed_generation);
    each("lastHandledReconcileAt", &C::last_handled_reconcile);
    each("arn", &C::arn);
    each("awsStatus", &C::aws_status);
    each("keyAlgorithm", &C::key_algorithm);
    each("usageMode", &C::usage_mode);
    each("type", &C::type);
    each("serial", &C::serial);
    each("notBefore", &C::not_before);
    each("notAfter", &C::not_after);
    each("certificate", &C::certificate);
    each("chain", &C::chain);
    each("created", &C::created);
    each("issued", &C::issued_certificate_arn);
    each("issuedAt", &C::issued_at);
    each("pending", &C::pending);
    each("attempts", &C::attempts);
    each("failedAttempts", &C::failed_attempts);
    each("nextAttemptTime", &C::next_attempt);
    each("acmMayRenew", &C::acm_may_renew);
    each("tags", &C::tags);
    each("differences", &C::differences);
    each("corrections", &C::corrections);
    each("conditions", &C::conditions);
  }
};

template <>
Result<CertificateAuthority> read<CertificateAuthority>(const Object& object) {
  return read_kind<CertificateAuthority>(object);
}

Object write(const CertificateAuthority& authority) { return write_kind(authority); }

}  // namespace certloop::api
