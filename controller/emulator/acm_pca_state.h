#pragma once
// What AcmPcaService keeps, shared by its .cpp files. Private to them.
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "emulator/acm_pca.h"
#include "emulator/acm_pca_lifecycle.h"
#include "emulator/acm_pca_template.h"
#include "emulator/input_check.h"
#include "pki/certificate.h"
#include "pki/csr.h"
#include "pki/private_key.h"

namespace certloop::emulator {

// A certificate that IssueCertificate made. It is signed at once and shown when it is ready.
struct IssuedCertificate {
  std::string arn, certificate, chain;  // PEM
  std::string serial;                   // lower-case hex, no colons
  Time ready_at{};
  std::optional<Time> revoked_at;
  std::string revocation_reason;
};

struct CaPermission {
  std::string principal, source_account;
  std::vector<std::string> actions;
  Time created_at{};
};

struct Authority {
  std::uint64_t sequence = 0;  // of its creation
  std::string arn, account, region, type, usage_mode, key_storage;
  Json configuration;                  // CertificateAuthorityConfiguration as it was asked for
  Json revocation;                     // RevocationConfiguration
  std::optional<pki::PrivateKey> key;  // none: FAILED
  std::string csr;                     // PEM
  AuthorityLifecycle life;
  std::optional<pki::Certificate> certificate;
  std::string chain;                                // PEM, without the CA's own certificate
  std::map<std::string, IssuedCertificate> issued;  // by serial
  std::vector<CaPermission> permissions;
  std::string policy;
  Tags tags;
};

struct AcmPcaService::Internals {
  explicit Internals(World& the_world) : world(the_world) {}

  // acm_pca_authorities.cpp
  Answer<Json> create_authority(Call& call, const Json& input);
  Answer<Json> describe_authority(Call& call, const Json& input);
  Answer<Json> list_authorities(Call& call, const Json& input);
  Answer<Json> update_authority(Call& call, const Json& input);
  Answer<Json> delete_authority(Call& call, const Json& input);
  Answer<Json> restore_authority(Call& call, const Json& input);
  Answer<Json> get_csr(Call& call, const Json& input);
  // acm_pca_import.cpp
  Answer<Json> get_authority_certificate(Call& call, const Json& input);
  Answer<Json> import_certificate(Call& call, const Json& input);
  // acm_pca_issue.cpp
  Answer<Json> issue_certificate(Call& call, const Json& input);
  Answer<Json> get_certificate(Call& call, const Json& input);
  Answer<Json> revoke_certificate(Call& call, const Json& input);
  // acm_pca_access.cpp
  Answer<Json> create_permission(Call& call, const Json& input);
  Answer<Json> list_permissions(Call& call, const Json& input);
  Answer<Json> delete_permission(Call& call, const Json& input);
  Answer<Json> put_policy(Call& call, const Json& input);
  Answer<Json> get_policy(Call& call, const Json& input);
  Answer<Json> delete_policy(Call& call, const Json& input);
  Answer<Json> tag_authority(Call& call, const Json& input);
  Answer<Json> untag_authority(Call& call, const Json& input);
  Answer<Json> list_tags(Call& call, const Json& input);

  // The CA of that ARN, if the caller may do `action` to it: its own, or one whose policy allows
  // it. Notes the ARN in the call. Errors: InvalidArnException, ResourceNotFoundException,
  // AccessDeniedException.
  Answer<Authority*> find(Call& call, const std::string& arn, const std::string& action);
  // The same, and InvalidStateException if it is DELETED.
  Answer<Authority*> find_present(Call& call, const std::string& arn, const std::string& action);
  Authority* look_up(const std::string& arn, Time now);  // null: none, or gone for good
  void forget_gone(Time now);
  void publish_tags(const Authority& authority, Time now);

  // Signs `what`, whose key, subject, names, usages and dates are set: adds serial, CRL and OCSP
  // addresses. Errors: InvalidArgsException.
  Answer<IssuedCertificate> sign(Authority& authority, pki::Template what, bool self_signed,
                                 Time now, Duration delay);

  // Idempotency tokens of five minutes. `scope` names operation, account, region and resource.
  std::optional<std::string> answered_before(const std::string& scope, const std::string& token,
                                             Time now);
  void remember(const std::string& scope, const std::string& token, const std::string& arn,
                Time now);

  struct Token {
    std::string arn;
    Time expires_at{};
  };
  World& world;
  std::map<std::string, Authority> authorities;  // by ARN
  std::map<std::string, Token> tokens;
  std::uint64_t next_sequence = 1;
};

// acm_pca_json.cpp
// ASN1Subject with the attributes in the order Private CA encodes them.
pki::DistinguishedName subject_of(const Json& subject);
Json json_of(const Authority& authority, Time now);
// The pages of ListCertificateAuthorities and its like: where `token` says to go on.
// Errors: InvalidNextTokenException.
Answer<std::uint64_t> position_of(const std::string& token);
std::string token_of(std::uint64_t position);
const std::vector<std::string>& signing_algorithms();
void check_configuration(InputCheck& check, const Json& configuration);
void check_revocation_shape(InputCheck& check, const Json& revocation);
// A configuration that disables something says nothing else about it; a name has no scheme.
Answer<void> check_revocation(const Json& revocation, const std::string& error_code);
Answer<void> check_tags(InputCheck& check, const Json& tags, Tags& into);

// acm_pca.cpp
// Whether the CA's resource policy lets that account do it. Conditions are not evaluated.
bool policy_allows(const std::string& policy, const std::string& account,
                   const std::string& action);

// acm_pca_issue.cpp
// Whether the authority may sign until then. Errors: ValidationException.
Answer<void> check_validity(const Authority& authority, Time not_before, Time not_after, Time now);
bool same_family(const std::string& signing_algorithm, const pki::PrivateKey& key);

inline constexpr const char* kArnPattern =
    R"(arn:[\w+=/,.@-]+:acm-pca:[\w+=/,.@-]*:[0-9]*:[\w+=,.@-]+(/[\w+=,.@-]+)*)";
inline TextRule arn_rule() { return {true, 5, 200, {}, kArnPattern}; }

}  // namespace certloop::emulator
