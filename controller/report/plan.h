#pragma once
// What `certloop plan` and `diff` show: every call that will change AWS, in order, and the waits
// between them. Plain values; renderers are in render.h.
#include <vector>

#include "api/difference.h"
#include "report/coverage.h"
#include "report/held.h"

namespace certloop::report {

struct Plan {
  Time generated{};
  Coverage coverage;
  std::vector<api::Step> steps;  // in the order in which they will be done, object by object
  std::vector<Held> held = {};   // no step is about any of these
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
