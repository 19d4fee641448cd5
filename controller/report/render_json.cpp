#include <nlohmann/json.hpp>

#include "base/timestamp.h"
#include "report/render.h"
#include "report/text_forms.h"

namespace certloop::report {
namespace {

using Json = nlohmann::json;

Json time(const std::optional<Time>& at) { return at ? Json(rfc3339(*at)) : Json(); }

// null where no spec stands behind a finding.
Json json_of(const api::Key& key) {
  if (key.name.empty()) return {};
  return {{"kind", api::info_of(key.kind).name}, {"namespace", key.space}, {"name", key.name}};
}

Json json_of(const Coverage& coverage) {
  Json unread = Json::array();
  for (const Unread& each : coverage.unread)
    unread.push_back(
        {{"subject", each.subject}, {"region", each.region}, {"message", each.message}});
  return {{"accounts", coverage.accounts},   {"regions", coverage.regions},
          {"objects", coverage.objects},     {"certificates", coverage.certificates},
          {"oldest", time(coverage.oldest)}, {"unread", std::move(unread)}};
}

Json json_of(const api::Step& step, std::size_t number) {
  return {{"step", number},
          {"effect", name_of(effect_of(step))},
          {"object", json_of(step.object)},
          {"account", step.account},
          {"region", step.region},
          {"service", step.service},
          {"operation", step.operation},
          {"subject", step.subject},
          {"details", step.details},
          {"because", step.because},
          {"message", step.message},
          {"inUseBy", step.in_use_by},
          {"replacesArn", step.replaces_arn}};
}

Json json_of(const DriftRow& row) {
  return {{"fingerprint", fingerprint_of(row)},
          {"object", json_of(row.object)},
          {"account", row.account},
          {"region", row.region},
          {"arn", row.arn},
          {"domain", row.domain},
          {"class", api::name_of(row.difference.drift_class)},
          {"path", row.difference.path},
          {"spec", row.difference.spec},
          {"applied", row.difference.applied},
          {"found", row.difference.found},
          {"plan", row.plan},
          {"held", row.held},
          {"changesArn", row.changes_arn},
          {"inUseBy", row.in_use_by},
          {"firstSeen", time(row.first_seen)},
          {"lastSeen", time(row.last_seen)}};
}

Json json_of(const std::vector<Held>& held) {
  Json all = Json::array();
  for (const Held& each : held)
    all.push_back({{"object", json_of(each.object)},
                   {"account", each.account},
                   {"region", each.region},
                   {"reason", each.reason},
                   {"message", each.message},
                   {"outOfSync", each.out_of_sync}});
  return all;
}

Json json_of(const ExpiryRow& row) {
  return {{"object", json_of(row.object)}, {"account", row.account},
          {"region", row.region},          {"arn", row.arn},
          {"domain", row.domain},          {"expires", time(row.expires)},
          {"missing", row.missing},        {"assured", row.assured},
          {"renewal", row.renewal},        {"why", row.why},
          {"next", time(row.next)},        {"nextStep", row.next_step},
          {"usedBy", row.used_by}};
}

// What all three have in common. `complete` false: something could not be read.
Json frame(const char* format, Time generated, const Coverage& coverage, Exit exit) {
  return {{"format", format},
          {"generated", rfc3339(generated)},
          {"coverage", json_of(coverage)},
          {"complete", exit != Exit::unread},
          {"exitCode", static_cast<int>(exit)}};
}

}  // namespace

std::string json_of(const Plan& plan) {
  Json out = frame("certloop.dev/plan/v1", plan.generated, plan.coverage, exit_of(plan));
  const PlanCounts counts = counts_of(plan);
  out["counts"] = {{"create", counts.create},
                   {"change", counts.change},
                   {"delete", counts.remove},
                   {"wait", counts.wait},
                   {"arnChanges", counts.arn_changes}};
  out["steps"] = Json::array();
  for (std::size_t i = 0; i < plan.steps.size(); ++i)
    out["steps"].push_back(json_of(plan.steps[i], i + 1));
  out["held"] = json_of(plan.held);
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string json_of(const Drift& drift) {
  Json out = frame("certloop.dev/drift/v1", drift.generated, drift.coverage, exit_of(drift));
  out["rows"] = Json::array();
  for (const DriftRow& row : drift.rows) out["rows"].push_back(json_of(row));
  out["held"] = json_of(drift.held);
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string json_of(const Expiry& expiry) {
  Json out = frame("certloop.dev/expiry/v1", expiry.generated, expiry.coverage, exit_of(expiry));
  out["withinSeconds"] =
      expiry.within ? Json(std::chrono::duration_cast<std::chrono::seconds>(*expiry.within).count())
                    : Json();
  out["rows"] = Json::array();
  for (const ExpiryRow& row : expiry.rows) out["rows"].push_back(json_of(row));
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace certloop::report
