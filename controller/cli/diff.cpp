#include <fmt/format.h>

#include <algorithm>

#include "cli/command.h"
#include "cli/manifests.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/pruning.h"
#include "cli/text_diff.h"
#include "cli/verdict.h"
#include "report/text_forms.h"
#include "store/mask.h"

namespace certloop::cli {
namespace {

struct Options {
  ManifestFlags manifests;
  std::string manager = "certloop";
  bool force = false, aws = true, trusts_source = false, prunes = false;
  Verdict verdict;
  EngineOptions engine;
};

// What people wrote, as YAML: without what the store adds.
std::string yaml_for(api::Object object) {
  object.meta.uid.clear();
  object.meta.version.clear();
  object.meta.generation = 0;
  object.meta.created = {};
  object.meta.deleted.reset();
  object.status = {};
  return report::yaml_of(api::to_json(object));
}

// The name that kubectl gives the two sides.
std::string side(const char* which, const api::Object& object) {
  std::string version(api::info_of(object.kind).api_version);
  std::replace(version.begin(), version.end(), '/', '.');
  return fmt::format("{}/{}.{}.{}.{}", which, version, api::info_of(object.kind).name,
                     object.meta.space, object.meta.name);
}

std::string diff_of(const api::Object* live, const api::Object& merged) {
  if (live != nullptr && same_wishes(*live, merged)) return "";
  if (live == nullptr)
    return unified_diff(side("live", merged), "", side("merged", merged),
                        yaml_for(store::masked(merged)));
  auto [before, after] = store::masked_apart(*live, merged);
  return unified_diff(side("live", merged), yaml_for(std::move(before)), side("merged", merged),
                      yaml_for(std::move(after)));
}

// Of what is deleted.
std::string diff_of(const api::Object& removed) {
  return unified_diff(side("live", removed), yaml_for(store::masked(removed)),
                      side("merged", removed), "");
}

void print(const std::string& text, const report::Layout& layout, Session& session) {
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = text.find('\n', begin);
    const std::string line = text.substr(begin, end - begin);
    const report::Tone tone = line.starts_with('+')   ? report::Tone::good
                              : line.starts_with('-') ? report::Tone::bad
                                                      : report::Tone::plain;
    session.out() << report::in_tone(line, tone, layout.colours) << '\n';
    begin = end + 1;
  }
}

// Prints what would change in the store, and lays it into the request. Whether anything does.
Result<bool> show_specs(store::Store& store, const std::vector<api::Object>& wanted,
                        const Options& options, PlanRequest& request, Lacking& absent,
                        Session& session) {
  bool differs = false;
  const auto show = [&](const std::string& text) {
    differs = differs || !text.empty();
    print(text, session.layout(), session);
  };
  for (const api::Object& object : wanted) {
    const Result<api::Object> live = store.get(object.key());
    if (!live && live.error().code() != Code::not_found) return live.error();
    api::Object merged = TRY(store.apply(object, {options.manager, options.force, true}));
    show(diff_of(live ? &*live : nullptr, merged));
    request.wanted.push_back(std::move(merged));
  }
  absent = TRY(lacking(store, request.wanted, session));
  if (!options.prunes) return differs;
  for (const api::Object& object : absent.to_go) show(diff_of(object));
  request.removed = absent.keys_to_go();
  return differs;
}

// Prints what would be done in AWS.
Result<report::Exit> show_aws(store::Store& store, const Options& options, bool differs,
                              PlanRequest& request, Session& session) {
  session.out().flush();
  request.only = TRY(planned_for(store, request.wanted, request.removed));
  request.engine = options.engine;
  if (!options.trusts_source) request.engine.not_called = TRY(not_called(store, request.wanted));
  ProgressLine line(session);
  request.progress = [&](const Progress& progress) { line.show(progress); };
  const auto plan = session.program().plan(store, request);
  line.clear();
  if (!plan) return plan.error();
  session.out() << (differs ? "\nIn AWS:\n" : "No change in the specs. In AWS:\n")
                << report::render(*plan, report::Format::table, session.layout());
  return report::exit_of(*plan);
}

int diff(Session& session, const Options& options) {
  const auto wanted = load(options.manifests, options.engine, session);
  if (!wanted) return session.fail(wanted.error());
  // Where there is no state, everything is new.
  auto store = session.open(StoreOptions::Missing::empty);
  if (!store) return session.fail(store.error());
  PlanRequest request;
  Lacking absent;
  const auto differs = show_specs(**store, *wanted, options, request, absent, session);
  if (!differs) return session.fail(differs.error());
  report::Exit exit = *differs ? report::Exit::difference : report::Exit::done;
  if (options.aws) {
    const auto found = show_aws(**store, options, *differs, request, session);
    if (!found) return session.fail(found.error());
    exit = std::max(exit, *found);
  }
  tell_of_lacking(absent, options.manifests, options.prunes, "diff", session);
  return options.verdict.code(exit);
}

}  // namespace

Command diff_command() {
  auto options = std::make_shared<Options>();
  return {
      "diff",
      "Show what applying specs would change, here and in AWS.",
      "diff -f FILE|DIR|- [flags]",
      "Shows line by line how the stored specs would change if the files were applied, and then "
      "every call\nthat would change AWS. Writes nothing. Values of Secrets are masked; that "
      "they change is shown. With\n--prune, what a source of 'run' brought and the files lack is "
      "shown as deleted. Accounts and CAs that\nare new or changed in the files are not called "
      "without --trust-source.\n\nExit codes: 0 no difference, 1 a difference, 3 something could "
      "not be read.",
      "# before a merge, in CI\n"
      "certloop diff -f certificates/ -R --prune\n"
      "# the specs only, without looking at AWS\n"
      "certloop diff -f certificates/ --aws=false",
      [options](Flags& flags) {
        options->manifests.declare(flags);
        flags.toggle("--aws", options->aws, "Show what would be done in AWS; default: true.");
        options->verdict.declare(flags);
        declare_prune(flags, options->prunes);
        declare_trust(flags, options->trusts_source);
        flags.toggle("--force-conflicts", options->force,
                     "As apply: take ownership of conflicting fields.");
        flags.text("--field-manager", options->manager, "NAME",
                   "As apply: who owns the fields; default: certloop.");
        declare_engine(flags, options->engine);
      },
      [options](Session& session) { return diff(session, *options); }};
}

}  // namespace certloop::cli
