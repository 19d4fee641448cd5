#include <fmt/format.h>

#include "cli/command.h"
#include "cli/selection.h"
#include "cli/settle.h"

namespace certloop::cli {
namespace {

struct Options {
  std::vector<std::string> arguments;
  Filter filter;
  bool all = false;
  SettleOptions settle;
};

int reconcile(Session& session, const Options& options) {
  const auto targets = parse_targets(options.arguments);
  if (!targets) return session.fail(targets.error());
  for (const Target& target : *targets)
    if (!target.name && !options.all && options.filter.labels.empty() &&
        options.filter.fields.empty())
      return session.usage("name what to reconcile, or say -l or --all");
  auto store = session.open(StoreOptions::Missing::fail);
  if (!store) return session.fail(store.error());
  const auto selected = select(**store, *targets, options.filter, session);
  if (!selected) return session.fail(selected.error());
  report_missing(selected->missing, **store, session);
  std::vector<api::Key> keys;
  for (const api::Object& object : selected->objects)
    if (object.kind != api::Kind::secret && object.kind != api::Kind::event)
      keys.push_back(object.key());
  if (keys.empty() && selected->missing.empty())
    session.err() << fmt::format("No objects found to reconcile (store {}).\n", (*store)->name());
  SettleOptions settling = options.settle;
  settling.look_afresh = true;
  const int code = settle(**store, keys, settling, session);
  return code == kDone && !selected->missing.empty() ? kNotReady : code;
}

}  // namespace

Command reconcile_command() {
  auto options = std::make_shared<Options>();
  return {"reconcile",
          "Look at objects now, without waiting for a back-off.",
          "reconcile KIND/NAME... | KIND -l SELECTOR | KIND --all [flags]",
          "Reconciles objects at once: what has failed before is tried again without waiting, and "
          "what AWS holds\nis read afresh. Waits until each is Ready or Stalled. Exit code 1: "
          "something is not ready.",
          "# the validation record is there now\n"
          "certloop reconcile certificate/shop",
          [options](Flags& flags) {
            flags.arguments(options->arguments);
            options->filter.declare(flags);
            flags.toggle("--all", options->all, "All objects of the kind in the namespace.");
            flags.duration("--timeout", options->settle.timeout, "How long to wait; default: 10m.");
            declare_engine(flags, options->settle.engine);
            declare_take_over(flags, options->settle.engine);
          },
          [options](Session& session) { return reconcile(session, *options); }};
}

}  // namespace certloop::cli
