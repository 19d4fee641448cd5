#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/timestamp.h"
#include "report/render.h"
#include "report/text_forms.h"

namespace certloop::report {
namespace {

using Yield = Column::Yield;

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

// "Compared 12 objects against 3 accounts in 2 regions, read 5s ago." and what could not be read.
std::string text_of(const Coverage& coverage, Time now, bool colours) {
  std::string out =
      fmt::format("Compared {} against {} in {}", counted(coverage.objects, "object", "objects"),
                  counted(coverage.accounts.size(), "account", "accounts"),
                  counted(coverage.regions.size(), "region", "regions"));
  if (coverage.oldest) out += fmt::format(", read {} ago", human_duration(now - *coverage.oldest));
  out += ".\n";
  if (coverage.unread.empty()) return out;
  out += in_tone(fmt::format("INCOMPLETE: {} could not be read:",
                             counted(coverage.unread.size(), "object", "objects")),
                 Tone::bad, colours) +
         '\n';
  for (const Unread& unread : coverage.unread)
    out += fmt::format("  {}{}{}: {}\n", printable(unread.subject),
                       unread.region.empty() ? "" : " in ", printable(unread.region),
                       printable(unread.message));
  return out;
}

// "payments/shop" for what most rows are about, with the kind for the rest.
std::string short_text(const api::Key& key) {
  const std::string text = api::text_of(key);
  return key.kind == api::Kind::certificate ? text.substr(text.find(' ') + 1) : text;
}

// Cells of the columns that are not `wide_only` unless the format is wide.
struct Picked {
  std::vector<Column> columns;
  std::vector<bool> shown;

  Picked(std::vector<Column> all, std::size_t narrow, bool wide) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      shown.push_back(wide || i < narrow);
      if (shown.back()) columns.push_back(std::move(all[i]));
    }
  }
  std::vector<Cell> cells(std::vector<Cell> all) const {
    std::vector<Cell> out;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (shown[i]) out.push_back(std::move(all[i]));
    return out;
  }
};

Tone tone_of(Effect effect) {
  switch (effect) {
    case Effect::create: return Tone::good;
    case Effect::change: return Tone::warning;
    case Effect::remove: return Tone::bad;
    case Effect::wait: break;
  }
  return Tone::faint;
}

std::string details_of(const api::Step& step) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : step.details) parts.push_back(name + "=" + value);
  return join(parts, " ");
}

// Not at once: a grace ends then.
std::string due_of(const api::Step& step) {
  const auto due = step.details.find("due");
  return due == step.details.end() ? "" : " (due " + due->second + ")";
}

std::string table_of(const Plan& plan, bool wide, const Layout& layout) {
  const Picked picked({{"STEP", Yield::never},
                       {"EFFECT", Yield::never},
                       {"OBJECT", Yield::never},
                       {"ACCOUNT"},
                       {"REGION"},
                       {"CALL", Yield::never},
                       {"TOUCHES"},
                       {"BECAUSE"},
                       {"USED-BY", Yield::first},
                       {"DETAILS", Yield::first},
                       {"MESSAGE", Yield::first}},
                      8, wide);
  Table table(picked.columns);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const api::Step& step = plan.steps[i];
    const Effect effect = effect_of(step);
    const std::string call = step.is_wait() ? step.message : step.service + ' ' + step.operation;
    table.add(picked.cells({fmt::format("{}", i + 1),
                            {std::string(name_of(effect)), tone_of(effect)},
                            short_text(step.object),
                            step.account,
                            step.region,
                            call,
                            step.subject + (step.replaces_arn ? " (new ARN)" : "") + due_of(step),
                            step.because,
                            join(step.in_use_by, ","),
                            details_of(step),
                            step.message}));
  }
  return table.text(layout);
}

std::string summary_of(const Plan& plan) {
  const PlanCounts counts = counts_of(plan);
  std::string out =
      fmt::format("Plan: {} to create, {} to change, {} to delete, {}.", counts.create,
                  counts.change, counts.remove, counted(counts.wait, "wait", "waits"));
  if (counts.arn_changes > 0)
    out +=
        fmt::format(" {} a new ARN.", counts.arn_changes == 1
                                          ? "1 certificate gets"
                                          : fmt::format("{} certificates get", counts.arn_changes));
  std::size_t used = 0;
  for (const api::Step& step : plan.steps) used += step.is_wait() ? 0 : step.in_use_by.size();
  if (used > 0) out += fmt::format(" Services that use what is touched: {}.", used);
  return out + '\n';
}

std::string table_of(const Drift& drift, bool wide, const Layout& layout) {
  const Picked picked({{"OBJECT", Yield::never},
                       {"ACCOUNT"},
                       {"REGION"},
                       {"CLASS", Yield::never},
                       {"PATH"},
                       {"SPEC", Yield::first},
                       {"FOUND", Yield::first},
                       {"PLAN"},
                       {"APPLIED", Yield::first},
                       {"ARN"},
                       {"USED-BY", Yield::first},
                       {"FIRST-SEEN"},
                       {"LAST-SEEN"},
                       {"FINGERPRINT"}},
                      8, wide);
  Table table(picked.columns);
  const auto ago = [&](const std::optional<Time>& at) {
    return at ? human_duration(drift.generated - *at) : std::string();
  };
  for (const DriftRow& row : drift.rows) {
    const std::string object = row.object.name.empty() ? row.domain : short_text(row.object);
    // What kept it from being read stands ahead of the table, in full.
    const bool unknown = row.difference.drift_class == api::DriftClass::unknown;
    const std::string plan = !row.plan.empty() ? row.plan : unknown ? "unknown" : "nothing";
    table.add(picked.cells({object,
                            row.account,
                            row.region,
                            {std::string(api::name_of(row.difference.drift_class)), Tone::warning},
                            row.difference.path,
                            row.difference.spec,
                            unknown ? "could not be read" : row.difference.found,
                            plan + (row.changes_arn ? " (new ARN)" : ""),
                            row.difference.applied,
                            row.arn,
                            join(row.in_use_by, ","),
                            ago(row.first_seen),
                            ago(row.last_seen),
                            fingerprint_of(row)}));
  }
  return table.text(layout);
}

// "  default/shop: Secret default/tls not found; create it", once for each object.
std::string lines_of(const std::vector<Held>& held, bool out_of_sync) {
  std::string out;
  const Held* last = nullptr;
  for (const Held& each : held) {
    if (each.out_of_sync != out_of_sync) continue;
    if (last == nullptr || *last != each)
      out += fmt::format("  {}: {}\n", printable(short_text(each.object)), printable(each.message));
    last = &each;
  }
  return out;
}

std::string text_of(const std::vector<Held>& held) {
  const std::string differ = lines_of(held, true), wait = lines_of(held, false);
  return (differ.empty() ? "" : "Out of sync, but blocked:\n" + differ) +
         (wait.empty() ? "" : "Waiting or not ready:\n" + wait);
}

// "2 differences, 1 unknown."
std::string summary_of(const Drift& drift) {
  const auto unknown = static_cast<std::size_t>(std::count_if(
      drift.rows.begin(), drift.rows.end(),
      [](const DriftRow& row) { return row.difference.drift_class == api::DriftClass::unknown; }));
  const std::size_t known = drift.rows.size() - unknown;
  std::vector<std::string> parts;
  if (known > 0) parts.push_back(counted(known, "difference", "differences"));
  if (unknown > 0) parts.push_back(fmt::format("{} unknown", unknown));
  return join(parts, ", ") + ".\n";
}

std::string left_of(const ExpiryRow& row, Time now) {
  if (!row.expires) return "";
  return *row.expires > now ? human_duration(*row.expires - now)
                            : "expired " + human_duration(now - *row.expires) + " ago";
}

std::string table_of(const Expiry& expiry, bool wide, const Layout& layout) {
  const Picked picked({{"CERTIFICATE", Yield::never},
                       {"ACCOUNT"},
                       {"REGION"},
                       {"EXPIRES", Yield::never},
                       {"LEFT", Yield::never},
                       {"RENEWAL"},
                       {"WHY", Yield::first},
                       {"NEXT"},
                       {"USED-BY", Yield::first},
                       {"DOMAIN"},
                       {"ARN"}},
                      9, wide);
  Table table(picked.columns);
  for (const ExpiryRow& row : expiry.rows) {
    const bool over = row.missing || (row.expires && *row.expires <= expiry.generated);
    const Tone tone = over ? Tone::bad : row.assured ? Tone::plain : Tone::warning;
    std::string next = row.next_step;
    if (row.next) next += (next.empty() ? "" : " ") + date_only(*row.next);
    table.add(picked.cells({row.object.name.empty() ? row.domain : short_text(row.object),
                            row.account,
                            row.region,
                            row.missing   ? "missing"
                            : row.expires ? date_only(*row.expires)
                                          : "not issued",
                            {left_of(row, expiry.generated), tone},
                            {row.renewal, tone},
                            row.why,
                            next,
                            join(row.used_by, ","),
                            row.domain,
                            row.arn}));
  }
  return table.text(layout);
}

std::string text_form(const std::string& json, Format format) {
  return format == Format::yaml ? yaml_of(json) : indented_json(json);
}

bool is_table(Format format) { return format == Format::table || format == Format::wide; }

}  // namespace

std::string render(const Plan& plan, Format format, const Layout& layout) {
  if (!is_table(format)) return text_form(json_of(plan), format);
  std::string out = text_of(plan.coverage, plan.generated, layout.colours);
  const std::string held = text_of(plan.held);
  if (!plan.steps.empty())
    return out + '\n' + table_of(plan, format == Format::wide, layout) + '\n' + summary_of(plan) +
           held;
  if (!held.empty()) return out + held;
  if (plan.coverage.objects == 0 && plan.coverage.unread.empty()) return out;
  return out + (plan.coverage.unread.empty() ? "No changes: AWS matches the specs.\n"
                                             : "No changes are known; the plan is incomplete.\n");
}

std::string render(const Drift& drift, Format format, const Layout& layout) {
  if (!is_table(format)) return text_form(json_of(drift), format);
  std::string out = text_of(drift.coverage, drift.generated, layout.colours);
  const std::string held = text_of(drift.held);
  if (!drift.rows.empty())
    return out + '\n' + table_of(drift, format == Format::wide, layout) + '\n' + summary_of(drift) +
           held;
  if (!held.empty()) return out + held;
  // Where nothing was compared, nothing is known.
  if (drift.coverage.objects == 0 && drift.coverage.unread.empty()) return out;
  return out + (drift.coverage.unread.empty() ? "No drift.\n"
                                              : "No drift is known; the report is incomplete.\n");
}

std::string render(const Expiry& expiry, Format format, const Layout& layout) {
  if (!is_table(format)) return text_form(json_of(expiry), format);
  std::string out;
  if (!expiry.coverage.unread.empty())
    out = text_of(expiry.coverage, expiry.generated, layout.colours) + '\n';
  if (!expiry.rows.empty()) return out + table_of(expiry, format == Format::wide, layout);
  if (!expiry.coverage.unread.empty())
    return out + "Nothing is known to expire; the list is incomplete.\n";
  return out + (expiry.within
                    ? fmt::format("Nothing expires within {}.\n", human_duration(*expiry.within))
                    : std::string("No certificates.\n"));
}

}  // namespace certloop::report
