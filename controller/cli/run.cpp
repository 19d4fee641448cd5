#include "base/text.h"
#include "cli/command.h"

namespace certloop::cli {
namespace {

struct Options {
  RunRequest request;
  std::vector<std::string> ambient;
};

// What `--once` leaves is told as `apply` tells it.
int report_left(const RunResult& left, Session& session) {
  for (const auto& [key, why] : left.stalled)
    session.err() << printable(text_of(key) + " is stalled: " + why) << '\n';
  for (const auto& [key, why] : left.unpruned)
    session.err() << printable(text_of(key) + " is not pruned: " + why) << '\n';
  if (left.is_interrupted) session.err() << "stopped before everything was settled\n";
  const bool all_done = left.stalled.empty() && left.unpruned.empty() && !left.is_interrupted;
  return all_done ? kDone : kNotReady;
}

int run(Session& session, Options& options) {
  RunRequest& request = options.request;
  if (request.prune && request.source.empty())
    return session.usage("--prune needs -f: without a source nothing can be missing from it");
  if (request.workers == 0) return session.usage("--workers must be at least 1");
  if (request.interval < std::chrono::seconds(1))
    return session.usage("--interval must be at least 1s");
  // None by default: whoever can write an Account must not get the controller's own identity.
  request.engine.ambient_namespaces = options.ambient;
  request.space = session.space();
  request.only_space = session.space_given();
  auto store = session.open(StoreOptions::Missing::create, request.engine.installation);
  if (!store) return session.fail(store.error());
  const auto done = session.program().run(**store, request);
  if (!done && done.error().code() != Code::cancelled) return session.fail(done.error());
  return done ? report_left(*done, session) : kDone;
}

}  // namespace

Command run_command() {
  auto options = std::make_shared<Options>();
  return {
      "run",
      "Run the controller in the foreground.",
      "run [-f DIR] [flags]",
      "Keeps AWS in line with the specs until stopped. With -f, the directory is the source of "
      "the specs: an\nedit counts once its file was the same twice, a second apart. A file that "
      "keeps changing, or a file or\nobject with errors, holds up only itself and what refers to "
      "it: for these, the specs that were applied\nbefore stay in use, and nothing of their "
      "namespaces is pruned. What was changed or deleted in the state\nby hand is put back. "
      "With -n, objects of other namespaces "
      "are refused. Only one controller runs on a state at a time;\nother commands leave the work "
      "to it, and keep to its --ambient-namespaces and --allow-endpoint.\n\nStops within 25 "
      "seconds of SIGTERM or Ctrl-C. "
      "Being killed at any time is safe.",
      "# from a directory, removing what is removed there\n"
      "certloop run -f certificates/ --prune\n"
      "# accounts of this namespace may use the machine's own AWS credentials\n"
      "certloop run --ambient-namespaces=platform",
      [options](Flags& flags) {
        RunRequest& request = options->request;
        flags.text("-f,--filename", request.source, "DIR", "Where the specs come from.");
        flags.toggle("-R,--recursive", request.recursive,
                     "Process directories recursively; default: true.");
        flags.toggle("--prune", request.prune,
                     "Delete what this source brought before and has lacked for 10 seconds.");
        flags.number("--max-deletions", request.max_deletions,
                     "In a namespace, prune nothing if more than this is missing; default: 10.");
        flags.number("--max-total-deletions", request.max_total_deletions,
                     "Prune nothing at all if, of what that leaves, more is missing; default: 50.");
        flags.duration("--interval", request.interval,
                       "How often objects changed or deleted in the state are put back; "
                       "default: 1m.");
        flags.number("--workers", request.workers, "Objects at work at once; default: 16.");
        flags.toggle("--once", request.once,
                     "Stop as soon as everything is settled; exit code 1 if anything is not "
                     "Ready or\nnot pruned, 2 if anything of the source cannot be applied.");
        flags.texts("--ambient-namespaces", options->ambient, "NAME",
                    "Namespaces whose accounts may use defaultChain and profile; default: "
                    "none; may repeat.");
        declare_engine(flags, request.engine);
        declare_take_over(flags, request.engine);
      },
      [options](Session& session) { return run(session, *options); }};
}

}  // namespace certloop::cli
