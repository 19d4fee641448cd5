#include "store/mask.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "store/shown_in.h"

namespace certloop::store {
namespace {

using Json = nlohmann::json;

constexpr const char* kLastApplied = "last-applied-configuration";
constexpr int kMaxDepth = 64;

// Brackets inside strings count too: then a text is taken for deeper than it is, and for no JSON.
bool is_shallow(std::string_view text) {
  int depth = 0, deepest = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
    if (c == ']' || c == '}') --depth;
  }
  return deepest <= kMaxDepth;
}

// Discarded unless it is JSON of bounded depth: what is deeper could not be written out again.
Json parsed(const std::string& text) {
  if (!is_shallow(text)) return Json(Json::value_t::discarded);
  return Json::parse(text, nullptr, false);
}

// A member that is an object; an empty one otherwise.
Json object_in(const Json& json, const char* name) {
  const auto found = json.is_object() ? json.find(name) : json.end();
  return found != json.end() && found->is_object() ? *found : Json::object();
}

// Also in base64, as whoever turns stringData into data writes it.
bool is_mask(const Json& value) {
  static const std::string kEncoded = to_base64(kMask);
  return value == kMask || value == kEncoded;
}

void mask_members(Json& value) {
  if (!value.is_object())
    value = kMask;
  else
    for (Json& member : value) member = kMask;
}

// Masks what secrets hold anywhere inside: an annotation may keep one Secret, or a list of them.
// Answers whether there was any.
bool mask_secrets(Json& json) {
  bool found = false;
  const bool is_secret = json.is_object() && (json.contains("data") || json.contains("stringData"));
  if (is_secret) {
    for (const char* name : {"data", "stringData"})
      if (json.contains(name)) mask_members(json[name]);
    // The inner copy may itself carry what was last applied before it.
    if (const auto meta = json.find("metadata"); meta != json.end() && meta->is_object())
      if (meta->contains("annotations")) mask_members((*meta)["annotations"]);
    found = true;
  }
  if (json.is_structured())
    for (Json& member : json) found = mask_secrets(member) || found;
  return found;
}

// What must not show anywhere: the values in base64 and decoded.
void add_values(const Json& json, std::vector<std::string>& values) {
  const auto add = [&](const Json& value, bool is_base64) {
    if (!value.is_string() || is_mask(value)) return;
    values.push_back(value);
    if (!is_base64) return;
    if (auto plain = from_base64(value.get_ref<const std::string&>())) values.push_back(*plain);
  };
  for (const Json& value : object_in(json, "data")) add(value, true);
  for (const Json& value : object_in(json, "stringData")) add(value, false);
}

std::string masked_annotation(const std::string& name, const std::string& text,
                              const ShownIn& values) {
  Json json = parsed(text);
  std::string shown = text;
  if (json.is_structured()) {
    if (mask_secrets(json)) shown = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  } else if (name.ends_with(kLastApplied)) {
    return std::string(kMask);
  }
  return values.any_in(shown) ? std::string(kMask) : shown;
}

Error nothing_kept(const std::string& key) {
  return Error(Code::invalid, fmt::format("data.{}: \"{}\" only stands for a value, and no value "
                                          "is stored under this key: give the value itself",
                                          printable(key), kMask));
}

// Replaces masks in data, and folds stringData into it.
Result<void> unmask_body(Json& body, const Json& live_data) {
  Json data = object_in(body, "data");
  const Json texts = object_in(body, "stringData");
  const auto restore = [&](const std::string& key) -> Result<void> {
    const auto kept = live_data.find(key);
    if (kept == live_data.end()) return nothing_kept(key);
    data[key] = *kept;
    return {};
  };
  for (const auto& [key, value] : data.items())
    if (is_mask(value)) TRY(restore(key));
  for (const auto& [key, value] : texts.items()) {
    if (!value.is_string())
      return Error(Code::invalid, fmt::format("stringData.{}: must be a string; write it in quotes",
                                              printable(key)));
    if (value == kMask)
      TRY(restore(key));
    else
      data[key] = to_base64(value.get_ref<const std::string&>());
  }
  if (body.contains("data") || body.contains("stringData")) body["data"] = std::move(data);
  body.erase("stringData");
  return {};
}

// What tells the items of a list apart: objects by kind, namespace and name, others by place.
std::string identity_of(const Json& item, std::size_t place) {
  const Json meta = object_in(item, "metadata");
  if (!meta.contains("name")) return std::to_string(place);
  return Json{item.value("kind", Json()), meta.value("namespace", Json()), meta["name"]}.dump(
      -1, ' ', false, Json::error_handler_t::replace);
}

// Puts what `live` has in place of each mask in `wanted`. Answers whether there was any.
bool unmask_json(Json& wanted, const Json& live) {
  if (is_mask(wanted)) {
    const bool is_kept = !is_mask(live);
    if (is_kept) wanted = live;
    return is_kept;
  }
  bool any = false;
  if (wanted.is_object() && live.is_object()) {
    for (auto& [name, member] : wanted.get_ref<Json::object_t&>())
      if (const auto kept = live.find(name); kept != live.end())
        any = unmask_json(member, *kept) || any;
  } else if (wanted.is_array() && live.is_array()) {
    std::map<std::string, const Json*> kept;
    for (std::size_t i = 0; i < live.size(); ++i) kept.emplace(identity_of(live[i], i), &live[i]);
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (const auto at = kept.find(identity_of(wanted[i], i)); at != kept.end())
        any = unmask_json(wanted[i], *at->second) || any;
  }
  return any;
}

// An annotation that was shown masked and comes back so is the one that is kept; one that was
// edited beside its masks keeps what they stand for.
void unmask_annotations(api::Object& wanted, const api::Object& live) {
  const api::Object live_masked = masked(live);
  for (auto& [name, text] : wanted.meta.annotations) {
    const auto kept = live.meta.annotations.find(name);
    if (kept == live.meta.annotations.end()) continue;
    if (text == kMask || text == live_masked.meta.annotations.at(name)) {
      text = kept->second;
      continue;
    }
    Json json = parsed(text);
    if (json.is_structured() && unmask_json(json, parsed(kept->second)))
      text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
}

// What a value is, as it stands and as it is shown, on both sides of a comparison.
struct Sides {
  const Json &before, &after;
  Json &shown_before, &shown_after;
};

void tell_apart(const Sides& sides) {
  if (sides.shown_before == kMask && sides.shown_after == kMask) {
    if (sides.before == sides.after) return;
    sides.shown_before = fmt::format("{} (before)", kMask);
    sides.shown_after = fmt::format("{} (after)", kMask);
    return;
  }
  if (sides.shown_before.is_object() && sides.shown_after.is_object()) {
    for (auto& [name, shown] : sides.shown_before.get_ref<Json::object_t&>())
      if (sides.shown_after.contains(name) && sides.before.contains(name) &&
          sides.after.contains(name))
        tell_apart({sides.before[name], sides.after[name], shown, sides.shown_after[name]});
  } else if (sides.shown_before.is_array() && sides.shown_after.is_array()) {
    for (std::size_t i = 0; i < sides.shown_before.size() && i < sides.shown_after.size() &&
                            i < sides.before.size() && i < sides.after.size();
         ++i)
      tell_apart({sides.before[i], sides.after[i], sides.shown_before[i], sides.shown_after[i]});
  }
}

// Of texts that hold JSON, or that are masked as a whole.
void tell_texts_apart(const std::string& before, const std::string& after,
                      std::string& shown_before, std::string& shown_after) {
  const auto json_in = [](const std::string& text) {
    Json json = parsed(text);
    return json.is_structured() ? json : Json(text);
  };
  Json from = json_in(shown_before), to = json_in(shown_after);
  const Json from_was = from, to_was = to;
  tell_apart({json_in(before), json_in(after), from, to});
  const auto text_of = [](const Json& json) {
    return json.is_string() ? json.get<std::string>()
                            : json.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  if (from != from_was) shown_before = text_of(from);
  if (to != to_was) shown_after = text_of(to);
}

}  // namespace

std::pair<api::Object, api::Object> masked_apart(const api::Object& before,
                                                 const api::Object& after) {
  std::pair<api::Object, api::Object> shown{masked(before), masked(after)};
  if (before.kind != api::Kind::secret || after.kind != api::Kind::secret) return shown;
  Json from = parsed(shown.first.body.text()), to = parsed(shown.second.body.text());
  tell_apart({parsed(before.body.text()), parsed(after.body.text()), from, to});
  shown.first.body = api::Document::from_canonical(from.dump());
  shown.second.body = api::Document::from_canonical(to.dump());
  for (auto& [name, text] : shown.first.meta.annotations)
    if (const auto other = shown.second.meta.annotations.find(name);
        other != shown.second.meta.annotations.end())
      tell_texts_apart(before.meta.annotations.at(name), after.meta.annotations.at(name), text,
                       other->second);
  return shown;
}

api::Object masked(const api::Object& object) {
  if (object.kind != api::Kind::secret) return object;
  api::Object shown = object;
  Json body = parsed(object.body.text());
  std::vector<std::string> values;
  add_values(body, values);
  const ShownIn needles(values);
  for (auto& [name, text] : shown.meta.annotations) text = masked_annotation(name, text, needles);
  for (const char* name : {"data", "stringData"})
    if (body.is_object() && body.contains(name)) mask_members(body[name]);
  shown.body = api::Document::from_canonical(body.is_object() ? body.dump() : "{}");
  return shown;
}

Result<api::Object> unmasked(api::Object wanted, const api::Object* live) {
  if (wanted.kind != api::Kind::secret) return wanted;
  Json body = parsed(wanted.body.text());
  if (!body.is_object())
    return Error(Code::invalid, api::text_of(wanted.key()) + ": its body must be a JSON object");
  const Json live_body = live != nullptr ? parsed(live->body.text()) : Json::object();
  auto done = unmask_body(body, object_in(live_body, "data"));
  if (!done) return std::move(done).error().during(api::text_of(wanted.key()));
  wanted.body = api::Document::from_canonical(body.dump());
  if (live != nullptr) unmask_annotations(wanted, *live);
  return wanted;
}

}  // namespace certloop::store
