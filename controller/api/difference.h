#pragma once
// What differs, and what will be done about it: the one model behind conditions, diff, plan and the
// drift report. Plain values.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/kind.h"
#include "base/clock.h"

namespace certloop::api {

// COMMANDS.md, "The plan and the drift report".
enum class DriftClass {
  missing,
  changed,
  extra,
  expiring,
  expired,
  revoked,
  will_not_renew,
  replaced_outside,
  superseded,
  unmanaged,
  shared,
  orphaned,
  unknown
};
std::string_view name_of(DriftClass drift_class);  // "Missing", "WillNotRenew", ...
std::optional<DriftClass> drift_class_named(std::string_view name);

// One field, or one certificate, on which the world and the spec disagree.
struct Difference {
  DriftClass drift_class = DriftClass::changed;
  std::string path;     // "spec.tags.team"; empty where the whole certificate differs
  std::string spec;     // what the spec says
  std::string applied;  // what we last applied
  std::string found;    // what AWS has now
  bool operator==(const Difference&) const = default;
};

// A field that we put right in AWS because somebody else had changed it, and how often.
struct Correction {
  std::string path;             // of the Difference, or of what else was put right
  std::int64_t generation = 0;  // of the spec that it was put right for
  std::int64_t times = 0;
  Time last{};
  // What was put there, where the generation does not tell: of a Secret, which certificate.
  std::string wanted = {};
  bool operator==(const Correction&) const = default;
};

// One step of an unfolded plan: a call that changes AWS, or a wait.
struct Step {
  Key object;           // for whom
  std::string account;  // "payments/prod"
  std::string region;
  std::string service;    // "acm"; empty for a wait
  std::string operation;  // "RequestCertificate"
  std::string subject;    // what it touches: an ARN, a name, "(known after step 3)"
  std::map<std::string, std::string> details;
  std::string because;  // Missing, SpecChanged, Drift, RenewalDue, Superseded, Deleted
  std::string message;  // a sentence
  std::vector<std::string> in_use_by;
  bool replaces_arn = false;  // the certificate's ARN changes
  bool is_wait() const { return service.empty(); }
  bool operator==(const Step&) const = default;
};

}  // namespace certloop::api
