#include "store/mask.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"

namespace certloop::store {
namespace {

using Json = nlohmann::json;

constexpr const char* kLastApplied = "last-applied-configuration";
// Shorter values occur by chance in any text.
constexpr std::size_t kLeastToFind = 4;

Json parsed(const std::string& text) { return Json::parse(text, nullptr, false); }

// A member that is an object; an empty one otherwise.
Json object_in(const Json& json, const char* name) {
  const auto found = json.is_object() ? json.find(name) : json.end();
  return found != json.end() && found->is_object() ? *found : Json::object();
}

bool holds_secret(const Json& json) {
  return json.is_object() && (json.contains("data") || json.contains("stringData"));
}

void mask_values(Json& secret) {
  for (const char* name : {"data", "stringData"}) {
    const auto found = secret.find(name);
    if (found == secret.end()) continue;
    if (!found->is_object())
      *found = kMask;
    else
      for (Json& value : *found) value = kMask;
  }
}

// What must not show anywhere: the values in base64 and decoded.
std::vector<std::string> values_of(const Json& body) {
  std::vector<std::string> values;
  const Json data = object_in(body, "data"), texts = object_in(body, "stringData");
  for (const auto& [key, value] : data.items()) {
    if (!value.is_string()) continue;
    values.push_back(value);
    if (auto plain = from_base64(value.get_ref<const std::string&>())) values.push_back(*plain);
  }
  for (const auto& [key, value] : texts.items())
    if (value.is_string()) values.push_back(value);
  return values;
}

std::string masked_annotation(const std::string& name, const std::string& text,
                              const std::vector<std::string>& values) {
  Json json = parsed(text);
  std::string shown = text;
  if (holds_secret(json)) {
    mask_values(json);
    // The inner copy may itself carry what was last applied before it.
    if (const auto meta = json.find("metadata"); meta != json.end() && meta->is_object())
      meta->erase("annotations");
    shown = json.dump();
  } else if (name.ends_with(kLastApplied) && json.is_discarded()) {
    return std::string(kMask);
  }
  const bool shows_one = std::any_of(values.begin(), values.end(), [&](const std::string& value) {
    return value.size() >= kLeastToFind && shown.find(value) != std::string::npos;
  });
  return shows_one ? std::string(kMask) : shown;
}

// The live value of a key as it stands in data, or null.
const Json* live_value(const Json& live_data, const std::string& key) {
  const auto found = live_data.find(key);
  return found == live_data.end() ? nullptr : &*found;
}

Error nothing_kept(const std::string& key) {
  return Error(Code::invalid, fmt::format("data.{}: \"{}\" is how a value is shown, and none is "
                                          "kept under this key: give the value itself",
                                          printable(key), kMask));
}

// Replaces masks in data, and folds stringData into it.
Result<void> unmask_body(Json& body, const Json& live_data) {
  Json data = object_in(body, "data");
  const Json texts = object_in(body, "stringData");
  for (auto& [key, value] : data.items()) {
    if (value != kMask) continue;
    const Json* kept = live_value(live_data, key);
    if (kept == nullptr) return nothing_kept(key);
    value = *kept;
  }
  for (const auto& [key, value] : texts.items()) {
    if (!value.is_string())
      return Error(Code::invalid, fmt::format("stringData.{}: it is no string; write it in quotes",
                                              printable(key)));
    if (value != kMask) {
      data[key] = to_base64(value.get_ref<const std::string&>());
      continue;
    }
    const Json* kept = live_value(live_data, key);
    if (kept == nullptr) return nothing_kept(key);
    data[key] = *kept;
  }
  if (body.contains("data") || body.contains("stringData")) body["data"] = std::move(data);
  body.erase("stringData");
  return {};
}

// An annotation that was shown masked and comes back so is the one that is kept.
void unmask_annotations(api::Object& wanted, const api::Object& live,
                        const api::Object& live_masked) {
  for (auto& [name, text] : wanted.meta.annotations) {
    const auto shown = live_masked.meta.annotations.find(name);
    if (shown != live_masked.meta.annotations.end() && shown->second == text)
      text = live.meta.annotations.at(name);
  }
}

}  // namespace

api::Object masked(const api::Object& object) {
  if (object.kind != api::Kind::secret) return object;
  api::Object shown = object;
  Json body = parsed(object.body.text());
  const std::vector<std::string> values = values_of(body);
  for (auto& [name, text] : shown.meta.annotations) text = masked_annotation(name, text, values);
  if (body.is_object()) mask_values(body);
  shown.body = api::Document::from_canonical(body.is_object() ? body.dump() : "{}");
  return shown;
}

Result<api::Object> unmasked(api::Object wanted, const api::Object* live) {
  if (wanted.kind != api::Kind::secret) return wanted;
  Json body = parsed(wanted.body.text());
  if (!body.is_object())
    return Error(Code::invalid, api::text_of(wanted.key()) + ": its body is no JSON object");
  const Json live_body = live != nullptr ? parsed(live->body.text()) : Json::object();
  auto done = unmask_body(body, object_in(live_body, "data"));
  if (!done) return std::move(done).error().during(api::text_of(wanted.key()));
  wanted.body = api::Document::from_canonical(body.dump());
  if (live != nullptr) unmask_annotations(wanted, *live, masked(*live));
  return wanted;
}

}  // namespace certloop::store
