#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "api/wire.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/selection.h"

namespace certloop::cli {
namespace {

struct Options {
  std::vector<std::string> arguments;
  std::string output;
  Filter filter;
  bool watch = false, no_headers = false, show_labels = false, ignore_not_found = false;
  bool only_signed = false;
};

// S41: a listing that holds signed certificates only, of other kinds all.
bool is_issued(const api::Object& object) {
  if (object.kind != api::Kind::certificate) return true;
  const auto certificate = api::read<api::Certificate>(object);
  if (!certificate) return true;  // what cannot be understood is not hidden
  return certificate->status.placements_issued > 0 ||
         api::is_true(certificate->status.conditions, "Issued");
}

std::string place(const Options& options, const Session& session) {
  return options.filter.all_namespaces ? "any namespace" : "namespace " + session.space();
}

void print_tables(const std::vector<api::Object>& objects, const Output& output,
                  const Options& options, bool mixed, Session& session) {
  TableOptions table;
  table.wide = output.form() == Output::Form::wide;
  table.with_space = options.filter.all_namespaces;
  table.with_kind = mixed;
  table.headers = !options.no_headers;
  table.labels = options.show_labels;
  // Kind after kind, in the order in which they came.
  bool first = true;
  for (auto begin = objects.begin(); begin != objects.end();) {
    const auto end = std::find_if(begin, objects.end(), [&](const api::Object& object) {
      return object.kind != begin->kind;
    });
    if (!first) session.out() << '\n';
    first = false;
    session.out() << table_of(begin->kind, {begin, end}, table, session.layout(), session.now());
    begin = end;
  }
}

// Prints every later state of the objects, until stopped.
int watch(store::Store& store, const Target& target, const std::string& version,
          const Output& output, Options options, Session& session) {
  Result<store::Selector> selector = selector_for(target.kind, options.filter, session);
  if (!selector) return session.fail(selector.error());
  auto stream = store.watch(target.kind, version);
  if (!stream) return session.fail(stream.error());
  options.no_headers = true;
  while (!session.program().stop().stop_requested()) {
    session.program().wait_for_change(store, std::chrono::seconds(1));
    auto events = (*stream)->poll();
    if (!events) return session.fail(events.error());
    for (const store::Event& event : *events) {
      const api::Object& object = event.object;
      if (selector->space && *selector->space != object.meta.space) continue;
      if (target.name && *target.name != object.meta.name) continue;
      if (options.only_signed && !is_issued(object)) continue;
      if (!selector->labels.empty() || !selector->fields.empty()) {
        // The store judges selectors; what no longer fits them is not shown.
        selector->fields["metadata.name"] = object.meta.name;
        selector->fields["metadata.namespace"] = object.meta.space;
        const auto fits = store.list(*selector);
        if (!fits) return session.fail(fits.error());
        if (fits->objects.empty()) continue;
      }
      if (output.is_table())
        print_tables({object}, output, options, false, session);
      else
        session.out() << output.text({object}, false);
      session.out().flush();
    }
  }
  return kDone;
}

int get(Session& session, const Options& options) {
  const Result<Output> output = Output::parse(options.output);
  if (!output) return session.fail(output.error());
  const auto targets = parse_targets(options.arguments);
  if (!targets) return session.fail(targets.error());
  const bool mixed = std::any_of(targets->begin(), targets->end(), [&](const Target& target) {
    return target.kind != targets->front().kind;
  });
  const bool by_name = targets->front().name.has_value();
  if (options.watch && targets->size() != 1)
    return session.usage("-w watches one kind or one object at a time");
  auto store = session.open_to_read();
  if (!store) return session.fail(store.error());
  std::string version;
  if (options.watch) {
    // Taken before the objects are read, so that no change falls in between.
    const auto selector = selector_for(targets->front().kind, options.filter, session);
    if (!selector) return session.fail(selector.error());
    std::vector<store::Unreadable> reported_below;
    const auto listed = list_all(**store, *selector, &version, &reported_below);
    if (!listed) return session.fail(listed.error());
  }
  std::vector<store::Unreadable> unreadable;
  auto selected = select(**store, *targets, options.filter, session, &unreadable);
  if (!selected) return session.fail(selected.error());
  std::vector<api::Object>& objects = selected->objects;
  if (!options.ignore_not_found) report_missing(selected->missing, **store, session);
  report_unreadable(unreadable, session);
  if (options.only_signed)
    std::erase_if(objects, [](const api::Object& object) { return !is_issued(object); });
  if (!output->is_table()) {
    if (!(by_name && objects.empty())) session.out() << output->text(objects, !by_name);
  } else if (!objects.empty()) {
    print_tables(objects, *output, options, mixed, session);
  } else if (selected->missing.empty() && unreadable.empty()) {
    session.err() << fmt::format("No {}{} found in {} (store {}).\n",
                                 options.only_signed ? "signed " : "",
                                 mixed ? "objects" : api::info_of(targets->front().kind).plural,
                                 printable(place(options, session)), (*store)->name());
  }
  if (options.watch) {
    session.out().flush();
    return watch(**store, targets->front(), version, *output, options, session);
  }
  if (!unreadable.empty()) return kUnread;
  return selected->missing.empty() || options.ignore_not_found ? kDone : kNotReady;
}

}  // namespace

Command get_command() {
  auto options = std::make_shared<Options>();
  return {
      "get",
      "List objects, or show one.",
      "get KIND[/NAME]... [NAME...] [flags]",
      "Lists objects. Kinds: accounts, certificateauthorities, certificates, placements (one for "
      "each\ncertificate in each account and region), hostedzones, zonerecords, secrets, "
      "events;\n'all' means all of certloop's own but zonerecords.\n\n"
      "Certificates are listed whatever their state; --signed leaves out those that are not "
      "issued.\n"
      "Values of Secrets are never shown.",
      "# every certificate of all accounts and regions, in all namespaces\n"
      "certloop get certificates -A\n"
      "# one certificate as YAML\n"
      "certloop get certificate/shop -o yaml\n"
      "# where its copies are, with their ARNs\n"
      "certloop get placements -o wide\n"
      "# just one value\n"
      "certloop get certificate shop -o jsonpath='{.status.arn}'",
      [options](Flags& flags) {
        flags.arguments(options->arguments);
        flags.text("-o,--output", options->output, "FORMAT",
                   "table, wide, json, yaml, name or jsonpath=TEMPLATE; default: table.");
        options->filter.declare(flags);
        flags.toggle("-w,--watch", options->watch, "Go on and show every change.");
        flags.toggle("--signed", options->only_signed,
                     "Of certificates, list only those that are issued.");
        flags.toggle("--show-labels", options->show_labels, "Add a column with the labels.");
        flags.toggle("--no-headers", options->no_headers, "Leave the headers out.");
        flags.toggle("--ignore-not-found", options->ignore_not_found,
                     "Exit 0 even if a named object does not exist.");
      },
      [options](Session& session) { return get(session, *options); }};
}

}  // namespace certloop::cli
