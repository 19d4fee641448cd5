#pragma once
// Private to the credential sources: credentials in JSON as processes, containers and instances
// give them.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "base/timestamp.h"

namespace certloop::aws {

// Takes a string member out and wipes it where it stood; empty if there is none.
inline Secret take_secret(nlohmann::json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_string()) return {};
  return Secret::take(std::move(found->get_ref<std::string&>()));
}

inline std::string text_of(const nlohmann::json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// nullptr's kind (discarded) for what is not a JSON object.
inline nlohmann::json parse_object(std::string_view text) {
  nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  return json.is_object() ? std::move(json) : nlohmann::json(nlohmann::json::value_t::discarded);
}

// The members AccessKeyId, SecretAccessKey, Expiration and the token by the given name. The error's
// text holds nothing of the input. Errors: denied.
inline Result<Credentials> credentials_of(nlohmann::json& json, const char* token_name,
                                          std::string_view subject) {
  Credentials out;
  out.access_key_id = text_of(json, "AccessKeyId");
  out.secret_access_key = take_secret(json, "SecretAccessKey");
  out.session_token = take_secret(json, token_name);
  if (out.access_key_id.empty() || out.secret_access_key.empty()) {
    return Error(Code::denied,
                 fmt::format("{}: the answer lacks AccessKeyId or SecretAccessKey", subject));
  }
  const std::string expiration = text_of(json, "Expiration");
  if (expiration.empty()) return out;
  out.expiration = parse_rfc3339(expiration);
  if (!out.expiration)
    return Error(Code::denied, fmt::format("{}: Expiration is not a time (RFC 3339)", subject));
  return out;
}

}  // namespace certloop::aws
