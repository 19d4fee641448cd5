#include "cli/event_list.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/timestamp.h"
#include "cli/selection.h"

namespace certloop::cli {
namespace {

using Json = nlohmann::json;

std::string text_at(const Json& tree, const char* name) {
  const auto found = tree.find(name);
  return found != tree.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

EventView view_of(const api::Object& event) {
  EventView view;
  const Json body = Json::parse(event.body.text());
  view.type = text_at(body, "type");
  view.reason = text_at(body, "reason");
  view.message = text_at(body, "message");
  if (const auto about = body.find("involvedObject"); about != body.end() && about->is_object()) {
    view.about_kind = text_at(*about, "kind");
    view.about.space = text_at(*about, "namespace");
    view.about.name = text_at(*about, "name");
    view.about_uid = text_at(*about, "uid");
    if (const auto kind = api::kind_named(view.about_kind)) view.about.kind = *kind;
  }
  if (const auto count = body.find("count"); count != body.end() && count->is_number_integer())
    view.count = std::max<std::int64_t>(1, count->get<std::int64_t>());
  view.last = parse_rfc3339(text_at(body, "lastTimestamp")).value_or(event.meta.created);
  view.first = parse_rfc3339(text_at(body, "firstTimestamp")).value_or(view.last);
  return view;
}

bool is_about(const EventView& event, const api::Object& object) {
  if (!event.about_uid.empty() && !object.meta.uid.empty())
    return event.about_uid == object.meta.uid;
  return api::kind_named(event.about_kind) == object.kind && event.about == object.key();
}

Result<std::vector<api::Object>> events_in(const store::Store& store,
                                           const std::optional<std::string>& space,
                                           std::string* version) {
  store::Selector selector;
  selector.kind = api::Kind::event;
  selector.space = space;
  // An event that cannot be read has nothing to tell; it holds up no other.
  std::vector<store::Unreadable> unreadable;
  std::vector<api::Object> events = TRY(list_all(store, selector, version, &unreadable));
  std::stable_sort(events.begin(), events.end(), [](const api::Object& a, const api::Object& b) {
    return view_of(a).last < view_of(b).last;
  });
  return events;
}

}  // namespace certloop::cli
