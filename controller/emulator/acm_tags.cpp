// Tags of certificates, and the account's configuration.
#include <nlohmann/json.hpp>

#include "emulator/acm.h"
#include "emulator/acm_words.h"

namespace certloop::emulator {

namespace {

constexpr std::size_t kTagQuota = 50;
constexpr auto kTokenLife = std::chrono::hours(1);

AwsError no_such(const std::string& arn) {
  return {"ResourceNotFoundException", "Could not find certificate " + arn + "."};
}

}  // namespace

Answer<Json> Acm::list_tags(Call& call, const Json& input) {
  const HeldCertificate* held = TRY(named(call, input));
  Json tags = Json::array();
  for (const auto& [key, value] : held->tags) tags.push_back({{"Key", key}, {"Value", value}});
  return Json{{"Tags", std::move(tags)}};
}

Answer<void> Acm::merge_tags(HeldCertificate& held, const Tags& tags, Time now) {
  Tags merged = held.tags;
  for (const auto& [key, value] : tags) merged[key] = value;
  if (merged.size() > kTagQuota) {
    return AwsError{"TooManyTagsException", "A certificate can have at most 50 tags."};
  }
  held.tags = std::move(merged);
  publish_tags(held, now);
  return {};
}

Answer<Json> Acm::add_tags(Call& call, const Json& input) {
  Constraints constraints(input);
  constraints.required({"CertificateArn", "Tags"}).text("CertificateArn", acm::kArn);
  acm::constrain_tags(constraints, input, false);
  TRY(constraints.verdict());
  HeldCertificate* held = TRY(named(call, input));
  const Tags tags = TRY(acm::tags_from(input));
  TRY(merge_tags(*held, tags, call.now));
  return Json();
}

// A tag given with a value goes only if it has that value.
Answer<Json> Acm::remove_tags(Call& call, const Json& input) {
  Constraints constraints(input);
  constraints.required({"CertificateArn", "Tags"}).text("CertificateArn", acm::kArn);
  acm::constrain_tags(constraints, input, false);
  TRY(constraints.verdict());
  HeldCertificate* held = TRY(named(call, input));
  TRY(acm::tags_from(input));
  for (const Json& tag : input.at("Tags")) {
    const auto found = held->tags.find(tag.at("Key").get<std::string>());
    if (found == held->tags.end()) continue;
    if (!tag.contains("Value") || tag.at("Value") == found->second) held->tags.erase(found);
  }
  publish_tags(*held, call.now);
  return Json();
}

Answer<void> Acm::tag(const std::string& account, const std::string& region, const std::string& arn,
                      const Tags& tags, Time now) {
  HeldCertificate* held = find(arn);
  if (!held || held->account != account || held->region != region) return no_such(arn);
  return merge_tags(*held, tags, now);
}

Answer<void> Acm::untag(const std::string& account, const std::string& region,
                        const std::string& arn, const std::vector<std::string>& keys, Time now) {
  HeldCertificate* held = find(arn);
  if (!held || held->account != account || held->region != region) return no_such(arn);
  for (const std::string& key : keys) held->tags.erase(key);
  publish_tags(*held, now);
  return {};
}

Answer<Json> Acm::get_account_configuration(Call& call) {
  return Json{{"ExpiryEvents", {{"DaysBeforeExpiry", region_of(call).days_before_expiry}}}};
}

Answer<Json> Acm::put_account_configuration(Call& call, const Json& input) {
  TRY(Constraints(input)
          .required({"IdempotencyToken"})
          .text("IdempotencyToken", acm::kToken)
          .verdict());
  AcmRegion& region = region_of(call);
  int days = region.days_before_expiry;
  if (const auto events = input.find("ExpiryEvents"); events != input.end()) {
    TRY(Constraints(*events).integer("DaysBeforeExpiry", 1, 2147483647).verdict());
    days = events->value("DaysBeforeExpiry", days);
  }
  const std::string token = input.at("IdempotencyToken");
  const auto found = region.configuration_tokens.find(token);
  if (found != region.configuration_tokens.end() && call.now < found->second.expires) {
    if (found->second.days == days) return Json();
    return AwsError{"ConflictException",
                    "The idempotency token was used with another configuration."};
  }
  region.configuration_tokens[token] = {days, call.now + kTokenLife};
  region.days_before_expiry = days;
  return Json();
}

}  // namespace certloop::emulator
