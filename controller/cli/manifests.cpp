#include "cli/manifests.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "loop/references.h"

namespace certloop::cli {

void ManifestFlags::declare(Flags& flags) {
  flags.texts("-f,--filename", paths, "FILE",
              "File, directory, or - for standard input; may repeat.");
  flags.toggle("-R,--recursive", recursive, "Process directories recursively.");
}

int rank_of(api::Kind kind) {
  switch (kind) {
    case api::Kind::secret: return 0;
    case api::Kind::account: return 1;
    case api::Kind::certificate_authority: return 2;
    case api::Kind::certificate: return 3;
    case api::Kind::hosted_zone: return 4;
    case api::Kind::zone_record: return 5;
    case api::Kind::placement: return 6;
    case api::Kind::event: break;
  }
  return 7;
}

Result<std::vector<api::Object>> load(const ManifestFlags& flags, const EngineOptions& engine,
                                      Session& session, std::optional<Instant> until) {
  if (flags.paths.empty())
    return Error(Code::invalid, "-f is missing: name a file, a directory, or - for standard input");
  const std::string state = TRY(session.state_directory());
  const EngineOptions allowed = TRY(session.program().options_on(state, engine));
  spec::LoadOptions options;
  options.paths = flags.paths;
  options.recursive = flags.recursive;
  options.space = session.space();
  options.only_space = session.space_given();
  options.allowed_endpoints = allowed.allow_endpoints;
  const auto stop = session.program().stop();
  const auto is_late = [&] { return until && session.program().clock().tick() >= *until; };
  options.goes_on = [&] { return !stop.stop_requested() && !is_late(); };
  std::vector<api::Object> objects;
  auto all = spec::load(session.files(), options);
  if (!all && all.error().code() == Code::cancelled && !stop.stop_requested())
    return Error(Code::unavailable, "timed out while reading the files; raise --timeout");
  if (!all) return std::move(all).error();
  for (spec::LoadedObject& loaded : *all) objects.push_back(std::move(loaded.object));
  std::stable_sort(objects.begin(), objects.end(), [](const api::Object& a, const api::Object& b) {
    return rank_of(a.kind) < rank_of(b.kind);
  });
  TRY(session.program().admit(objects, allowed));
  return objects;
}

void declare_trust(Flags& flags, bool& trusts_source) {
  flags.toggle("--trust-source", trusts_source,
               "Call Accounts and CAs that are new or changed in the files, too.");
}

namespace {

// Which are "new" or "changed".
Result<std::map<api::Key, const char*>> differing_of(const store::Store& store,
                                                     const std::vector<api::Object>& merged) {
  std::map<api::Key, const char*> differing;
  for (const api::Object& object : merged) {
    const auto live = store.get(object.key());
    if (!live && live.error().code() != Code::not_found) return live.error();
    if (!live)
      differing[object.key()] = "new";
    else if (live->body != object.body)
      differing[object.key()] = "changed";
  }
  return differing;
}

}  // namespace

Result<std::vector<api::Key>> planned_for(const store::Store& store,
                                          const std::vector<api::Object>& merged,
                                          const std::vector<api::Key>& removed) {
  std::vector<api::Key> planned = removed, changed = removed;
  for (const api::Object& object : merged) planned.push_back(object.key());
  for (const auto& [key, how] : TRY(differing_of(store, merged))) changed.push_back(key);
  // Nothing uses a certificate: where no other kind has changed, the state need not be read.
  if (std::all_of(changed.begin(), changed.end(),
                  [](const api::Key& key) { return key.kind == api::Kind::certificate; }))
    return planned;
  std::map<api::Key, std::vector<api::Key>> users;
  const auto note = [&](const api::Object& object) {
    for (const api::Key& named : loop::links_of(object).refers)
      users[named].push_back(object.key());
  };
  for (const api::Object& object : merged) note(object);
  for (const api::Kind kind :
       {api::Kind::account, api::Kind::certificate_authority, api::Kind::certificate})
    for (const api::Object& object : TRY(store.list({.kind = kind})).objects) note(object);
  std::set<api::Key> seen(planned.begin(), planned.end());
  std::set<api::Key> followed;
  while (!changed.empty()) {
    const api::Key key = changed.back();
    changed.pop_back();
    if (!followed.insert(key).second) continue;
    for (const api::Key& user : users[key]) {
      changed.push_back(user);
      if (seen.insert(user).second) planned.push_back(user);
    }
  }
  return planned;
}

Result<std::map<api::Key, std::string>> not_called(const store::Store& store,
                                                   const std::vector<api::Object>& merged) {
  const auto differing = TRY(differing_of(store, merged));
  std::map<api::Key, std::string> reasons;
  const auto note = [&](const api::Key& key, const std::string& what) {
    reasons.try_emplace(key, fmt::format("{} {} in these files: not called; use --trust-source to "
                                         "call it",
                                         api::text_of(key), what));
  };
  for (const auto& [key, how] : differing)
    if (key.kind == api::Kind::account || key.kind == api::Kind::certificate_authority)
      note(key, std::string("is ") + how);
  const auto note_users = [&](const api::Object& account) {
    for (const api::Key& named : loop::links_of(account).refers)
      if (const auto it = differing.find(named); it != differing.end())
        note(account.key(), fmt::format("uses {}, which is {}", api::text_of(named), it->second));
  };
  const auto stored = TRY(store.list({.kind = api::Kind::account}));
  for (const api::Object& account : stored.objects) note_users(account);
  return reasons;
}

bool same_wishes(const api::Object& a, const api::Object& b) {
  return a.body == b.body && a.meta.labels == b.meta.labels &&
         a.meta.annotations == b.meta.annotations && a.meta.finalizers == b.meta.finalizers &&
         a.meta.owners == b.meta.owners;
}

Result<std::optional<std::string>> dry_run_of(const std::string& value) {
  if (value == "none" || value == "false") return std::optional<std::string>();
  if (value == "client" || value == "true") return std::optional<std::string>(" (dry run)");
  if (value == "server") return std::optional<std::string>(" (server dry run)");
  return Error(Code::invalid,
               fmt::format("--dry-run: '{}' is not one of none, client, server", printable(value)));
}

}  // namespace certloop::cli
