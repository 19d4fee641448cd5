// Private CA's operations on certificate authorities themselves.
#include <fmt/format.h>

#include <algorithm>

#include "emulator/acm_pca_state.h"

namespace certloop::emulator {
namespace {

constexpr std::size_t kAuthoritiesPerRegion = 200;
constexpr std::int64_t kAuthoritiesPerPage = 100;

const TextRule kTokenRule = {false, 1, 36};

AwsError invalid_state(std::string message) {
  return {"InvalidStateException", std::move(message)};
}

// Absent kinds are shown as disabled, as DescribeCertificateAuthority does.
Json revocation_in_full(const Json& revocation) {
  Json full = revocation;
  for (const char* kind : {"CrlConfiguration", "OcspConfiguration"}) {
    if (!full.contains(kind)) full[kind] = {{"Enabled", false}};
  }
  return full;
}

struct AuthorityOrder {
  std::string type, token, key_storage, usage_mode;
  Json configuration, revocation;
  Tags tags;
};

Answer<AuthorityOrder> order_of(const Json& input, const std::string& partition) {
  InputCheck check(input);
  AuthorityOrder order;
  order.configuration = check.object("CertificateAuthorityConfiguration", true);
  check_configuration(check, order.configuration);
  order.revocation = check.object("RevocationConfiguration");
  check_revocation_shape(check, order.revocation);
  order.type = check.text("CertificateAuthorityType", {true, 0, 64, {"ROOT", "SUBORDINATE"}});
  order.token = check.text("IdempotencyToken", kTokenRule);
  order.key_storage = check.text(
      "KeyStorageSecurityStandard",
      {false,
       0,
       64,
       {"FIPS_140_2_LEVEL_2_OR_HIGHER", "FIPS_140_2_LEVEL_3_OR_HIGHER", "CCPC_LEVEL_1_OR_HIGHER"}});
  order.usage_mode =
      check.text("UsageMode", {false, 0, 64, {"GENERAL_PURPOSE", "SHORT_LIVED_CERTIFICATE"}});
  const Answer<void> tags = check_tags(check, check.array("Tags", 1, 50), order.tags);
  const Answer<void> checked = check.result();
  if (!checked.ok()) return checked.error();
  if (!tags.ok()) return tags.error();
  const Answer<void> revocation = check_revocation(order.revocation, "InvalidArgsException");
  if (!revocation.ok()) return revocation.error();
  const bool china = partition == "aws-cn";
  if (order.key_storage.empty()) {
    order.key_storage = china ? "CCPC_LEVEL_1_OR_HIGHER" : "FIPS_140_2_LEVEL_3_OR_HIGHER";
  } else if (china != (order.key_storage == "CCPC_LEVEL_1_OR_HIGHER")) {
    return AwsError{"InvalidArgsException",
                    fmt::format("KeyStorageSecurityStandard {} is not supported in this region.",
                                order.key_storage)};
  }
  if (order.usage_mode.empty()) order.usage_mode = "GENERAL_PURPOSE";
  if (subject_of(order.configuration.at("Subject")).empty()) {
    return AwsError{"InvalidArgsException", "The subject must have at least one attribute."};
  }
  return order;
}

// Makes the key and the CSR, unless this emulator does not know the algorithm: then the CA fails,
// as AWS's do with UNSUPPORTED_ALGORITHM.
Answer<void> equip(Authority& authority) {
  const std::string algorithm = authority.configuration.at("KeyAlgorithm");
  const std::string signing = authority.configuration.at("SigningAlgorithm");
  const std::optional<pki::KeyAlgorithm> known = pki::key_algorithm_named(algorithm);
  if (!known || signing.ends_with("_PSS")) {
    authority.life.fails = true;
    return {};
  }
  Result<pki::PrivateKey> key = pki::PrivateKey::generate(*known);
  if (!key.ok()) return AwsError{"InternalFailure", key.error().message(), 500};
  if (!same_family(signing, *key)) {
    return AwsError{"InvalidArgsException",
                    fmt::format("The signing algorithm {} cannot be used with a key of type {}.",
                                signing, algorithm)};
  }
  const Result<pki::CertificateSigningRequest> csr = pki::CertificateSigningRequest::create(
      *key, subject_of(authority.configuration.at("Subject")), {});
  if (!csr.ok()) return AwsError{"InvalidArgsException", csr.error().message()};
  authority.csr = csr.value().pem();
  authority.key = *key;
  return {};
}

}  // namespace

Answer<Json> AcmPcaService::Internals::create_authority(Call& call, const Json& input) {
  Answer<AuthorityOrder> order = order_of(input, world.options.partition);
  if (!order.ok()) return order.error();
  AuthorityOrder& wanted = order.value();
  const std::string scope = fmt::format("create {} {}", call.account, call.region);
  if (const auto before = answered_before(scope, wanted.token, call.now)) {
    call.arn = *before;
    return Json{{"CertificateAuthorityArn", *before}};
  }
  const auto mine = std::count_if(authorities.begin(), authorities.end(), [&](const auto& entry) {
    return entry.second.account == call.account && entry.second.region == call.region;
  });
  if (static_cast<std::size_t>(mine) >= kAuthoritiesPerRegion) {
    return AwsError{"LimitExceededException",
                    fmt::format("You have reached the limit of {} certificate authorities.",
                                kAuthoritiesPerRegion)};
  }
  Authority authority;
  authority.sequence = next_sequence++;
  authority.arn =
      fmt::format("arn:{}:acm-pca:{}:{}:certificate-authority/{}", world.options.partition,
                  call.region, call.account, world.random.uuid());
  authority.account = call.account;
  authority.region = call.region;
  authority.type = wanted.type;
  authority.usage_mode = wanted.usage_mode;
  authority.key_storage = wanted.key_storage;
  authority.configuration = std::move(wanted.configuration);
  authority.revocation = revocation_in_full(wanted.revocation);
  authority.tags = std::move(wanted.tags);
  authority.life.created_at = call.now;
  authority.life.ready_at = call.now + world.options.authority_delay;
  const Answer<void> equipped = equip(authority);
  if (!equipped.ok()) return equipped.error();
  call.arn = authority.arn;
  remember(scope, wanted.token, authority.arn, call.now);
  publish_tags(authority, call.now);
  authorities.emplace(call.arn, std::move(authority));
  return Json{{"CertificateAuthorityArn", call.arn}};
}

Answer<Json> AcmPcaService::Internals::describe_authority(Call& call, const Json& input) {
  InputCheck check(input);
  const std::string arn = check.text("CertificateAuthorityArn", arn_rule());
  TRY(check.result());
  Authority* const authority = TRY(find(call, arn, "DescribeCertificateAuthority"));
  return Json{{"CertificateAuthority", json_of(*authority, call.now)}};
}

Answer<Json> AcmPcaService::Internals::list_authorities(Call& call, const Json& input) {
  InputCheck check(input);
  const std::int64_t size = std::min(
      kAuthoritiesPerPage, check.number("MaxResults", 1, 1000).value_or(kAuthoritiesPerPage));
  const std::string token = check.text("NextToken", {false, 1, 43739});
  const std::string owner = check.text("ResourceOwner", {false, 0, 64, {"SELF", "OTHER_ACCOUNTS"}});
  TRY(check.result());
  const std::uint64_t after = token.empty() ? 0 : TRY(position_of(token));
  std::vector<const Authority*> found;
  for (const auto& [arn, authority] : authorities) {
    if (authority.region != call.region || authority.sequence <= after) continue;
    const bool own = authority.account == call.account;
    const bool wanted =
        owner == "OTHER_ACCOUNTS"
            ? !own && policy_allows(authority.policy, call.account, "DescribeCertificateAuthority")
            : own;
    if (wanted) found.push_back(&authority);
  }
  std::sort(found.begin(), found.end(),
            [](const Authority* a, const Authority* b) { return a->sequence < b->sequence; });
  Json output = {{"CertificateAuthorities", Json::array()}};
  for (const Authority* authority : found) {
    if (output["CertificateAuthorities"].size() == static_cast<std::size_t>(size)) {
      output["NextToken"] = token_of(found[static_cast<std::size_t>(size) - 1]->sequence);
      break;
    }
    output["CertificateAuthorities"].push_back(json_of(*authority, call.now));
  }
  return output;
}

Answer<Json> AcmPcaService::Internals::update_authority(Call& call, const Json& input) {
  InputCheck check(input);
  const std::string arn = check.text("CertificateAuthorityArn", arn_rule());
  const std::string status = check.text("Status", {false,
                                                   0,
                                                   64,
                                                   {"CREATING", "PENDING_CERTIFICATE", "ACTIVE",
                                                    "DELETED", "DISABLED", "EXPIRED", "FAILED"}});
  const Json revocation = check.object("RevocationConfiguration");
  check_revocation_shape(check, revocation);
  TRY(check.result());
  Authority* const authority = TRY(find_present(call, arn, "UpdateCertificateAuthority"));
  TRY(check_revocation(revocation, "InvalidArgsException"));
  if (!status.empty() && status != "ACTIVE" && status != "DISABLED") {
    return AwsError{"InvalidArgsException",
                    fmt::format("The status {} cannot be set. Valid values are ACTIVE and "
                                "DISABLED.",
                                status)};
  }
  if (!authority->life.can_update(call.now)) {
    return invalid_state(
        "The certificate authority must be in the ACTIVE or DISABLED state to be "
        "updated.");
  }
  if (!status.empty()) authority->life.set_disabled(status == "DISABLED", call.now);
  for (const auto& [kind, value] : revocation.items()) authority->revocation[kind] = value;
  return Json();
}

Answer<Json> AcmPcaService::Internals::delete_authority(Call& call, const Json& input) {
  InputCheck check(input);
  const std::string arn = check.text("CertificateAuthorityArn", arn_rule());
  const std::int64_t days = check.number("PermanentDeletionTimeInDays", 7, 30).value_or(30);
  TRY(check.result());
  Authority* const authority = TRY(find(call, arn, "DeleteCertificateAuthority"));
  if (!authority->life.can_delete(call.now)) {
    return invalid_state("The certificate authority is not in a valid state for deletion.");
  }
  authority->life.erase(static_cast<int>(days), call.now);
  return Json();
}

Answer<Json> AcmPcaService::Internals::restore_authority(Call& call, const Json& input) {
  InputCheck check(input);
  const std::string arn = check.text("CertificateAuthorityArn", arn_rule());
  TRY(check.result());
  Authority* const authority = TRY(find(call, arn, "RestoreCertificateAuthority"));
  if (authority->life.status(call.now) != AuthorityStatus::deleted) {
    return invalid_state("The certificate authority is not in a valid state for restoration.");
  }
  authority->life.restore(call.now);
  return Json();
}

Answer<Json> AcmPcaService::Internals::get_csr(Call& call, const Json& input) {
  InputCheck check(input);
  const std::string arn = check.text("CertificateAuthorityArn", arn_rule());
  TRY(check.result());
  Authority* const authority = TRY(find_present(call, arn, "GetCertificateAuthorityCsr"));
  switch (authority->life.status(call.now)) {
    case AuthorityStatus::creating:
      return AwsError{"RequestInProgressException",
                      fmt::format("The certificate authority {} is still being created.", arn)};
    case AuthorityStatus::failed:
      return invalid_state(
          fmt::format("The certificate authority {} is not in the correct state "
                      "to have a certificate signing request",
                      arn));
    default: return Json{{"Csr", authority->csr}};
  }
}

}  // namespace certloop::emulator
