#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "cli/command.h"
#include "cli/manifests.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/selection.h"

namespace certloop::cli {
namespace {

struct Options {
  std::vector<std::string> arguments;
  ManifestFlags manifests;
  Filter filter;
  std::string output, dry_run = "none";
  bool all = false, ignore_not_found = false, wait = true;
  Duration timeout = std::chrono::minutes(10);
  EngineOptions engine;
};

// Objects of one rank, which are deleted together: certificates before the CAs that sign them,
// those before the accounts, those before their secrets (PROTOCOLS 5).
using Ranks = std::map<int, std::vector<api::Key>, std::greater<>>;

Result<Selected> from_files(const store::Store& store, const Options& options, Session& session) {
  if (!options.arguments.empty())
    return Error(Code::invalid, "give either -f or objects, not both");
  Selected out;
  const std::vector<api::Object> objects = TRY(load(options.manifests, options.engine, session));
  for (const api::Object& object : objects) {
    Result<api::Object> live = store.get(object.key());
    if (live)
      out.objects.push_back(std::move(live).value());
    else if (live.error().code() == Code::not_found)
      out.missing.push_back(object.key());
    else
      return live.error();
  }
  return out;
}

Result<Selected> chosen(const store::Store& store, const Options& options, Session& session) {
  if (!options.manifests.paths.empty()) return from_files(store, options, session);
  const std::vector<Target> targets = TRY(parse_targets(options.arguments));
  for (const Target& target : targets) {
    const api::KindInfo& info = api::info_of(target.kind);
    if (info.internal && !target.by_category)
      return Error(Code::invalid, fmt::format("{} are made and removed by the controller; delete "
                                              "the Certificate they belong to",
                                              info.plural));
    if (!target.name && !options.all && options.filter.labels.empty() &&
        options.filter.fields.empty())
      return Error(Code::invalid, "name what to delete, or say -l or --all");
  }
  Selected out = TRY(select(store, targets, options.filter, session));
  std::erase_if(out.objects,
                [](const api::Object& object) { return api::info_of(object.kind).internal; });
  return out;
}

void say(const api::Key& key, const char* what, const Options& options, Session& session) {
  if (options.output == "name")
    session.out() << resource_of(key) << '\n';
  else
    session.out() << fmt::format("{} \"{}\" {}\n", resource_of(key.kind), printable(key.name),
                                 what);
  session.out().flush();
}

using Json = nlohmann::json;

Json spec_of(const api::Object& object) {
  const Json body = Json::parse(object.body.text(), nullptr, false);
  return body.is_object() ? body.value("spec", Json::object()) : Json::object();
}

bool says_observe(const Json& spec) { return spec.value("management", "") == "Observe"; }

// Whether what it stands for in AWS is only observed, by its own spec or by its Account's.
bool is_observed(const store::Store& store, const api::Object& object) {
  if (object.kind != api::Kind::certificate && object.kind != api::Kind::certificate_authority)
    return false;
  const Json spec = spec_of(object);
  if (says_observe(spec)) return true;
  const Json owner = spec.contains("acmPca") ? spec["acmPca"] : spec;
  const Json reference = owner.value("accountRef", Json::object());
  const auto account =
      store.get({api::Kind::account, reference.value("namespace", object.meta.space),
                 reference.value("name", "")});
  return account.ok() && says_observe(spec_of(*account));
}

// What has become of it. Nothing of what is only observed is deleted in AWS.
const char* word_for(const api::Key& key, const std::set<api::Key>& observed) {
  return observed.contains(key) ? "forgotten here, not deleted in AWS (management is Observe)"
                                : "deleted";
}

bool is_gone(const store::Store& store, const api::Key& key) {
  const auto object = store.get(key);
  return !object && object.error().code() == Code::not_found;
}

// Waits until what was marked is gone, driving the clean-up. Answers the exit code.
int wait_until_gone(store::Store& store, const std::vector<api::Key>& keys,
                    const std::set<api::Key>& observed, const Options& options, Session& session) {
  ProgressLine line(session);
  ReconcileRequest request;
  request.keys = keys;
  request.timeout = options.timeout;
  request.engine = options.engine;
  request.progress = [&](const Progress& progress) { line.show(progress); };
  const auto result = session.program().reconcile(store, request);
  line.clear();
  if (!result) return session.fail(result.error());
  int code = kDone;
  for (const api::Key& key : keys) {
    if (is_gone(store, key)) {
      say(key, word_for(key, observed), options, session);
      continue;
    }
    code = kNotReady;
    const auto found = result->outcomes.find(key);
    const std::string why = found == result->outcomes.end() || found->second.message.empty()
                                ? "timed out waiting for its clean-up in AWS"
                                : found->second.message;
    session.err() << fmt::format("error: {} is not deleted yet: {}\n", resource_of(key),
                                 printable(why));
  }
  return code;
}

// Marks one rank; answers what still stands because of finalizers.
int remove_rank(store::Store& store, const std::vector<api::Key>& keys, const Options& options,
                std::vector<api::Key>& held, std::set<api::Key>& observed, Session& session) {
  int code = kDone;
  for (const api::Key& key : keys) {
    const auto object = store.get(key);
    if (object.ok() && is_observed(store, *object)) observed.insert(key);
    const auto removed = store.remove(key, {});
    if (!removed && removed.error().code() != Code::not_found) {
      session.fail(removed.error());
      code = kNotReady;
      continue;
    }
    if (is_gone(store, key)) {
      say(key, word_for(key, observed), options, session);
      continue;
    }
    if (!options.wait) say(key, "marked for deletion", options, session);
    held.push_back(key);
  }
  return code;
}

void say_kept(Ranks::const_iterator from, Ranks::const_iterator end, Session& session) {
  for (; from != end; ++from)
    for (const api::Key& key : from->second)
      session.err() << fmt::format(
          "{} is kept: what was deleted before it is still being cleaned up and may need it; "
          "delete it when that is done\n",
          resource_of(key));
}

int remove_all(store::Store& store, const Ranks& ranks, const Options& options, Session& session) {
  for (auto rank = ranks.begin(); rank != ranks.end(); ++rank) {
    std::vector<api::Key> held;
    std::set<api::Key> observed;
    int code = remove_rank(store, rank->second, options, held, observed, session);
    if (!held.empty() && options.wait)
      code = std::max(code, wait_until_gone(store, held, observed, options, session));
    const bool stands = code != kDone || (!held.empty() && !options.wait);
    if (!stands) continue;
    say_kept(std::next(rank), ranks.end(), session);
    return std::next(rank) == ranks.end() ? code : kNotReady;
  }
  return kDone;
}

int remove(Session& session, const Options& options) {
  const auto dry = dry_run_of(options.dry_run);
  if (!dry) return session.fail(dry.error());
  if (!options.output.empty() && options.output != "name")
    return session.usage(fmt::format("-o: '{}' is not name", options.output));
  auto store = session.open_to_read();
  if (!store) return session.fail(store.error());
  const auto selected = chosen(**store, options, session);
  if (!selected) return session.fail(selected.error());
  if (!options.ignore_not_found) report_missing(selected->missing, **store, session);
  if (selected->objects.empty() && selected->missing.empty())
    session.err() << fmt::format("No objects found to delete (store {}).\n", (*store)->name());
  Ranks ranks;
  for (const api::Object& object : selected->objects)
    ranks[rank_of(object.kind)].push_back(object.key());
  int code = kDone;
  if (*dry) {
    for (const auto& [rank, keys] : ranks)
      for (const api::Key& key : keys) {
        const auto object = (*store)->get(key);
        std::set<api::Key> observed;
        if (object.ok() && is_observed(**store, *object)) observed.insert(key);
        say(key, (word_for(key, observed) + **dry).c_str(), options, session);
      }
  } else {
    code = remove_all(**store, ranks, options, session);
  }
  const bool missing = !selected->missing.empty() && !options.ignore_not_found;
  return code == kDone && missing ? kNotReady : code;
}

}  // namespace

Command delete_command() {
  auto options = std::make_shared<Options>();
  return {"delete",
          "Delete objects, and what they stand for in AWS.",
          "delete KIND/NAME... | KIND -l SELECTOR | -f FILE [flags]",
          "Deletes objects. What a certificate stands for in AWS is deleted with it, unless its "
          "deletionPolicy\nis Retain, and only once no service uses it. Waits until that is done, "
          "and does it itself if no\ncontroller is running. Certificates go before the "
          "authorities, accounts and secrets that their\nclean-up needs. What is only observed "
          "(management: Observe) is forgotten here and stays in AWS.",
          "# one certificate\n"
          "certloop delete certificate/shop\n"
          "# what a directory describes\n"
          "certloop delete -f certificates/\n"
          "# see first what would go\n"
          "certloop delete certificates -l team=shop --dry-run",
          [options](Flags& flags) {
            flags.arguments(options->arguments);
            options->manifests.declare(flags);
            options->filter.declare(flags);
            flags.toggle("--all", options->all, "Delete all objects of the kind in the namespace.");
            flags.toggle("--wait", options->wait, "Wait until they are gone; default: true.");
            flags.duration("--timeout", options->timeout, "How long to wait; default: 10m.");
            flags.choice("--dry-run", options->dry_run, "client",
                         "Print what would be deleted; delete nothing.");
            flags.toggle("--ignore-not-found", options->ignore_not_found,
                         "Exit 0 even if a named object does not exist.");
            flags.text("-o,--output", options->output, "FORMAT", "name.");
            declare_engine(flags, options->engine);
          },
          [options](Session& session) { return remove(session, *options); }};
}

}  // namespace certloop::cli
