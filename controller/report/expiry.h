#pragma once
// What expires when, and who renews it: the three-in-the-morning question. Plain
// values; renderers are in render.h.
#include <optional>
#include <string>
#include <vector>

#include "api/kind.h"
#include "report/coverage.h"

namespace certloop::report {

struct ExpiryRow {
  api::Key object;      // the Certificate; with an empty name for a certificate that has no spec
  std::string account;  // "payments/prod"
  std::string region;
  std::string arn;
  std::string domain;
  std::optional<Time> expires;  // absent: not issued yet, or missing
  bool assured = false;         // somebody will renew it in time, as far as is known
  std::string renewal;          // who renews: "ACM renews", "certloop renews", "the owner renews"
  std::string why;              // why not, or on what ground: "not in use by any service"
  std::optional<Time> next;     // when the next step is due
  std::string next_step;        // "renewal begins", "replacement"
  std::vector<std::string> used_by;
  bool missing = false;  // AWS has it no more: worse than expired
  bool operator==(const ExpiryRow&) const = default;
};

struct Expiry {
  Time generated{};
  Coverage coverage;
  // Only what expires in this time, has expired or is missing; absent: everything.
  std::optional<Duration> within;
  std::vector<ExpiryRow> rows;  // earliest expiry first
  bool operator==(const Expiry&) const = default;
};

void sort(Expiry& expiry);

// unread if anything could not be read; else difference if `within` is given and there is any row,
// or a row has expired or is missing; else done.
Exit exit_of(const Expiry& expiry);

}  // namespace certloop::report
