#include <algorithm>

#include "cli/command.h"
#include "cli/manifests.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/pruning.h"
#include "cli/selection.h"
#include "cli/verdict.h"

namespace certloop::cli {
namespace {

struct Options {
  std::vector<std::string> arguments;
  ManifestFlags manifests;
  std::string output;
  Verdict verdict;
  EngineOptions engine;
  bool trusts_source = false, prunes = false;
};

// With files: the objects as they would be after `apply`. With names: those only.
Result<PlanRequest> request_for(store::Store& store, const Options& options, Lacking& absent,
                                Session& session) {
  PlanRequest request;
  request.engine = options.engine;
  if (!options.manifests.paths.empty()) {
    const std::vector<api::Object> objects = TRY(load(options.manifests, options.engine, session));
    for (const api::Object& object : objects) {
      api::Object applied = TRY(store.apply(object, {.dry_run = true}));
      request.wanted.push_back(std::move(applied));
    }
    absent = TRY(lacking(store, request.wanted, session));
    if (options.prunes) request.removed = absent.keys_to_go();
    request.only = TRY(planned_for(store, request.wanted, request.removed));
  }
  if (!options.trusts_source) request.engine.not_called = TRY(not_called(store, request.wanted));
  if (options.arguments.empty()) {
    if (!options.manifests.paths.empty() || !session.space_given()) return request;
    TRY(check_space(store, session.space()));
    request.space = session.space();
    return request;
  }
  const std::vector<Target> targets = TRY(parse_targets(options.arguments));
  const Selected selected = TRY(select(store, targets, Filter{}, session));
  if (!selected.missing.empty()) return not_found(selected.missing.front(), store);
  TRY(check_compared(targets, "planned"));
  for (const api::Object& object : selected.objects) request.only.push_back(object.key());
  return request;
}

int plan(Session& session, const Options& options) {
  const auto format = parse_format(options.output);
  if (!format) return session.fail(format.error());
  if (options.prunes && options.manifests.paths.empty())
    return session.usage("--prune needs -f: without files nothing can be missing from them");
  if (options.prunes && !options.arguments.empty())
    return session.usage("--prune is about all that the files lack: leave out the names");
  auto store = options.manifests.paths.empty() ? session.open_to_compare()
                                               : session.open(StoreOptions::Missing::empty);
  if (!store) return session.fail(store.error());
  Lacking absent;
  auto request = request_for(**store, options, absent, session);
  if (!request) return session.fail(request.error());
  ProgressLine line(session);
  request->progress = [&](const Progress& progress) { line.show(progress); };
  const auto plan = session.program().plan(**store, *request);
  line.clear();
  if (!plan) return session.fail(plan.error());
  session.out() << report::render(*plan, *format, session.layout());
  if (plan->coverage.objects == 0)
    session.err() << "No objects to plan for (store " << (*store)->name() << ").\n";
  if (options.arguments.empty())
    tell_of_lacking(absent, options.manifests, options.prunes, "plan", session);
  // Not all that goes has a call in AWS.
  const report::Exit least =
      request->removed.empty() ? report::Exit::done : report::Exit::difference;
  return options.verdict.code(std::max(least, report::exit_of(*plan)));
}

}  // namespace

Command plan_command() {
  auto options = std::make_shared<Options>();
  return {
      "plan",
      "Show every call that will change AWS, in order.",
      "plan [KIND/NAME...] [-f FILE|DIR|-] [flags]",
      "Compares the specs with AWS and shows every call that the controller would make to "
      "change AWS, in\norder, with what each touches and why. Changes nothing.\n\nWith -f, as if "
      "the "
      "files had been applied: what they have, and what uses anything that is new or\nchanged "
      "there. "
      "With --prune, as if what a source of 'run' brought and the files lack had been "
      "deleted\ntoo, "
      "as 'run -f DIR --prune' does within its --max-deletions. Accounts and CAs that are new or\n"
      "changed in the files are not called without --trust-source.\n\nExit codes: 0 nothing to do; "
      "1 "
      "something to do, or an object is out of sync, not Ready or being\ndeleted and waits for "
      "something; 3 something could not be read, so that the plan is incomplete.",
      "# what would the controller do now?\n"
      "certloop plan\n"
      "# what would it do with these files?\n"
      "certloop plan -f certificates/\n"
      "# what would 'run --prune' do with this directory? In CI, on a pull request\n"
      "certloop plan -f certificates/ -R --prune\n"
      "# for a program; the schema is manifests/schemas/plan-v1.json\n"
      "certloop plan -o json",
      [options](Flags& flags) {
        flags.arguments(options->arguments);
        options->manifests.declare(flags);
        flags.text("-o,--output", options->output, "FORMAT",
                   "table, wide, json or yaml; default: table.");
        options->verdict.declare(flags);
        declare_prune(flags, options->prunes);
        declare_trust(flags, options->trusts_source);
        declare_engine(flags, options->engine);
      },
      [options](Session& session) { return plan(session, *options); }};
}

}  // namespace certloop::cli
