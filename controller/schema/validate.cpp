#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "schema/checker.h"
#include "schema/description.h"
#include "schema/names.h"
#include "schema/schema.h"
#include "schema/tree.h"

namespace certloop::schema {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxBytes = 256 << 10;  // KINDS: objects stay below 256 KiB

// The object as the description sees it. Only the metadata that people write.
Json whole_of(const api::Object& object) {
  Json whole = Json::parse(object.body.text());
  if (!whole.is_object()) whole = Json::object();
  Json& metadata = whole["metadata"] = Json::object();
  metadata["name"] = object.meta.name;
  if (!object.meta.space.empty()) metadata["namespace"] = object.meta.space;
  if (!object.meta.labels.empty()) metadata["labels"] = object.meta.labels;
  if (!object.meta.annotations.empty()) metadata["annotations"] = object.meta.annotations;
  return whole;
}

}  // namespace

std::string Fault::text() const {
  const std::string place = path.empty() ? std::string() : path + ": ";
  return remedy.empty() ? place + message : place + message + "; " + remedy;
}

std::vector<Fault> check(api::Kind kind, const Json& whole, const Json* old,
                         const std::vector<std::string>& allowed_endpoints) {
  Checker checker(lower(api::info_of(kind).name));
  checker.check(field_of(kind), whole, old, Place{});
  check_names(checker, kind, whole, allowed_endpoints);
  return checker.take_faults();
}

std::vector<Fault> validate(const api::Object& object, const Context& context) {
  // Nothing else is checked then: how long that takes must not depend on what somebody writes.
  if (const std::size_t size = object.body.text().size(); size > kMaxBytes)
    return {{"",
             fmt::format("the object has {} KiB, and at most {} are allowed", (size + 1023) >> 10,
                         kMaxBytes >> 10),
             "make it smaller"}};
  const Json whole = whole_of(object);
  std::optional<Json> old;
  if (context.old != nullptr) old = whole_of(*context.old);
  return check(object.kind, whole, old ? &*old : nullptr, context.allowed_endpoints);
}

std::vector<Fault> validate_status(const api::Object& object) {
  const Field& root = field_of(object.kind);
  const Field* status = root.child("status");
  Checker checker(lower(api::info_of(object.kind).name));
  if (status == nullptr) {
    if (!object.status.empty()) checker.fault("status", "unknown field", "remove it");
  } else {
    const Place top;
    checker.check(*status, Json::parse(object.status.text()), nullptr, Place{&top, "status"});
  }
  return checker.take_faults();
}

Error refusal(const api::Key& key, std::span<const Fault> faults) {
  std::string lines;
  for (const Fault& fault : faults)
    lines += fmt::format("{}{}: {}", lines.empty() ? "" : "\n", text_of(key), fault.text());
  return Error(Code::invalid, lines);
}

api::Document with_defaults(api::Kind kind, const api::Document& body) {
  Json tree = Json::parse(body.text());
  if (!tree.is_object()) return body;
  apply_defaults(field_of(kind), tree);
  return api::Document::from_canonical(tree.dump());
}

}  // namespace certloop::schema
