#include "secrets/secret_object.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace certloop::secrets {

Result<SecretObject> read_secret(const store::Store& store, const std::string& space,
                                 const std::string& name) {
  api::Object object = TRY(store.get({api::Kind::secret, space, name}));
  nlohmann::json body = nlohmann::json::parse(object.body.text(), nullptr, false);
  object.body.wipe();
  SecretObject secret;
  if (!body.is_object())
    return Error(Code::internal, text_of(object.key()) + ": must be JSON, and is broken");
  const auto type = body.find("type");
  secret.type = type != body.end() && type->is_string() ? type->get<std::string>() : "Opaque";
  secret.version = object.meta.version;
  for (auto& [key, value] : body["data"].items()) {
    auto* text = value.get_ptr<nlohmann::json::string_t*>();
    auto bytes = text == nullptr ? std::nullopt : from_base64(*text);
    if (text != nullptr) wipe(*text);
    if (!bytes)
      return Error(Code::internal,
                   fmt::format("{}: data.{} is not base64", text_of(object.key()), key));
    secret.data.emplace(key, Secret::take(std::move(*bytes)));
  }
  return secret;
}

Result<Secret> read_secret_key(const store::Store& store, const std::string& space,
                               const api::SecretKeyReference& reference) {
  SecretObject secret = TRY(read_secret(store, space, reference.name));
  const auto it = secret.data.find(reference.key);
  if (it != secret.data.end()) return std::move(it->second);
  std::vector<std::string> keys;
  for (const auto& [key, value] : secret.data) keys.push_back(key);
  return Error(Code::invalid,
               fmt::format("Secret {}/{} has no key {}; it has {}", space, reference.name,
                           reference.key, keys.empty() ? "none" : join(keys, ", ")))
      .because("SecretKeyMissing");
}

}  // namespace certloop::secrets
