#include "report/describe.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cli/command.h"
#include "cli/event_list.h"
#include "cli/selection.h"
#include "store/mask.h"

namespace certloop::cli {
namespace {

struct Options {
  std::vector<std::string> arguments;
  Filter filter;
  bool events = true;
};

// A Certificate consists of its placements (S55).
Result<std::vector<api::Object>> parts_of(const store::Store& store, const api::Object& object,
                                          std::vector<store::Unreadable>& unreadable) {
  std::vector<api::Object> out;
  if (object.kind != api::Kind::certificate) return out;
  store::Selector selector;
  selector.kind = api::Kind::placement;
  selector.space = object.meta.space;
  std::vector<api::Object> placements = TRY(list_all(store, selector, nullptr, &unreadable));
  for (api::Object& placement : placements) {
    const auto& owners = placement.meta.owners;
    if (std::any_of(owners.begin(), owners.end(), [&](const api::OwnerReference& owner) {
          return owner.kind == object.kind && owner.uid == object.meta.uid;
        }))
      out.push_back(std::move(placement));
  }
  return out;
}

Result<std::string> description(const store::Store& store, const api::Object& object,
                                const Options& options, Time now,
                                std::vector<store::Unreadable>& unreadable) {
  const std::vector<api::Object> parts = TRY(parts_of(store, object, unreadable));
  std::vector<api::Object> about;
  if (options.events) about = TRY(events_in(store, object.meta.space));
  std::erase_if(about, [&](const api::Object& event) {
    const EventView view = view_of(event);
    return !is_about(view, object) &&
           std::none_of(parts.begin(), parts.end(),
                        [&](const api::Object& part) { return is_about(view, part); });
  });
  return report::describe(store::masked(object), parts, about, now);
}

int describe(Session& session, const Options& options) {
  const auto targets = parse_targets(options.arguments);
  if (!targets) return session.fail(targets.error());
  auto store = session.open_to_read();
  if (!store) return session.fail(store.error());
  std::vector<store::Unreadable> unreadable;
  const auto selected = select(**store, *targets, options.filter, session, &unreadable);
  if (!selected) return session.fail(selected.error());
  bool first = true;
  for (const api::Object& object : selected->objects) {
    const auto text = description(**store, object, options, session.now(), unreadable);
    if (!text) return session.fail(text.error());
    session.out() << (first ? "" : "\n\n") << *text;
    first = false;
  }
  report_missing(selected->missing, **store, session);
  report_unreadable(unreadable, session);
  if (!unreadable.empty()) return kUnread;
  if (selected->objects.empty() && selected->missing.empty())
    session.err() << fmt::format("No objects found (store {}).\n", (*store)->name());
  return selected->missing.empty() ? kDone : kNotReady;
}

}  // namespace

Command describe_command() {
  auto options = std::make_shared<Options>();
  return {"describe",
          "Show an object in full, with its parts and events.",
          "describe KIND[/NAME]... [NAME...] [flags]",
          "Shows every field of an object, its conditions, what happened to it, and for a "
          "certificate what ACM\nsays of each of its placements: ARN, status, serial, validity, "
          "who uses it, whether it renews.\nValues of Secrets are never shown.",
          "# why is it not ready?\n"
          "certloop describe certificate/shop",
          [options](Flags& flags) {
            flags.arguments(options->arguments);
            options->filter.declare(flags);
            flags.toggle("--show-events", options->events, "Show events, too; default: true.");
          },
          [options](Session& session) { return describe(session, *options); }};
}

}  // namespace certloop::cli
