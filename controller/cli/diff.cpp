#include <fmt/format.h>

#include <algorithm>

#include "cli/command.h"
#include "cli/manifests.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/text_diff.h"
#include "cli/verdict.h"
#include "report/text_forms.h"
#include "store/mask.h"

namespace certloop::cli {
namespace {

struct Options {
  ManifestFlags manifests;
  std::string manager = "certloop";
  bool force = false, aws = true, trusts_source = false;
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

int diff(Session& session, const Options& options) {
  const auto wanted = load(options.manifests, options.engine, session);
  if (!wanted) return session.fail(wanted.error());
  // Where there is no state, everything is new.
  auto store = session.open(StoreOptions::Missing::empty);
  if (!store) return session.fail(store.error());
  PlanRequest request;
  bool differs = false;
  for (const api::Object& object : *wanted) {
    const Result<api::Object> live = (*store)->get(object.key());
    if (!live && live.error().code() != Code::not_found) return session.fail(live.error());
    auto merged = (*store)->apply(object, {options.manager, options.force, true});
    if (!merged) return session.fail(merged.error());
    const std::string text = diff_of(live ? &*live : nullptr, *merged);
    differs = differs || !text.empty();
    print(text, session.layout(), session);
    request.wanted.push_back(std::move(merged).value());
  }
  report::Exit exit = differs ? report::Exit::difference : report::Exit::done;
  if (!options.aws) return options.verdict.code(exit);
  session.out().flush();
  auto planned = planned_for(**store, request.wanted);
  if (!planned) return session.fail(planned.error());
  request.only = std::move(planned).value();
  ProgressLine line(session);
  request.engine = options.engine;
  if (!options.trusts_source) {
    auto untrusted = not_called(**store, request.wanted);
    if (!untrusted) return session.fail(untrusted.error());
    request.engine.not_called = std::move(untrusted).value();
  }
  request.progress = [&](const Progress& progress) { line.show(progress); };
  const auto plan = session.program().plan(**store, request);
  line.clear();
  if (!plan) return session.fail(plan.error());
  session.out() << (differs ? "\nIn AWS:\n" : "No change in the specs. In AWS:\n")
                << report::render(*plan, report::Format::table, session.layout());
  exit = std::max(exit, report::exit_of(*plan));
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
      "they change is shown. Accounts and CAs that are new or changed in the files are not called\n"
      "without --trust-source.\n\nExit codes: 0 no difference, 1 a difference, 3 something could "
      "not be read.",
      "# before a merge, in CI\n"
      "certloop diff -f certificates/\n"
      "# the specs only, without looking at AWS\n"
      "certloop diff -f certificates/ --aws=false",
      [options](Flags& flags) {
        options->manifests.declare(flags);
        flags.toggle("--aws", options->aws, "Show what would be done in AWS; default: true.");
        options->verdict.declare(flags);
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
