#include "cli/pruning.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "cli/selection.h"
#include "loop/references.h"
#include "store/merge.h"

namespace certloop::cli {
namespace {

using api::Kind;

constexpr std::size_t kMostNamed = 3;
constexpr Kind kOrder[] = {Kind::certificate, Kind::certificate_authority, Kind::account,
                           Kind::secret};

const std::string* annotation(const api::Object& object, const char* name) {
  const auto it = object.meta.annotations.find(name);
  return it == object.meta.annotations.end() ? nullptr : &it->second;
}

bool is_protected(const api::Object& object) {
  const std::string* prune = annotation(object, "certloop.dev/prune");
  return prune != nullptr && *prune == "disabled";
}

// What stays keeps what it names, and so on: these are taken out of `absent`.
std::vector<api::Key> take_out_used(const std::map<api::Key, api::Object>& all,
                                    std::set<api::Key>& absent) {
  std::vector<api::Key> used, staying;
  for (const auto& [key, object] : all)
    if (!absent.contains(key)) staying.push_back(key);
  while (!staying.empty()) {
    const auto at = all.find(staying.back());
    staying.pop_back();
    if (at == all.end()) continue;
    for (const api::Key& named : loop::links_of(at->second).refers)
      if (loop::holds_up(at->second, named) && absent.erase(named) > 0) {
        used.push_back(named);
        staying.push_back(named);
      }
  }
  std::sort(used.begin(), used.end());
  return used;
}

std::string names_of(const std::vector<api::Key>& keys) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(keys.size(), kMostNamed); ++i)
    names.push_back(printable(api::text_of(keys[i])));
  if (keys.size() > kMostNamed) names.emplace_back("...");
  return join(names, ", ");
}

bool any_is_directory(const ManifestFlags& files, const Session& session) {
  return std::any_of(files.paths.begin(), files.paths.end(), [&](const std::string& path) {
    if (path == "-") return false;
    const auto state = session.files().state(path);
    return state.ok() && state->is_directory();
  });
}

// `run` reads directories recursively where nobody says otherwise.
bool came_from_below(const Lacking& lacking) {
  return std::any_of(lacking.to_go.begin(), lacking.to_go.end(), [](const api::Object& object) {
    const std::string* file = annotation(object, store::kSourceFileAnnotation);
    return file != nullptr && file->find('/') != std::string::npos;
  });
}

}  // namespace

std::vector<api::Key> Lacking::keys_to_go() const {
  std::vector<api::Key> keys;
  for (const api::Object& object : to_go) keys.push_back(object.key());
  return keys;
}

Result<Lacking> lacking(const store::Store& store, const std::vector<api::Object>& merged,
                        const Session& session) {
  std::map<api::Key, api::Object> all;  // as they would be
  std::set<api::Key> absent;
  std::vector<store::Unreadable> unreadable;  // what cannot be read is the plan's to report
  for (const Kind kind : kOrder)
    for (api::Object& object : TRY(list_all(store, {.kind = kind}, nullptr, &unreadable))) {
      const api::Key key = object.key();
      if (object.meta.labels.contains(store::kSourceLabel) && !object.meta.deleted &&
          !is_protected(object) && (!session.space_given() || key.space == session.space()))
        absent.insert(key);
      all.insert_or_assign(key, std::move(object));
    }
  for (const api::Object& object : merged) {
    absent.erase(object.key());
    all.insert_or_assign(object.key(), object);
  }
  Lacking found;
  found.in_use = take_out_used(all, absent);
  for (const Kind kind : kOrder)
    for (const api::Key& key : absent)
      if (key.kind == kind) found.to_go.push_back(all.at(key));
  return found;
}

void declare_prune(Flags& flags, bool& prunes) {
  flags.toggle("--prune", prunes,
               "As if what a source of 'run' brought and the files lack were deleted.");
}

void tell_of_lacking(const Lacking& lacking, const ManifestFlags& files, bool prunes,
                     const char* command, Session& session) {
  if (lacking.to_go.empty() && lacking.in_use.empty()) return;
  if (!prunes && !any_is_directory(files, session)) return;
  session.out().flush();  // what follows are the last lines
  const std::vector<api::Key> keys = lacking.keys_to_go();
  const bool one = keys.size() == 1;
  if (!keys.empty())
    session.err() << fmt::format(
        "{} {} that a source of 'run' brought {} not in these files ({}): {}\n", keys.size(),
        one ? "object" : "objects", one ? "is" : "are", names_of(keys),
        prunes ? "planned as deleted"
               : fmt::format("'run --prune' would delete {}; {} with --prune to see how",
                             one ? "it" : "them", command));
  if (!keys.empty() && !files.recursive && came_from_below(lacking))
    session.err() << "Some of that came from subdirectories, which 'run' reads: do so with -R.\n";
  if (!lacking.in_use.empty())
    session.err() << fmt::format(
        "Not in these files, but still used by what stays, and so kept by 'run --prune': {}\n",
        names_of(lacking.in_use));
}

}  // namespace certloop::cli
