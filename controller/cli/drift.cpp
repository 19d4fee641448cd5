#include "cli/command.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/selection.h"
#include "cli/verdict.h"

namespace certloop::cli {
namespace {

struct Options {
  std::vector<std::string> arguments;
  std::string output;
  bool all_namespaces = false;
  Duration max_age = std::chrono::minutes(5);
  Verdict verdict;
  EngineOptions engine;
};

int drift(Session& session, const Options& options) {
  const auto format = parse_format(options.output);
  if (!format) return session.fail(format.error());
  DriftRequest request;
  if (!options.all_namespaces && session.space_given()) request.space = session.space();
  request.max_age = options.max_age;
  request.engine = options.engine;
  auto store = session.open_to_compare();
  if (!store) return session.fail(store.error());
  if (request.space && options.arguments.empty())
    if (const auto known = check_space(**store, *request.space); !known.ok())
      return session.fail(known.error());
  if (!options.arguments.empty()) {
    const auto targets = parse_targets(options.arguments);
    if (!targets) return session.fail(targets.error());
    const auto selected = select(**store, *targets, Filter{}, session);
    if (!selected) return session.fail(selected.error());
    report_missing(selected->missing, **store, session);
    if (!selected->missing.empty()) return kError;
    if (const auto fit = check_compared(*targets, "compared"); !fit.ok())
      return session.fail(fit.error());
    for (const api::Object& object : selected->objects) request.only.push_back(object.key());
  }
  ProgressLine line(session);
  request.progress = [&](const Progress& progress) { line.show(progress); };
  const auto drift = session.program().drift(**store, request);
  line.clear();
  if (!drift) return session.fail(drift.error());
  session.out() << report::render(*drift, *format, session.layout());
  if (drift->coverage.objects == 0)
    session.err() << "No objects to compare (store " << (*store)->name() << ").\n";
  return options.verdict.code(report::exit_of(*drift));
}

}  // namespace

Command drift_command() {
  auto options = std::make_shared<Options>();
  return {
      "drift",
      "Report where AWS and the specs disagree.",
      "drift [KIND/NAME...] [flags]",
      "Compares all specs with what AWS holds now: missing, changed and extra certificates and "
      "tags, what\nexpires or will not renew, what was replaced from outside. Each row shows "
      "what the spec says, what\nwas last applied (wide), what AWS has, and what the plan would "
      "do about it. Objects that are not Ready, or are being deleted, are listed with what they "
      "wait for.\nChanges nothing.\n\nExit codes: 0 no drift; 1 drift, or an object waits for "
      "something; 3 something could not be read,\nwhich is never taken for no drift.",
      "# everything, in all namespaces\n"
      "certloop drift\n"
      "# read AWS afresh, for one business unit\n"
      "certloop drift -n payments --max-age=0\n"
      "# for a program; the schema is manifests/schemas/drift-v1.json\n"
      "certloop drift -o json",
      [options](Flags& flags) {
        flags.arguments(options->arguments);
        flags.text("-o,--output", options->output, "FORMAT",
                   "table, wide, json or yaml; default: table.");
        flags.toggle("-A,--all-namespaces", options->all_namespaces,
                     "All namespaces; the default where -n is not given.");
        flags.duration("--max-age", options->max_age,
                       "Read again what was read longer ago than this; default: 5m.");
        options->verdict.declare(flags);
        declare_engine(flags, options->engine);
      },
      [options](Session& session) { return drift(session, *options); }};
}

}  // namespace certloop::cli
