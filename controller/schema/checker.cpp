#include "schema/checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "api/masked_value.h"
#include "base/foreign.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "schema/pattern.h"
#include "schema/rule.h"
#include "schema/tree.h"

namespace certloop::schema {
namespace {

using Json = nlohmann::json;

// Nobody reads more at once; and each fault is compared with those before it.
constexpr std::size_t kMaxFaults = 100;

// Whether something secret is expected somewhere here, so that what was written is not repeated,
// whatever is wrong with it.
bool is_secret_place(const Place& place) {
  for (const Place* at = &place; at != nullptr; at = at->parent)
    if (at->key == "authentication" || at->key == "data" || at->key == "stringData" ||
        at->key == "externalId")
      return true;
  return false;
}

// A value as a message shows it: short, and safe to print. Text where a map or list is expected is
// likely to be the secret itself in place of a reference to it.
std::string shown(const Field& field, const Json& value, const Place& place) {
  const bool is_reference = field.type == Field::Type::object || field.type == Field::Type::list;
  if (is_reference && value.is_string()) return "text";
  if (field.is_secret() || (!value.is_structured() && is_secret_place(place))) return "(not shown)";
  if (value.is_null()) return "null";
  if (value.is_object()) return "a map";
  if (value.is_array()) return "a list";
  if (!value.is_string()) return value.dump();
  constexpr std::size_t kMost = 80;
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() <= kMost) return "'" + printable(text) + "'";
  std::size_t end = kMost;
  while (end > 0 && (text[end] & 0xc0) == 0x80) --end;
  return "'" + printable(text.substr(0, end)) + "...'";
}

std::string_view wanted(const Field& field) {
  switch (field.type) {
    case Field::Type::object: return "a map";
    case Field::Type::list: return "a list";
    case Field::Type::string: return "text";
    case Field::Type::integer: return "a whole number in decimal";
    case Field::Type::number: return "a number in decimal";
    case Field::Type::boolean: break;
  }
  return "true or false";
}

bool has_type(const Field& field, const Json& value) {
  switch (field.type) {
    case Field::Type::object: return value.is_object();
    case Field::Type::list: return value.is_array();
    case Field::Type::string: return value.is_string();
    case Field::Type::integer: return value.is_number_integer();
    case Field::Type::number: return value.is_number();
    case Field::Type::boolean: break;
  }
  return value.is_boolean();
}

std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

bool is_date(const std::string& text) {
  return text.size() == 10 && parse_rfc3339(text + "T00:00:00Z").has_value();
}

// The item of an old list that the new item continues.
const Json* item_before(const Field& list, const Json& item, const Json* old) {
  if (old == nullptr || !old->is_array() || list.list_type != Field::ListType::map) return nullptr;
  for (const Json& before : *old) {
    const bool same = std::all_of(list.list_keys.begin(), list.list_keys.end(), [&](auto& key) {
      return before.is_object() && item.is_object() &&
             before.value(key, Json()) == item.value(key, Json());
    });
    if (same) return &before;
  }
  return nullptr;
}

}  // namespace

std::string Place::text() const {
  constexpr std::size_t kMost = 200;  // keys are foreign text
  if (parent == nullptr) return std::string(key);
  if (!is_item && key.size() > kMost)
    return path_to(parent->text(), std::string(key.substr(0, kMost)) + "...");
  return is_item ? path_to(parent->text(), index) : path_to(parent->text(), key);
}

std::vector<Fault> Checker::take_faults() {
  if (has_more_)
    faults_.push_back(
        {"", fmt::format("there are more than {} faults", kMaxFaults), "correct these first"});
  return std::move(faults_);
}

bool Checker::is_full() const { return faults_.size() >= kMaxFaults; }

void Checker::fault(const std::string& path, std::string message, std::string remedy) {
  if (is_full()) {
    has_more_ = true;
    return;
  }
  // Keys of maps are foreign text.
  faults_.push_back({printable(path), std::move(message), std::move(remedy)});
}

void Checker::supersede(const std::string& path, std::string message, std::string remedy) {
  std::erase_if(faults_, [&](const Fault& known) { return known.path == path; });
  fault(path, std::move(message), std::move(remedy));
}

bool Checker::is_faulty(const std::string& path) const {
  return std::any_of(faults_.begin(), faults_.end(),
                     [&](const Fault& known) { return known.path == path; });
}

std::string Checker::explained(const std::string& path) const {
  std::string plain;
  bool inside = false;
  for (const char c : path) {
    if (c == '[') inside = true;
    if (!inside) plain += c;
    if (c == ']') inside = false;
  }
  return fmt::format("see 'certloop explain {}{}{}'", kind_name_, plain.empty() ? "" : ".", plain);
}

void Checker::check(const Field& field, const Json& value, const Json* old, const Place& place) {
  if (has_more_) return;
  const std::size_t before = faults_.size();
  if (!has_type(field, value)) {
    check_type(field, value, place);
  } else if (value.is_string()) {
    check_string(field, value.get_ref<const std::string&>(), place);
  } else if (value.is_number()) {
    check_number(field, value, place);
  } else if (value.is_object()) {
    check_object(field, value, old, place);
  } else if (value.is_array()) {
    check_list(field, value, old, place);
  }
  if (!field.rules.empty()) check_rules(field, value, old, place, before);
  check_built(field, value, place, before);
}

void Checker::check_type(const Field& field, const Json& value, const Place& place) {
  const std::string path = place.text();
  std::string remedy = explained(path);
  if (value.is_null()) {
    remedy = "give it a value, or remove the field";
  } else if (value.is_string() && field.type == Field::Type::boolean) {
    remedy = "write true or false, without quotes";
  } else if (value.is_string() &&
             (field.type == Field::Type::integer || field.type == Field::Type::number)) {
    remedy = "write digits without quotes, leading zeros or prefixes";
  }
  fault(path, fmt::format("must be {}, is {}", wanted(field), shown(field, value, place)), remedy);
}

void Checker::check_string(const Field& field, const std::string& text, const Place& place) {
  // An escape in JSON or YAML can spell what the text itself must not hold.
  const bool may_hold_any = field.is_secret() || is_secret_place(place);
  if (!may_hold_any && foreign_text(text, text.size()) != text)
    return fault(place.text(), "must not hold control characters", "remove them");
  const auto& words = field.enumeration;
  if (!words.empty() && std::find(words.begin(), words.end(), text) == words.end()) {
    std::optional<std::string> meant = nearest(text, words);
    for (const std::string& word : words)
      if (lower(word) == lower(text)) meant = word;
    return fault(
        place.text(),
        fmt::format("must be one of {}, is {}", join(words, ", "), shown(field, text, place)),
        meant ? fmt::format("did you mean {}?", *meant) : "choose one of them");
  }
  const std::size_t length = characters_in(text);
  if (field.min_length && length < *field.min_length)
    return fault(place.text(),
                 *field.min_length == 1
                     ? std::string("must not be empty")
                     : fmt::format("must have at least {} characters", *field.min_length),
                 explained(place.text()));
  if (field.max_length && length > *field.max_length)
    return fault(place.text(),
                 fmt::format("must have at most {} characters, has {}", *field.max_length, length),
                 "shorten it");
  if (field.pattern != nullptr && !field.pattern->matches(text))
    return fault(
        place.text(),
        fmt::format("must look like {}, is {}", field.pattern_text, shown(field, text, place)),
        explained(place.text()));
  if (!field.format.empty()) check_format(field, text, place);
}

void Checker::check_format(const Field& field, const std::string& text, const Place& place) {
  if (field.format == "date-time" && !parse_rfc3339(text))
    fault(place.text(), fmt::format("must be a time, is {}", shown(field, text, place)),
          "write it as 2026-12-31T23:59:59Z");
  if (field.format == "date" && !is_date(text))
    fault(place.text(), fmt::format("must be a day, is {}", shown(field, text, place)),
          "write it as 2026-12-31");
  if (field.format == "byte" && text != api::kMask && !from_base64(text))
    fault(place.text(), "must be base64", "encode it, or put it into stringData as it is");
}

void Checker::check_number(const Field& field, const Json& value, const Place& place) {
  const double number = value.get<double>();
  if (field.minimum && number < *field.minimum)
    fault(place.text(),
          fmt::format("must be at least {}, is {}", *field.minimum, shown(field, value, place)),
          "raise it");
  if (field.maximum && number > *field.maximum)
    fault(place.text(),
          fmt::format("must be at most {}, is {}", *field.maximum, shown(field, value, place)),
          "lower it");
}

void Checker::check_object(const Field& field, const Json& value, const Json* old,
                           const Place& place) {
  check_missing(field, value, place);
  check_members(field, value, old, place);
  const std::size_t count = value.size();
  if (field.min_properties && count < *field.min_properties)
    fault(place.text(), fmt::format("must have at least {} fields", *field.min_properties),
          explained(place.text()));
  if (field.max_properties && count > *field.max_properties)
    fault(place.text(),
          fmt::format("must have at most {} entries, has {}", *field.max_properties, count),
          "remove some");
}

void Checker::check_missing(const Field& field, const Json& value, const Place& place) {
  for (const std::string& name : field.required) {
    if (value.contains(name)) continue;
    const Place missing{&place, name};
    const std::string path = missing.text();
    // What a missing object would have to hold is missing too: all of it is named at once; and
    // where a rule says what it must be, that says more than that it must be.
    const auto before = static_cast<std::ptrdiff_t>(faults_.size());
    const Field* child = field.child(name);
    if (child != nullptr && child->type == Field::Type::object)
      check(*child, Json::object(), nullptr, missing);
    if (is_full())
      has_more_ = true;
    else if (!is_faulty(path))
      faults_.insert(faults_.begin() + before, {printable(path), "must be set", explained(path)});
  }
}

void Checker::check_members(const Field& field, const Json& value, const Json* old,
                            const Place& place) {
  if (old != nullptr && !old->is_object()) old = nullptr;
  for (const auto& [key, member] : value.get_ref<const Json::object_t&>()) {
    const Field* child = field.child(key);
    if (child == nullptr) {
      if (!field.keeps_unknown) refuse_unknown(field, key, place);
      continue;
    }
    const Json* before = nullptr;
    if (old != nullptr)
      if (const auto found = old->find(key); found != old->end()) before = &*found;
    check(*child, member, before, Place{&place, key});
  }
}

void Checker::refuse_unknown(const Field& field, const std::string& key, const Place& place) {
  if (has_more_) return;
  std::vector<std::string> known;
  for (const auto& [name, child] : field.properties) known.push_back(name);
  std::optional<std::string> meant = nearest(key, known);
  for (const std::string& name : known)
    if (lower(name) == lower(key)) meant = name;
  std::string remedy = "remove it";
  if (meant)
    remedy = fmt::format("did you mean {}?", *meant);
  else if (!known.empty() && known.size() <= 8)
    remedy = fmt::format("the fields here are {}", join(known, ", "));
  fault(Place{&place, key}.text(), "unknown field", std::move(remedy));
}

void Checker::check_list(const Field& field, const Json& value, const Json* old,
                         const Place& place) {
  const std::size_t count = value.size();
  if (field.min_items && count < *field.min_items)
    fault(place.text(), fmt::format("must have at least {} items", *field.min_items),
          explained(place.text()));
  if (field.max_items && count > *field.max_items)
    return fault(place.text(),
                 fmt::format("must have at most {} items, has {}", *field.max_items, count),
                 "remove some");
  for (std::size_t i = 0; i < count; ++i)
    check(*field.items, value[i], item_before(field, value[i], old), Place{&place, {}, i, true});
  if (field.list_type != Field::ListType::atomic) check_unique(field, value, place);
}

void Checker::check_unique(const Field& field, const Json& value, const Place& place) {
  if (value.size() < 2) return;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < value.size(); ++i) {
    Json identity = value[i];
    if (field.list_type == Field::ListType::map) {
      identity = Json::object();
      for (const std::string& key : field.list_keys)
        if (value[i].is_object() && value[i].contains(key)) identity[key] = value[i][key];
    }
    if (seen.insert(identity.dump()).second) continue;
    const std::string what = field.list_type == Field::ListType::map
                                 ? fmt::format("the same {}", join(field.list_keys, " and "))
                                 : shown(*field.items, value[i], place);
    fault(Place{&place, {}, i, true}.text(), fmt::format("{} is listed twice", what), "remove one");
  }
}

void Checker::check_rules(const Field& field, const Json& value, const Json* old,
                          const Place& place, std::size_t faults_before) {
  const bool sound = faults_.size() == faults_before;
  if (!has_type(field, value)) return;
  for (const auto& rule : field.rules) {
    if (rule->needs_old() && (old == nullptr || !has_type(field, *old))) continue;
    const std::optional<bool> holds = rule->holds(value, old);
    // A rule that stumbles over a field which was already refused has nothing to add.
    if (holds.value_or(!sound)) continue;
    std::string path = place.text();
    for (const std::string& name : split(rule->field_path, '.'))
      if (!name.empty()) path = path_to(path, name);
    // Of a field that is wrong in itself, no more need be said.
    if (!rule->field_path.empty() && is_faulty(path)) continue;
    fault(path, rule->wrong, rule->remedy);
  }
}

void Checker::check_built(const Field& field, const Json& value, const Place& place,
                          std::size_t faults_before) {
  const std::string* remedy = field.not_built ? &*field.not_built : nullptr;
  std::string what;
  if (remedy == nullptr && !field.not_built_values.empty()) {
    what = value.is_string() ? value.get<std::string>() : value.dump();
    const auto found = field.not_built_values.find(what);
    if (found == field.not_built_values.end()) return;
    remedy = &found->second;
    what += " is ";
  }
  if (remedy == nullptr) return;
  // Faults inside a part that does nothing yet would only distract.
  const std::string path = place.text();
  faults_.resize(std::min(faults_.size(), faults_before));
  fault(path, what + "not built yet in this version", *remedy);
}

}  // namespace certloop::schema
