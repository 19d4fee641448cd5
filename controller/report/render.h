#pragma once
// One model, many renderers: what is printed of a plan, a drift report, ... Pure
// functions; thread-safe. Foreign text is escaped for where it goes.
#include <cstddef>
#include <string>

#include "report/choices.h"
#include "report/drift.h"
#include "report/expiry.h"
#include "report/plan.h"
#include "report/preflight.h"
#include "report/table.h"

namespace certloop::report {

enum class Format { table, wide, json, yaml };

// `layout` counts for tables only.
std::string render(const Plan& plan, Format format, const Layout& layout);
std::string render(const Drift& drift, Format format, const Layout& layout);
std::string render(const Expiry& expiry, Format format, const Layout& layout);
std::string render(const Preflight& preflight, Format format, const Layout& layout);
std::string render(const Choices& choices, Format format, const Layout& layout);

// One line, canonical: {"format": "certloop.dev/drift/v1", ...}; the schemas are published under
// manifests/schemas/. Times are RFC 3339.
std::string json_of(const Plan& plan);
std::string json_of(const Drift& drift);
std::string json_of(const Expiry& expiry);
std::string json_of(const Preflight& preflight);
std::string json_of(const Choices& choices);

}  // namespace certloop::report
