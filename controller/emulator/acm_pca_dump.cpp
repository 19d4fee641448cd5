// Private CA's state for --data, and back. Holds private keys.
#include "base/secret.h"
#include "emulator/acm_pca_state.h"
#include "emulator/text_forms.h"

namespace certloop::emulator {
namespace {

Json json_of(const AuthorityLifecycle& life) {
  Json json = {{"createdAt", millis(life.created_at)},
               {"readyAt", millis(life.ready_at)},
               {"fails", life.fails},
               {"disabled", life.disabled},
               {"changedAt", millis(life.changed_at)}};
  if (life.not_after) json["notAfter"] = millis(*life.not_after);
  if (life.deletion) {
    json["deletedAt"] = millis(life.deletion->at);
    json["restorableUntil"] = millis(life.deletion->restorable_until);
  }
  return json;
}

Time time_in(const Json& json, const char* member) {
  return from_millis(json.at(member).get<std::int64_t>());
}

AuthorityLifecycle life_of(const Json& json) {
  AuthorityLifecycle life;
  life.created_at = time_in(json, "createdAt");
  life.ready_at = time_in(json, "readyAt");
  life.fails = json.at("fails");
  life.disabled = json.at("disabled");
  life.changed_at = time_in(json, "changedAt");
  if (json.contains("notAfter")) life.not_after = time_in(json, "notAfter");
  if (json.contains("deletedAt")) {
    life.deletion = {time_in(json, "deletedAt"), time_in(json, "restorableUntil")};
  }
  return life;
}

Json json_of(const IssuedCertificate& issued) {
  Json json = {{"arn", issued.arn},
               {"certificate", issued.certificate},
               {"chain", issued.chain},
               {"serial", issued.serial},
               {"readyAt", millis(issued.ready_at)},
               {"reason", issued.revocation_reason}};
  if (issued.revoked_at) json["revokedAt"] = millis(*issued.revoked_at);
  return json;
}

IssuedCertificate issued_of(const Json& json) {
  IssuedCertificate issued;
  issued.arn = json.at("arn");
  issued.certificate = json.at("certificate");
  issued.chain = json.at("chain");
  issued.serial = json.at("serial");
  issued.ready_at = time_in(json, "readyAt");
  issued.revocation_reason = json.at("reason");
  if (json.contains("revokedAt")) issued.revoked_at = time_in(json, "revokedAt");
  return issued;
}

Json state_of(const Authority& authority) {
  Json json = {{"sequence", authority.sequence},
               {"arn", authority.arn},
               {"account", authority.account},
               {"region", authority.region},
               {"type", authority.type},
               {"usageMode", authority.usage_mode},
               {"keyStorage", authority.key_storage},
               {"configuration", authority.configuration},
               {"revocation", authority.revocation},
               {"csr", authority.csr},
               {"life", json_of(authority.life)},
               {"chain", authority.chain},
               {"policy", authority.policy},
               {"tags", authority.tags},
               {"issued", Json::array()},
               {"permissions", Json::array()}};
  if (authority.key) json["key"] = std::string(authority.key->to_pem().reveal());
  if (authority.certificate) json["certificate"] = authority.certificate->pem();
  for (const auto& [serial, issued] : authority.issued) json["issued"].push_back(json_of(issued));
  for (const CaPermission& permission : authority.permissions) {
    json["permissions"].push_back({{"principal", permission.principal},
                                   {"account", permission.source_account},
                                   {"actions", permission.actions},
                                   {"createdAt", millis(permission.created_at)}});
  }
  return json;
}

Authority authority_of(const Json& json) {
  Authority authority;
  authority.sequence = json.at("sequence");
  authority.arn = json.at("arn");
  authority.account = json.at("account");
  authority.region = json.at("region");
  authority.type = json.at("type");
  authority.usage_mode = json.at("usageMode");
  authority.key_storage = json.at("keyStorage");
  authority.configuration = json.at("configuration");
  authority.revocation = json.at("revocation");
  authority.csr = json.at("csr");
  authority.life = life_of(json.at("life"));
  authority.chain = json.at("chain");
  authority.policy = json.at("policy");
  authority.tags = json.at("tags").get<Tags>();
  for (const Json& each : json.at("issued")) {
    IssuedCertificate issued = issued_of(each);
    authority.issued[issued.serial] = std::move(issued);
  }
  for (const Json& each : json.at("permissions")) {
    authority.permissions.push_back({each.at("principal"), each.at("account"),
                                     each.at("actions").get<std::vector<std::string>>(),
                                     time_in(each, "createdAt")});
  }
  if (json.contains("key")) {
    Result<pki::PrivateKey> key =
        pki::PrivateKey::from_pem(Secret::take(json.at("key").get<std::string>()));
    if (key.ok()) authority.key = *key;
  }
  if (json.contains("certificate")) {
    Result<pki::Certificate> certificate =
        pki::Certificate::from_pem(json.at("certificate").get<std::string>());
    if (certificate.ok()) authority.certificate = *certificate;
  }
  return authority;
}

}  // namespace

Json AcmPcaService::dump() const {
  Json authorities = Json::array();
  for (const auto& [arn, authority] : internals_->authorities) {
    authorities.push_back(state_of(authority));
  }
  Json tokens = Json::object();
  for (const auto& [token, made] : internals_->tokens)
    tokens[token] = {{"arn", made.arn}, {"expiresAt", millis(made.expires_at)}};
  return {{"authorities", std::move(authorities)}, {"tokens", std::move(tokens)}};
}

void AcmPcaService::restore(const Json& state) {
  internals_->tokens.clear();
  const Json tokens = state.value("tokens", Json::object());  // earlier versions kept none
  for (const auto& [token, made] : tokens.items())
    internals_->tokens[token] = {made.at("arn"), time_in(made, "expiresAt")};
  internals_->authorities.clear();
  for (const Json& json : state.at("authorities")) {
    Authority authority = authority_of(json);
    internals_->next_sequence = std::max(internals_->next_sequence, authority.sequence + 1);
    internals_->publish_tags(authority, authority.life.changed_at);
    std::string arn = authority.arn;
    internals_->authorities.emplace(std::move(arn), std::move(authority));
  }
}

}  // namespace certloop::emulator
