#include "cli/command.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/selection.h"

namespace certloop::cli {
namespace {

struct Options {
  std::string output;
  bool all_namespaces = false;
  std::optional<Duration> within;
  EngineOptions engine;
};

int expiring(Session& session, const Options& options) {
  const auto format = parse_format(options.output);
  if (!format) return session.fail(format.error());
  auto store = session.open_to_compare();
  if (!store) return session.fail(store.error());
  if (!options.all_namespaces && session.space_given())
    if (const auto known = check_space(**store, session.space()); !known.ok())
      return session.fail(known.error());
  ProgressLine line(session);
  ExpiryRequest request;
  if (!options.all_namespaces && session.space_given()) request.space = session.space();
  request.within = options.within;
  request.engine = options.engine;
  request.progress = [&](const Progress& progress) { line.show(progress); };
  const auto expiry = session.program().expiring(**store, request);
  line.clear();
  if (!expiry) return session.fail(expiry.error());
  session.out() << report::render(*expiry, *format, session.layout());
  if (expiry->rows.empty()) session.err() << "Looked in the store " << (*store)->name() << ".\n";
  return static_cast<int>(report::exit_of(*expiry));
}

}  // namespace

Command expiring_command() {
  auto options = std::make_shared<Options>();
  return {
      "expiring",
      "List what expires when, and who renews it.",
      "expiring [--within DURATION] [flags]",
      "Lists every placement of every certificate, earliest expiry first: when it expires, who "
      "renews it\nand why not if nobody does, what happens next and when, and which services use "
      "it. Certificates\nthat no spec asks for are not listed.\n\n"
      "Exit codes: 0 nothing; 1 something "
      "expires within the time given, or without one has expired, or is\nmissing in AWS; 3 "
      "something could not be read.",
      "# the question at three in the morning\n"
      "certloop expiring --within=7d\n"
      "# everything there is, with ARNs\n"
      "certloop expiring -o wide",
      [options](Flags& flags) {
        flags.duration("--within", options->within,
                       "Only what expires in this time, has expired or is missing.");
        flags.text("-o,--output", options->output, "FORMAT",
                   "table, wide, json or yaml; default: table.");
        flags.toggle("-A,--all-namespaces", options->all_namespaces,
                     "All namespaces; the default where -n is not given.");
        declare_engine(flags, options->engine);
      },
      [options](Session& session) { return expiring(session, *options); }};
}

}  // namespace certloop::cli
