#pragma once
// The drift report: where AWS and the specs disagree (COMMANDS, "The plan and the drift report").
// Plain values; renderers are in render.h.
#include <optional>
#include <string>
#include <vector>

#include "api/difference.h"
#include "report/coverage.h"
#include "report/held.h"

namespace certloop::report {

struct DriftRow {
  api::Key object;      // the spec; with an empty name for what no spec asks for
  std::string account;  // the placement: "payments/prod"
  std::string region;
  std::string arn;             // may be empty: nothing is there yet
  std::string domain;          // the certificate's domain name
  api::Difference difference;  // path, the three values, class
  std::string plan;            // what the plan would do: "acm AddTagsToCertificate"; empty: nothing
  std::string held;            // why the plan does nothing, and what to do; may be empty
  bool changes_arn = false;    // the plan gives the certificate another ARN
  std::vector<std::string> in_use_by;  // services bound to the ARN: what the plan might touch
  std::optional<Time> first_seen, last_seen;
  bool operator==(const DriftRow&) const = default;
};

struct Drift {
  Time generated{};
  Coverage coverage;
  std::vector<DriftRow> rows;
  std::vector<Held> held = {};  // with rows or without
  bool operator==(const Drift&) const = default;
};

// The same for the same finding in every run, whatever its values are: a hash of the object, the
// placement, the ARN where no object is known, the class and the path. 16 hexadecimal digits.
std::string fingerprint_of(const DriftRow& row);

// By object, placement, path; findings of no object last.
void sort(Drift& drift);

// unread if anything could not be read or a row's class is Unknown, else difference if there is any
// row or anything held, else done.
Exit exit_of(const Drift& drift);

}  // namespace certloop::report
