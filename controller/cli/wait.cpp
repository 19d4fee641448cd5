#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/command.h"
#include "cli/selection.h"
#include "report/json_path.h"

namespace certloop::cli {
namespace {

struct Options {
  std::vector<std::string> arguments;
  std::vector<std::string> conditions;
  Filter filter;
  bool all = false;
  Duration timeout = std::chrono::seconds(30);
};

// What an object must be. `object` is null if it does not exist.
struct Condition {
  std::string text;  // "condition=Ready", for messages
  std::function<bool(const api::Object* object)> holds;
  bool wants_absence = false;
  std::string type = {};  // of condition=TYPE
};

bool has_condition(const api::Object& object, const std::string& type, const std::string& value) {
  const auto status = nlohmann::json::parse(object.status.text());
  const auto conditions = status.find("conditions");
  if (conditions == status.end() || !conditions->is_array()) return false;
  for (const auto& condition : *conditions) {
    if (!condition.is_object() || lower(condition.value("type", "")) != lower(type)) continue;
    // What was said of an older spec does not count (as kubectl).
    const auto seen = condition.value("observedGeneration", std::int64_t{0});
    if (seen > 0 && seen < object.meta.generation) return false;
    return lower(condition.value("status", "")) == lower(value);
  }
  return false;
}

Result<Condition> jsonpath_condition(const std::string& text) {
  // jsonpath='{.status.arn}' or jsonpath='{.status.acmStatus}'=ISSUED
  std::string path = text;
  std::optional<std::string> value;
  const std::size_t brace = text.rfind('}');
  const std::size_t equals = text.find('=', brace == std::string::npos ? 0 : brace);
  if (equals != std::string::npos) {
    path = text.substr(0, equals);
    value = text.substr(equals + 1);
  }
  const report::JsonPath compiled = TRY(report::JsonPath::parse(path));
  return Condition{"jsonpath=" + text, [compiled, value](const api::Object* object) {
                     if (object == nullptr) return false;
                     const auto found = compiled.values(api::to_json(*object));
                     if (!value) return !found.empty();
                     return !found.empty() &&
                            std::all_of(found.begin(), found.end(),
                                        [&](const std::string& each) { return each == *value; });
                   }};
}

Result<Condition> parse_condition(const std::string& text) {
  if (text == "delete")
    return Condition{text, [](const api::Object* object) { return object == nullptr; }, true};
  if (text == "create")
    return Condition{text, [](const api::Object* object) { return object != nullptr; }};
  if (text.starts_with("jsonpath=")) return jsonpath_condition(text.substr(9));
  if (text.starts_with("condition=") && text.size() > 10) {
    const std::string rest = text.substr(10);
    const std::size_t equals = rest.find('=');
    const std::string type = rest.substr(0, equals);
    const std::string value = equals == std::string::npos ? "True" : rest.substr(equals + 1);
    return Condition{text,
                     [type, value](const api::Object* object) {
                       return object != nullptr && has_condition(*object, type, value);
                     },
                     false, type};
  }
  return Error(Code::invalid,
               fmt::format("--for: '{}' is not one of condition=TYPE[=STATUS], delete, create, "
                           "jsonpath={{PATH}}[=VALUE]",
                           text));
}

// Why it is not so, where the object says it: that it has no such condition, or what its Ready
// condition says.
std::string reason_of(const api::Object* object, const std::string& type) {
  if (object == nullptr) return "it does not exist";
  const auto status = nlohmann::json::parse(object->status.text());
  std::vector<std::string> types;
  std::string reason;
  for (const auto& condition : status.value("conditions", nlohmann::json::array())) {
    if (!condition.is_object()) continue;
    types.push_back(condition.value("type", ""));
    if (types.back() == "Ready" && condition.value("status", "") != "True")
      reason = condition.value("reason", "") + ": " + condition.value("message", "");
  }
  const bool has_it = type.empty() || types.empty() ||
                      std::any_of(types.begin(), types.end(), [&](const std::string& each) {
                        return lower(each) == lower(type);
                      });
  return has_it ? reason : "it has no such condition; it has " + join(types, ", ");
}

// Answers whether the condition was met in time.
Result<bool> wait_for(store::Store& store, const api::Key& key, const Condition& condition,
                      Instant deadline, Session& session) {
  for (;;) {
    const Result<api::Object> object = store.get(key);
    if (!object && object.error().code() != Code::not_found) return object.error();
    if (condition.holds(object ? &*object : nullptr)) return true;
    const Instant now = session.program().clock().tick();
    if (now >= deadline) {
      const std::string reason = reason_of(object ? &*object : nullptr, condition.type);
      session.err() << fmt::format("error: timed out waiting for {} on {}{}{}\n",
                                   printable(condition.text), resource_of(key),
                                   reason.empty() ? "" : ": ", printable(reason));
      return false;
    }
    if (session.program().stop().stop_requested())
      return Error(Code::cancelled, "stopped while waiting for " + resource_of(key));
    session.program().wait_for_change(store,
                                      std::min<Duration>(deadline - now, std::chrono::seconds(1)));
  }
}

Result<std::vector<api::Key>> keys_of(const store::Store& store, const Options& options,
                                      Session& session) {
  std::vector<api::Key> keys;
  const std::vector<Target> targets = TRY(parse_targets(options.arguments));
  for (const Target& target : targets) {
    if (target.name) {
      keys.push_back({target.kind, session.space(), *target.name});
      continue;
    }
    if (!options.all && options.filter.labels.empty() && options.filter.fields.empty())
      return Error(Code::invalid, "name what to wait for, or say -l or --all");
    const auto selector = TRY(selector_for(target.kind, options.filter, session));
    const std::vector<api::Object> listed = TRY(list_all(store, selector));
    for (const api::Object& object : listed) keys.push_back(object.key());
  }
  return keys;
}

int wait(Session& session, const Options& options) {
  if (options.conditions.empty())
    return session.usage("--for is missing; for example: --for=condition=Ready");
  std::vector<Condition> conditions;
  for (const std::string& text : options.conditions) {
    auto condition = parse_condition(text);
    if (!condition) return session.fail(condition.error());
    conditions.push_back(std::move(condition).value());
  }
  auto store = session.open_to_read();
  if (!store) return session.fail(store.error());
  const auto keys = keys_of(**store, options, session);
  if (!keys) return session.fail(keys.error());
  if (keys->empty()) {
    session.err() << fmt::format("error: no matching objects found (store {})\n", (*store)->name());
    return kNotReady;
  }
  const Instant deadline = session.program().clock().tick() + options.timeout;
  int code = kDone;
  for (const api::Key& key : *keys)
    for (const Condition& condition : conditions) {
      const auto met = wait_for(**store, key, condition, deadline, session);
      if (!met) return session.fail(met.error());
      if (!*met) {
        code = kNotReady;
        break;
      }
      session.out() << resource_of(key) << " condition met\n";
      session.out().flush();
    }
  return code;
}

}  // namespace

Command wait_command() {
  auto options = std::make_shared<Options>();
  return {"wait",
          "Wait until objects meet a condition.",
          "wait KIND/NAME... --for=CONDITION [flags]",
          "Waits until every object meets the condition. It only watches: 'certloop apply' or "
          "'certloop run'\ndo the work. Exit code 1: timed out.",
          "# until it can serve\n"
          "certloop wait certificate/shop --for=condition=Ready --timeout=15m\n"
          "# until it is gone\n"
          "certloop wait certificate/shop --for=delete\n"
          "# until ACM says so\n"
          "certloop wait placement --all --for=jsonpath='{.status.acmStatus}'=ISSUED",
          [options](Flags& flags) {
            flags.arguments(options->arguments);
            flags.texts("--for", options->conditions, "CONDITION",
                        "condition=TYPE[=STATUS], delete, create or jsonpath={PATH}[=VALUE]; may "
                        "repeat.");
            flags.duration("--timeout", options->timeout,
                           "How long to wait; default: 30s. 0 looks once.");
            options->filter.declare(flags);
            flags.toggle("--all", options->all, "All objects of the kind in the namespace.");
          },
          [options](Session& session) { return wait(session, *options); }};
}

}  // namespace certloop::cli
