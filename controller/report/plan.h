#pragma once
// What `certloop plan` and `diff` show: every call that will change AWS, in order, and the waits
// between them. Plain values; renderers are in render.h.
#include <vector>

#include "api/difference.h"
#include "report/coverage.h"

namespace certloop::report {

// What is not as its spec says although no call would be made for it now: something must come
// first (a Secret, a CA, a person), or it is only observed.
struct Held {
  api::Key object;
  std::string account, region;  // the placement; may be empty
  std::string message;          // why, and what to do
  bool operator==(const Held&) const = default;
};

struct Plan {
  Time generated{};
  Coverage coverage;
  std::vector<api::Step> steps;  // in the order in which they will be done, object by object
  std::vector<Held> held = {};   // of none of these is there a step
  bool operator==(const Plan&) const = default;
};

struct PlanCounts {
  std::size_t create = 0, change = 0, remove = 0, wait = 0;
  std::size_t arn_changes = 0;  // steps after which a certificate has another ARN
};

// What a step does to AWS, by the verb that its operation's name begins with.
enum class Effect { create, change, remove, wait };
Effect effect_of(const api::Step& step);
std::string_view name_of(Effect effect);  // "create", "change", "delete", "wait"

PlanCounts counts_of(const Plan& plan);
// unread if anything could not be read, else difference if there is any step or anything held, else
// done.
Exit exit_of(const Plan& plan);

}  // namespace certloop::report
