#include "loop/events.h"

#include <nlohmann/json.hpp>
#include <set>

#include "base/digest.h"
#include "base/text.h"
#include "base/timestamp.h"

namespace certloop::loop {
namespace {

using nlohmann::json;

constexpr std::size_t kMessageMost = 1024;  // as Kubernetes bounds it

// The message as JSON and terminals take it: valid UTF-8, cut between two characters.
std::string bounded(std::string_view message) {
  std::string text = printable(message);
  if (text.size() <= kMessageMost) return text;
  std::size_t end = kMessageMost;
  while (end > 0 && (text[end] & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

const std::set<std::string_view> kNormal = {
    "",
    // What was done.
    "Adopted", "CertificateInstalled", "CertificateIssued", "Created", "Deleted", "Disabled",
    "Enabled", "Imported", "RecordsRemoved", "RecordsWritten", "Recovered", "Reimported",
    "Released", "RenewalPermitted", "Requested", "Restored", "RevocationUpdated", "TagsAdded",
    "TagsRemoved", "TakenOver",
    // What is as it should be, or as somebody wants it.
    "AccountDisabled", "Active", "CredentialsAccepted", "Eligible", "Granted", "InSync", "Issued",
    "NotStalled", "Validated", "Watched", "RecordsKept", "Settled", "Suspended", "Verified",
    // What is under way, or waits for what is.
    "AccountNotReady", "Adopting", "AuthorityNotActive", "AuthorityNotReady", "Conflict",
    "Creating", "Deleting", "DeletingDuplicate", "Drift", "Enabling", "GrantingRenewal",
    "Importing", "InstallingCertificate", "Issuing", "NotActive", "NotChecked", "Pending",
    "PendingValidation", "Progressing", "ReadingAccount", "RecoveringCall", "Reimporting",
    "Releasing", "Replacing", "Requesting", "Restoring", "SourceChanged", "SpecChanged",
    "Superseded", "Tagging", "Unknown", "Updating",
    // What is true for years, and what the Account's own check says more of.
    "CouldNotAsk", "Ineligible", "OwnerMustRenew", "SimulatorNotAvailable"};

// Conditions that tell of trouble beside what an object waits for.
constexpr const char* kBesides[] = {"ChainValid", "PermissionsGranted", "RenewalAssured"};

// The one that says why an object is not at rest; of one that is, Ready.
const api::Condition* headline(const api::Conditions& conditions) {
  for (const char* type : {"Stalled", "Reconciling"})
    if (const auto* found = api::find(conditions, type);
        found != nullptr && found->status == api::Truth::yes)
      return found;
  return api::find(conditions, "Ready");
}

// Count and first time of the same event, if it was seen before.
void continue_from(json& body, const api::Object& before) {
  const json old = json::parse(before.body.text());
  body["count"] = old.value("count", 1) + 1;
  body["firstTimestamp"] = old.value("firstTimestamp", body["lastTimestamp"].get<std::string>());
}

}  // namespace

std::string_view type_of_event(std::string_view reason) {
  return kNormal.contains(reason) ? "Normal" : "Warning";
}

void warn_of_trouble(Events& events, const api::Key& object, const std::string& uid,
                     const api::Conditions& before, const api::Conditions& now) {
  const auto warn = [&](const api::Condition* was, const api::Condition& is) {
    if (type_of_event(is.reason) == "Normal") return;
    if (was != nullptr && was->reason == is.reason && was->status == is.status) return;
    events.record(object, uid, is.reason, is.message);
  };
  warn(headline(before), headline(now) == nullptr ? api::Condition() : *headline(now));
  for (const char* type : kBesides)
    if (const auto* is = api::find(now, type); is != nullptr && is->status == api::Truth::no)
      warn(api::find(before, type), *is);
}

void StoreEvents::record(const api::Key& object, const std::string& uid, std::string_view reason,
                         const std::string& message) {
  const std::string now = rfc3339(clock_.now());
  const std::string text = bounded(message);
  const std::string identity = uid + '\n' + std::string(reason) + '\n' + text;
  const api::Key key{api::Kind::event, object.space,
                     object.name + '.' + sha256_hex(identity).substr(0, 12)};
  json body = {{"involvedObject",
                {{"apiVersion", api::info_of(object.kind).api_version},
                 {"kind", api::info_of(object.kind).name},
                 {"namespace", object.space},
                 {"name", object.name},
                 {"uid", uid}}},
               {"type", type_of_event(reason)},
               {"reason", reason},
               {"message", text},
               {"count", 1},
               {"firstTimestamp", now},
               {"lastTimestamp", now},
               {"source", {{"component", "certloop"}}}};
  if (const auto before = store_.get(key); before.ok()) continue_from(body, *before);
  api::Object event;
  event.kind = api::Kind::event;
  event.meta.space = key.space;
  event.meta.name = key.name;
  event.body = api::Document::from_canonical(
      body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  const auto written =
      store_.apply(event, {.manager = "certloop-controller", .force = true, .dry_run = false});
  if (!written.ok())
    log_.warning("an event was lost",
                 {{"object", text_of(object)}, {"error", written.error().message()}});
}

}  // namespace certloop::loop
