#include "emulator/identities.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "base/text.h"
#include "emulator/text_forms.h"

namespace certloop::emulator {

std::string unique_id(std::string_view prefix, std::string_view arn) {
  return std::string(prefix) + letters_from(sha256(arn), 17);
}

Identities::Identities(const EmulatorOptions& options) {
  std::vector<AccountKey> keys = options.keys;
  if (keys.empty()) {
    keys.push_back({"123456789012", "test", Secret("test"),
                    "arn:" + options.partition + ":iam::123456789012:user/test"});
  }
  first_account_ = keys.front().account;
  for (const AccountKey& key : keys) {
    Identity identity;
    identity.account = key.account;
    identity.access_key_id = key.access_key_id;
    identity.secret_access_key = key.secret_access_key;
    identity.principal_arn = key.principal;
    if (identity.principal_arn.empty()) {
      identity.principal_arn =
          "arn:" + options.partition + ":iam::" + key.account + ":user/" + key.access_key_id;
    }
    identity.user_id = identity.principal_arn.ends_with(":root")
                           ? key.account
                           : unique_id("AIDA", identity.principal_arn);
    Lock lock(mutex_);
    identities_.insert_or_assign(key.access_key_id, std::move(identity));
  }
}

std::optional<Identity> Identities::find(const std::string& access_key_id) const {
  Lock lock(mutex_);
  const auto found = identities_.find(access_key_id);
  if (found == identities_.end()) return std::nullopt;
  return found->second;
}

Identity Identities::begin_session(Identity session, Random& random) {
  session.access_key_id = "ASIA" + letters_from(random.bytes(16), 16);
  session.secret_access_key = Secret::take(to_base64(random.bytes(30)));
  session.session_token = "IQoJb3JpZ2luX2Vj" + to_base64(random.bytes(240));
  Lock lock(mutex_);
  identities_.insert_or_assign(session.access_key_id, session);
  return session;
}

void Identities::forget_old_sessions(Time now) {
  Lock lock(mutex_);
  std::erase_if(identities_, [&](const auto& each) {
    return each.second.expiration && *each.second.expiration + std::chrono::hours(24) < now;
  });
}

bool Identities::knows_account(const std::string& account) const {
  Lock lock(mutex_);
  for (const auto& [id, identity] : identities_) {
    if (identity.account == account && identity.session_token.empty()) return true;
  }
  return false;
}

bool Identities::knows_principal(const std::string& arn) const {
  Lock lock(mutex_);
  return std::any_of(identities_.begin(), identities_.end(),
                     [&](const auto& each) { return each.second.principal_arn == arn; });
}

nlohmann::json Identities::dump() const {
  nlohmann::json sessions = nlohmann::json::array();
  Lock lock(mutex_);
  for (const auto& [id, identity] : identities_) {
    if (identity.session_token.empty()) continue;
    sessions.push_back({{"account", identity.account},
                        {"accessKeyId", id},
                        {"secretAccessKey", std::string(identity.secret_access_key.reveal())},
                        {"sessionToken", identity.session_token},
                        {"expiration", millis(*identity.expiration)},
                        {"principal", identity.principal_arn},
                        {"userId", identity.user_id}});
  }
  return sessions;
}

void Identities::restore(const nlohmann::json& state) {
  Lock lock(mutex_);
  for (const auto& each : state) {
    Identity session;
    session.account = each.at("account");
    session.access_key_id = each.at("accessKeyId");
    session.secret_access_key = Secret::take(each.at("secretAccessKey").get<std::string>());
    session.session_token = each.at("sessionToken");
    session.expiration = from_millis(each.at("expiration"));
    session.principal_arn = each.at("principal");
    session.user_id = each.at("userId");
    identities_.insert_or_assign(session.access_key_id, std::move(session));
  }
}

}  // namespace certloop::emulator
