#pragma once
// core/v1 Events as commands show them.
#include <string>
#include <vector>

#include "api/object.h"
#include "base/result.h"
#include "store/store.h"

namespace certloop::cli {

// What a table shows of an Event. Times that are missing are the object's own.
struct EventView {
  std::string type, reason, message;
  api::Key about;
  std::string about_uid;
  std::string about_kind;  // as written, for kinds that certloop does not know
  std::int64_t count = 1;
  Time first{}, last{};
};
EventView view_of(const api::Object& event);

// Whether the event is about this object: by uid where the event has one, else by name.
bool is_about(const EventView& event, const api::Object& object);

// All events of the namespace (absent: of all), oldest first.
Result<std::vector<api::Object>> events_in(const store::Store& store,
                                           const std::optional<std::string>& space,
                                           std::string* version = nullptr);

}  // namespace certloop::cli
