// The controls under /_certloop, and ACM's state as JSON for --data.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "emulator/acm.h"
#include "emulator/acm_words.h"
#include "emulator/text_forms.h"

namespace certloop::emulator {

namespace {

AwsError no_such(const std::string& arn) {
  return {"ResourceNotFoundException", "there is no certificate " + arn, 404};
}

Json optional_time(const std::optional<Time>& time) { return time ? Json(millis(*time)) : Json(); }

std::optional<Time> time_from(const Json& json, const char* member) {
  const auto found = json.find(member);
  if (found == json.end() || found->is_null()) return std::nullopt;
  return from_millis(found->get<std::int64_t>());
}

Json dump_times(const std::deque<Time>& times) {
  Json json = Json::array();
  for (const Time time : times) json.push_back(millis(time));
  return json;
}

std::deque<Time> times_from(const Json& json) {
  std::deque<Time> times;
  for (const Json& each : json) times.push_back(from_millis(each.get<std::int64_t>()));
  return times;
}

Json dump_names(const std::vector<NameValidation>& names) {
  Json json = Json::array();
  for (const NameValidation& name : names) {
    json.push_back({{"domain", name.domain},
                    {"validationDomain", name.validation_domain},
                    {"validatedAt", optional_time(name.validated_at)}});
  }
  return json;
}

std::vector<NameValidation> names_from(const Json& json) {
  std::vector<NameValidation> names;
  for (const Json& each : json) {
    names.push_back(
        {each.at("domain"), each.at("validationDomain"), time_from(each, "validatedAt")});
  }
  return names;
}

Json dump_certificate(const HeldCertificate& held) {
  Json json = {{"sequence", held.sequence},
               {"arn", held.arn},
               {"type", held.type},
               {"status", held.status},
               {"domainName", held.domain_name},
               {"names", held.names},
               {"keyAlgorithm", std::string(pki::name_of(held.key_algorithm))},
               {"validationMethod", held.validation_method},
               {"validations", dump_names(held.validations)},
               {"createdAt", millis(held.created_at)},
               {"issuedAt", optional_time(held.issued_at)},
               {"importedAt", optional_time(held.imported_at)},
               {"revokedAt", optional_time(held.revoked_at)},
               {"failureReason", held.failure_reason},
               {"revocationReason", held.revocation_reason},
               {"authorityArn", held.authority_arn},
               {"managedBy", held.managed_by},
               {"exportEnabled", held.export_enabled},
               {"tags", held.tags},
               {"inUseBy", held.in_use_by},
               {"inUseSince", optional_time(held.in_use_since)},
               {"exported", held.exported},
               {"exportedAt", optional_time(held.exported_at)}};
  if (held.leaf) json["leaf"] = held.leaf->pem();
  if (held.key) json["key"] = std::string(held.key->to_pem().reveal());
  if (held.chain) json["chain"] = *held.chain;
  if (held.renewal) {
    json["renewal"] = {{"status", held.renewal->status},
                       {"reason", held.renewal->reason},
                       {"updatedAt", millis(held.renewal->updated_at)},
                       {"due", millis(held.renewal->due)},
                       {"validations", dump_names(held.renewal->validations)}};
  }
  if (held.migration) {
    json["migration"] = {{"requestedAt", millis(held.migration->requested_at)},
                         {"validations", dump_names(held.migration->validations)}};
  }
  return json;
}

void restore_contents(HeldCertificate& held, const Json& json) {
  if (json.contains("leaf")) {
    auto leaf = pki::Certificate::from_pem(json.at("leaf").get<std::string>());
    if (leaf.ok()) held.leaf = *leaf;
  }
  if (json.contains("key")) {
    auto key = pki::PrivateKey::from_pem(Secret::take(json.at("key").get<std::string>()));
    if (key.ok()) held.key = *key;
  }
  if (json.contains("chain")) {
    held.chain = std::make_shared<const std::string>(json.at("chain").get<std::string>());
  }
  if (json.contains("renewal")) {
    const Json& from = json.at("renewal");
    held.renewal = Renewal{from.at("status"), from.at("reason"), *time_from(from, "updatedAt"),
                           *time_from(from, "due"), names_from(from.at("validations"))};
  }
  if (json.contains("migration")) {
    const Json& from = json.at("migration");
    held.migration = Migration{*time_from(from, "requestedAt"), names_from(from.at("validations"))};
  }
}

std::unique_ptr<HeldCertificate> restore_certificate(const Json& json) {
  auto held = std::make_unique<HeldCertificate>();
  held->sequence = json.at("sequence");
  held->arn = json.at("arn");
  held->type = json.at("type");
  held->status = json.at("status");
  held->domain_name = json.at("domainName");
  held->names = json.at("names").get<std::vector<std::string>>();
  held->key_algorithm = pki::key_algorithm_named(json.at("keyAlgorithm").get<std::string>())
                            .value_or(pki::KeyAlgorithm::rsa_2048);
  held->validation_method = json.at("validationMethod");
  held->validations = names_from(json.at("validations"));
  held->created_at = *time_from(json, "createdAt");
  held->issued_at = time_from(json, "issuedAt");
  held->imported_at = time_from(json, "importedAt");
  held->revoked_at = time_from(json, "revokedAt");
  held->failure_reason = json.at("failureReason");
  held->revocation_reason = json.at("revocationReason");
  held->authority_arn = json.at("authorityArn");
  held->managed_by = json.at("managedBy");
  held->export_enabled = json.at("exportEnabled");
  held->tags = json.at("tags").get<Tags>();
  held->in_use_by = json.at("inUseBy").get<std::vector<std::string>>();
  held->in_use_since = time_from(json, "inUseSince");
  held->exported = json.at("exported");
  held->exported_at = time_from(json, "exportedAt");
  restore_contents(*held, json);
  return held;
}

}  // namespace

Json Acm::dump() const {
  Json regions = Json::array();
  for (const auto& [key, region] : regions_) {
    Json certificates = Json::array();
    for (const auto& [sequence, held] : region.certificates) {
      certificates.push_back(dump_certificate(*held));
    }
    Json tokens = Json::object();
    for (const auto& [token, use] : region.tokens) {
      tokens[token] = {{"arn", use.arn}, {"expires", millis(use.expires)}};
    }
    regions.push_back({{"account", key.first},
                       {"region", key.second},
                       {"nextSequence", region.next_sequence},
                       {"daysBeforeExpiry", region.days_before_expiry},
                       {"tokens", std::move(tokens)},
                       {"requests", dump_times(region.requests)},
                       {"imports", dump_times(region.imports)},
                       {"certificates", std::move(certificates)}});
  }
  return {{"regions", std::move(regions)}, {"authority", authority_.dump()}};
}

void Acm::restore(const Json& state) {
  authority_.restore(state.at("authority"));
  for (const Json& from : state.at("regions")) {
    AcmRegion& region = regions_[{from.at("account"), from.at("region")}];
    region.next_sequence = from.at("nextSequence");
    region.days_before_expiry = from.at("daysBeforeExpiry");
    region.requests = times_from(from.at("requests"));
    region.imports = times_from(from.at("imports"));
    for (const auto& [token, use] : from.at("tokens").items()) {
      region.tokens[token] = {use.at("arn"), *time_from(use, "expires")};
    }
    for (const Json& each : from.at("certificates")) {
      std::unique_ptr<HeldCertificate> held = restore_certificate(each);
      held->account = from.at("account");
      held->region = from.at("region");
      if (held->type == "AMAZON_ISSUED") ++region.requested;
      if (held->type == "IMPORTED") ++region.imported;
      publish_tags(*held, held->created_at);
      region.by_arn.emplace(held->arn, held.get());
      region.certificates.emplace(held->sequence, std::move(held));
    }
  }
}

Answer<void> Acm::set_in_use(const std::string& arn, std::vector<std::string> resources, Time now) {
  HeldCertificate* held = find(arn);
  if (!held) return no_such(arn);
  settle(*held, now);
  if (resources.empty()) {
    held->in_use_since.reset();
  } else if (!held->in_use_since) {
    held->in_use_since = now;
  }
  held->in_use_by = std::move(resources);
  held->next_event = now;
  return {};
}

Answer<void> Acm::force(const std::string& arn, const Json& what, Time now) {
  HeldCertificate* held = find(arn);
  if (!held) return no_such(arn);
  settle(*held, now);
  if (what.value("approve", false)) {
    for (NameValidation& name : held->validations) {
      if (!name.validated_at) name.validated_at = now;
    }
    if (held->renewal) {
      for (NameValidation& name : held->renewal->validations) {
        if (!name.validated_at) name.validated_at = now;
      }
    }
  }
  if (what.contains("failureReason") && held->is_pending()) {
    const Json none = Json::object();
    TRY(Constraints(none)
            .value_word(what.at("failureReason"), "failureReason", acm::kFailureReasons)
            .verdict());
    fail(*held, what.at("failureReason"));
  }
  if (what.contains("status")) {
    const std::string status = what.at("status");
    const bool possible = held->leaf && (status == "INACTIVE" || status == "ISSUED");
    if (!possible) {
      return AwsError{"ValidationException", "only issued certificates go to and from INACTIVE"};
    }
    held->status = status;
  }
  held->next_event = now;
  return {};
}

Json Acm::all(Time now) {
  Json certificates = Json::array();
  for (auto& [key, region] : regions_) {
    settle_all(region, now);
    for (const auto& [sequence, held] : region.certificates) {
      Json json = acm::describe(*held, world_, now);
      json["Account"] = held->account;
      json["Region"] = held->region;
      json["Tags"] = held->tags;
      certificates.push_back(std::move(json));
    }
  }
  return certificates;
}

}  // namespace certloop::emulator
