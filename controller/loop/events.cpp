#include "loop/events.h"

#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "base/text.h"
#include "base/timestamp.h"

namespace certloop::loop {
namespace {

using nlohmann::json;

constexpr std::size_t kMessageMost = 1024;  // as Kubernetes bounds it

// The message as JSON and terminals take it: valid UTF-8, cut between two characters.
std::string bounded(std::string_view message) {
  std::string text = printable(message);
  if (text.size() <= kMessageMost) return text;
  std::size_t end = kMessageMost;
  while (end > 0 && (text[end] & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

// Count and first time of the same event, if it was seen before.
void continue_from(json& body, const api::Object& before) {
  const json old = json::parse(before.body.text());
  body["count"] = old.value("count", 1) + 1;
  body["firstTimestamp"] = old.value("firstTimestamp", body["lastTimestamp"].get<std::string>());
}

}  // namespace

void StoreEvents::record(const api::Key& object, const std::string& uid, std::string_view type,
                         std::string_view reason, const std::string& message) {
  const std::string now = rfc3339(clock_.now());
  const std::string text = bounded(message);
  const std::string identity = uid + '\n' + std::string(reason) + '\n' + text;
  const api::Key key{api::Kind::event, object.space,
                     object.name + '.' + sha256_hex(identity).substr(0, 12)};
  json body = {{"involvedObject",
                {{"apiVersion", api::info_of(object.kind).api_version},
                 {"kind", api::info_of(object.kind).name},
                 {"namespace", object.space},
                 {"name", object.name},
                 {"uid", uid}}},
               {"type", type},
               {"reason", reason},
               {"message", text},
               {"count", 1},
               {"firstTimestamp", now},
               {"lastTimestamp", now},
               {"source", {{"component", "certloop"}}}};
  if (const auto before = store_.get(key); before.ok()) continue_from(body, *before);
  api::Object event;
  event.kind = api::Kind::event;
  event.meta.space = key.space;
  event.meta.name = key.name;
  event.body = api::Document::from_canonical(
      body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  const auto written =
      store_.apply(event, {.manager = "certloop-controller", .force = true, .dry_run = false});
  if (!written.ok())
    log_.warning("an event was lost",
                 {{"object", text_of(object)}, {"error", written.error().message()}});
}

}  // namespace certloop::loop
