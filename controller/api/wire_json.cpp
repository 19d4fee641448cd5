#include "api/wire_json.h"

#include <set>

namespace certloop::api {
namespace {

constexpr int kMostDepth = 64;

std::string_view type_of(const Json& found) {
  if (found.is_object()) return "an object";
  if (found.is_array()) return "a list";
  if (found.is_string()) return "another string";
  if (found.is_boolean()) return "true or false";
  if (found.is_number()) return "a number";
  return "null";
}

}  // namespace

Result<Json> parse_strictly(std::string_view text) {
  std::string fault;
  std::vector<std::set<std::string>> open;  // the keys seen in each object that is still open
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    using E = Json::parse_event_t;
    if ((event == E::object_start || event == E::array_start) && depth >= kMostDepth) {
      if (fault.empty()) fault = fmt::format("is nested deeper than {} levels", kMostDepth);
      return false;
    }
    if (event == E::object_start) open.emplace_back();
    if (event == E::object_end && !open.empty()) open.pop_back();
    if (event == E::key && !open.empty()) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!open.back().insert(key).second && fault.empty())
        fault = fmt::format("duplicate key '{}'", key);
    }
    return fault.empty();
  };
  try {
    Json tree = Json::parse(text, watch);
    if (!fault.empty()) return Error(Code::invalid, "JSON: " + fault);
    return tree;
  } catch (const Json::exception& broken) {
    // The library's message may quote the text, which may hold a secret: only the place is told.
    const auto* at = dynamic_cast<const Json::parse_error*>(&broken);
    return Error(Code::invalid, at == nullptr ? std::string("JSON: cannot be read")
                                              : fmt::format("JSON: broken at byte {}", at->byte));
  }
}

std::string wire_time(Time time) {
  return time == std::chrono::floor<std::chrono::seconds>(time) ? rfc3339(time)
                                                                : rfc3339_millis(time);
}

void Fault::wrong(std::string_view wanted, const Json& found) {
  if (!text_.empty()) return;
  std::string path;
  for (const std::string& part : path_) {
    if (!path.empty() && !part.starts_with('[')) path += '.';
    path += part;
  }
  text_ = fmt::format("{}: must be {}, is {}", path, wanted, type_of(found));
}

}  // namespace certloop::api
