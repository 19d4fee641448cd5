#include "cli/selection.h"

#include <fmt/format.h>

#include <set>

#include "base/text.h"

namespace certloop::cli {
namespace {

bool is_category(const std::string& word) { return word == "all" || word == "certloop"; }

void add_category(std::vector<Target>& out) {
  for (const api::KindInfo& info : api::all_kinds())
    if (info.in_categories) out.push_back({info.kind, {}, true});
}

Result<Target> pair(const std::string& argument) {
  const std::size_t slash = argument.find('/');
  const api::Kind kind = TRY(parse_kind(argument.substr(0, slash)));
  Target target{kind, argument.substr(slash + 1)};
  if (target.name->empty() || target.name->find('/') != std::string::npos)
    return Error(Code::invalid,
                 fmt::format("'{}' is not KIND/NAME; write certificate/shop", argument));
  return target;
}

Result<std::vector<Target>> pairs(const std::vector<std::string>& arguments) {
  std::vector<Target> out;
  for (const std::string& argument : arguments) {
    if (argument.find('/') == std::string::npos)
      return Error(Code::invalid, fmt::format("'{}' lacks its kind; with KIND/NAME every argument "
                                              "must be KIND/NAME",
                                              argument));
    Target target = TRY(pair(argument));
    out.push_back(std::move(target));
  }
  return out;
}

}  // namespace

std::string known_kinds() {
  std::vector<std::string> names;
  for (const api::KindInfo& info : api::all_kinds()) names.emplace_back(info.plural);
  const std::string last = names.back();
  names.pop_back();
  return "there are " + join(names, ", ") + " and " + last;
}

Result<api::Kind> parse_kind(const std::string& word) {
  const std::size_t dot = word.find('.');
  const std::string name = word.substr(0, dot);
  const std::string group = dot == std::string::npos ? "" : word.substr(dot + 1);
  const auto kind = api::kind_named(name);
  if (kind && (group.empty() || resource_of(*kind).ends_with('.' + group))) return *kind;
  std::vector<std::string> names;
  for (const api::KindInfo& info : api::all_kinds()) {
    names.emplace_back(info.plural);
    names.push_back(lower(info.name));
  }
  std::string message = fmt::format("the kind '{}' is not known", word);
  if (const auto meant = nearest(name, names))
    message += fmt::format("; did you mean {}?", *meant);
  else
    message += "; " + known_kinds();
  return Error(Code::invalid, message);
}

Result<std::vector<Target>> parse_targets(const std::vector<std::string>& arguments) {
  if (arguments.empty())
    return Error(Code::invalid, "which kind? For example: certificates, certificate/shop, or all");
  if (arguments.front().find('/') != std::string::npos) return pairs(arguments);
  std::vector<Target> kinds;
  for (const std::string& word : split(arguments.front(), ',')) {
    if (is_category(word)) {
      add_category(kinds);
      continue;
    }
    const api::Kind kind = TRY(parse_kind(word));
    kinds.push_back({kind, {}});
  }
  if (arguments.size() == 1) return kinds;
  std::vector<Target> out;
  for (const Target& target : kinds)
    for (std::size_t i = 1; i < arguments.size(); ++i) {
      if (arguments[i].find('/') != std::string::npos)
        return Error(Code::invalid,
                     fmt::format("'{}' is KIND/NAME, but '{}' is a kind; use one form for all",
                                 arguments[i], arguments.front()));
      out.push_back({target.kind, arguments[i]});
    }
  return out;
}

void Filter::declare(Flags& flags) {
  flags.toggle("-A,--all-namespaces", all_namespaces, "Look in all namespaces.");
  flags.text("-l,--selector", labels, "SELECTOR",
             "Only with these labels: a=b,c!=d,e in (f,g),!h.");
  flags.text("--field-selector", fields, "SELECTOR",
             "Only with these fields: metadata.name=shop, metadata.namespace=payments.");
}

Result<store::Selector> selector_for(api::Kind kind, const Filter& filter, const Session& session) {
  store::Selector selector;
  selector.kind = kind;
  if (!filter.all_namespaces) selector.space = session.space();
  selector.labels = filter.labels;
  if (filter.fields.empty()) return selector;
  for (const std::string& part : split(filter.fields, ',')) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos || equals == 0)
      return Error(Code::invalid, fmt::format("--field-selector: '{}' is not FIELD=VALUE", part));
    const std::size_t value = part.find_first_not_of('=', equals);
    selector.fields[part.substr(0, equals)] =
        value == std::string::npos ? std::string() : part.substr(value);
  }
  return selector;
}

Result<std::vector<api::Object>> list_all(const store::Store& store, store::Selector selector,
                                          std::string* version,
                                          std::vector<store::Unreadable>* unreadable) {
  std::vector<api::Object> all;
  for (;;) {
    store::Listing page = TRY(store.list(selector));
    // The first page's version: what happens while the rest is read is seen by the watch.
    if (version != nullptr && selector.after.empty()) *version = page.version;
    for (api::Object& object : page.objects) all.push_back(std::move(object));
    for (store::Unreadable& each : page.unreadable) {
      if (unreadable == nullptr) return std::move(each.error);
      unreadable->push_back(std::move(each));
    }
    if (page.more.empty()) return all;
    selector.after = page.more;
  }
}

Result<Selected> select(const store::Store& store, const std::vector<Target>& targets,
                        const Filter& filter, const Session& session,
                        std::vector<store::Unreadable>* unreadable) {
  Selected out;
  for (const Target& target : targets) {
    if (!target.name) {
      const store::Selector selector = TRY(selector_for(target.kind, filter, session));
      std::vector<api::Object> listed = TRY(list_all(store, selector, nullptr, unreadable));
      for (api::Object& object : listed) out.objects.push_back(std::move(object));
      continue;
    }
    if (filter.all_namespaces || !filter.labels.empty() || !filter.fields.empty())
      return Error(Code::invalid,
                   "a name cannot be given together with -A, -l or --field-selector");
    const api::Key key{target.kind, session.space(), *target.name};
    Result<api::Object> object = store.get(key);
    if (object)
      out.objects.push_back(std::move(object).value());
    else if (object.error().code() == Code::not_found)
      out.missing.push_back(key);
    else if (unreadable != nullptr && object.error().reason() == store::kDamaged)
      unreadable->push_back({key, std::move(object).error()});
    else
      return object.error();
  }
  return out;
}

Error not_found(const api::Key& key, const store::Store& store) {
  return Error(Code::not_found,
               fmt::format("{} \"{}\" not found in namespace {} (store {})", resource_of(key.kind),
                           printable(key.name), printable(key.space), store.name()));
}

Result<void> check_space(const store::Store& store, const std::string& space) {
  std::set<std::string> known;
  for (const api::KindInfo& info : api::all_kinds()) {
    if (info.internal || info.kind == api::Kind::event) continue;
    std::vector<store::Unreadable> unreadable;
    for (const auto& object : TRY(list_all(store, {.kind = info.kind}, nullptr, &unreadable)))
      known.insert(object.meta.space);
    for (const auto& each : unreadable) known.insert(each.key.space);
    if (known.contains(space)) return {};
  }
  const auto meant = nearest(space, {known.begin(), known.end()});
  return Error(Code::not_found,
               fmt::format("no objects in namespace {} (store {}){}", printable(space),
                           store.name(), meant ? "; did you mean " + *meant + "?" : ""));
}

Result<void> check_compared(const std::vector<Target>& targets, const char* what) {
  for (const Target& target : targets) {
    if (target.by_category) continue;
    const char* how = nullptr;
    switch (target.kind) {
      case api::Kind::account:
      case api::Kind::certificate_authority:
      case api::Kind::certificate:
      case api::Kind::placement: continue;
      case api::Kind::hosted_zone:
      case api::Kind::zone_record:
        how = "with the certificates that need their records: name those";
        break;
      case api::Kind::secret: how = "with what uses them: name that"; break;
      case api::Kind::event: return Error(Code::invalid, "Events stand for nothing in AWS");
    }
    return Error(Code::invalid, fmt::format("{}s are {} {}, or nothing to see all",
                                            api::info_of(target.kind).name, what, how));
  }
  return {};
}

void report_unreadable(const std::vector<store::Unreadable>& unreadable, Session& session) {
  for (const store::Unreadable& each : unreadable) session.fail(each.error);
}

void report_missing(const std::vector<api::Key>& missing, const store::Store& store,
                    Session& session) {
  for (const api::Key& key : missing) session.fail(not_found(key, store));
}

}  // namespace certloop::cli
