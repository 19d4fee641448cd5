#pragma once
// What can be chosen in one account and region (`choices`). Plain values; renderers are in
// render.h.
#include <optional>
#include <string>
#include <vector>

#include "api/kind.h"
#include "report/coverage.h"

namespace certloop::report {

struct Choice {
  api::Key object;  // what declares it; with an empty name: AWS has it and no object declares it
  std::string arn;  // empty: declared, not yet made
  std::string state, key_algorithm;
  std::string usage_mode;         // of a CA
  std::string domain;             // of a certificate
  std::optional<Time> not_after;  // absent: not known
  bool can_choose = false;
  std::string why;  // why not, or what to do first; may be empty
  bool operator==(const Choice&) const = default;
};

struct Choices {
  std::string subject;  // "authorities", "certificates"
  Time generated{};
  std::string account, region;  // "payments/prod"
  std::string space;            // whose choice it is
  std::vector<Choice> rows;     // those that can be chosen first, then by object and ARN
  std::vector<Unread> unread;
  bool operator==(const Choices&) const = default;
};

void sort(Choices& choices);

// unread if AWS could not be read, else done.
Exit exit_of(const Choices& choices);

}  // namespace certloop::report
