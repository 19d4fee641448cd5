#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/timestamp.h"
#include "cli/command.h"
#include "cli/event_list.h"
#include "cli/output.h"
#include "cli/selection.h"
#include "report/table.h"

namespace certloop::cli {
namespace {

struct Options {
  std::string about, output, types;
  bool all_namespaces = false, watch = false, no_headers = false;
};

// What --for and --types let through.
struct Wanted {
  std::optional<Target> about;
  std::vector<std::string> types;

  bool takes(const api::Object& object) const {
    const EventView event = view_of(object);
    const bool right_type =
        types.empty() || std::any_of(types.begin(), types.end(), [&](const std::string& type) {
          return lower(type) == lower(event.type);
        });
    const bool right_object = !about || (api::kind_named(event.about_kind) == about->kind &&
                                         (!about->name || *about->name == event.about.name));
    return right_type && right_object;
  }
};

Result<Wanted> wanted_of(const Options& options) {
  Wanted wanted;
  if (!options.types.empty()) wanted.types = split(options.types, ',');
  for (const std::string& type : wanted.types)
    if (lower(type) != "normal" && lower(type) != "warning")
      return Error(Code::invalid, fmt::format("--types: '{}' is not one of Normal, Warning", type));
  if (!options.about.empty()) {
    const auto targets = TRY(parse_targets({options.about}));
    if (targets.size() != 1) return Error(Code::invalid, "--for takes one KIND/NAME");
    wanted.about = targets.front();
  }
  return wanted;
}

std::string table(const std::vector<api::Object>& events, const Options& options,
                  Session& session) {
  using report::Column;
  std::vector<Column> columns;
  if (options.all_namespaces) columns.push_back({"NAMESPACE", Column::Yield::never});
  columns.insert(columns.end(), {{"LAST SEEN", Column::Yield::never},
                                 {"TYPE"},
                                 {"REASON"},
                                 {"OBJECT", Column::Yield::never},
                                 {"MESSAGE", Column::Yield::first}});
  report::Table out(columns);
  for (const api::Object& object : events) {
    const EventView event = view_of(object);
    std::string age = human_duration(session.now() - event.last);
    if (event.count > 1)
      age +=
          fmt::format(" (x{} over {})", event.count, human_duration(session.now() - event.first));
    std::vector<report::Cell> row;
    if (options.all_namespaces) row.emplace_back(object.meta.space);
    row.insert(row.end(),
               {age,
                report::Cell(event.type,
                             event.type == "Warning" ? report::Tone::warning : report::Tone::plain),
                event.reason, lower(event.about_kind) + '/' + event.about.name, event.message});
    out.add(std::move(row));
  }
  report::Layout layout = session.layout();
  layout.headers = !options.no_headers;
  return out.text(layout);
}

int watch(store::Store& store, const std::string& version, const Wanted& wanted,
          const Output& output, Options options, Session& session) {
  auto stream = store.watch(api::Kind::event, version);
  if (!stream) return session.fail(stream.error());
  options.no_headers = true;
  while (!session.program().stop().stop_requested()) {
    session.program().wait_for_change(store, std::chrono::seconds(1));
    const auto news = (*stream)->poll();
    if (!news) return session.fail(news.error());
    for (const store::Event& event : *news) {
      if (event.type != store::Event::Type::put || !wanted.takes(event.object)) continue;
      if (!options.all_namespaces && event.object.meta.space != session.space()) continue;
      session.out() << (output.is_table() ? table({event.object}, options, session)
                                          : output.text({event.object}, false));
    }
    session.out().flush();
  }
  return kDone;
}

int events(Session& session, const Options& options) {
  const auto output = Output::parse(options.output);
  if (!output) return session.fail(output.error());
  const auto wanted = wanted_of(options);
  if (!wanted) return session.fail(wanted.error());
  auto store = session.open_to_read();
  if (!store) return session.fail(store.error());
  std::optional<std::string> space;
  if (!options.all_namespaces) space = session.space();
  std::string version;
  auto all = events_in(**store, space, &version);
  if (!all) return session.fail(all.error());
  std::erase_if(*all, [&](const api::Object& event) { return !wanted->takes(event); });
  if (!output->is_table())
    session.out() << output->text(*all, true);
  else if (!all->empty())
    session.out() << table(*all, options, session);
  else
    session.err() << fmt::format("No events found{} in {} (store {}).\n",
                                 options.about.empty() ? "" : " for " + printable(options.about),
                                 space ? "namespace " + printable(*space) : "any namespace",
                                 (*store)->name());
  session.out().flush();
  if (!options.watch) return kDone;
  Options rest = options;
  return watch(**store, version, *wanted, *output, rest, session);
}

}  // namespace

Command events_command() {
  auto options = std::make_shared<Options>();
  return {"events",
          "List what happened, newest last.",
          "events [--for KIND/NAME] [flags]",
          "Lists events: what was done in AWS, and each failure that a person must see. The newest "
          "is\nlast; repeated events are counted.",
          "# what happened to one certificate\n"
          "certloop events --for certificate/shop\n"
          "# failures everywhere, as they come\n"
          "certloop events -A --types=Warning -w",
          [options](Flags& flags) {
            flags.text("--for", options->about, "KIND/NAME", "Only about this object, or kind.");
            flags.text("--types", options->types, "TYPES", "Only these types: Normal, Warning.");
            flags.toggle("-A,--all-namespaces", options->all_namespaces, "Look in all namespaces.");
            flags.toggle("-w,--watch", options->watch, "Go on and show every new event.");
            flags.text("-o,--output", options->output, "FORMAT",
                       "table, json, yaml, name or jsonpath=TEMPLATE; default: table.");
            flags.toggle("--no-headers", options->no_headers, "Leave the headers out.");
          },
          [options](Session& session) { return events(session, *options); }};
}

}  // namespace certloop::cli
