#pragma once
// Conditions, as Kubernetes' API conventions define them.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace certloop::api {

enum class Truth { yes, no, unknown };  // on the wire: "True", "False", "Unknown"

struct Condition {
  std::string type;  // an adjective or past participle: "Ready", "Issued", "InSync"
  Truth status = Truth::unknown;
  std::string reason;   // CamelCase word for programs
  std::string message;  // sentence for people: what is wrong, where, what to do
  std::int64_t observed_generation = 0;
  Time since{};  // lastTransitionTime: moves only when status moves; whole seconds

  bool operator==(const Condition&) const = default;
};
using Conditions = std::vector<Condition>;

// Adds the condition or replaces the one of its type; keeps `since` unless the status changed.
void set(Conditions& all, Condition next);
void remove(Conditions& all, std::string_view type);
const Condition* find(const Conditions& all, std::string_view type);
bool is_true(const Conditions& all, std::string_view type);

}  // namespace certloop::api
