#pragma once
// One model, many renderers: what is printed of a plan, a drift report and an expiry list. Pure
// functions; thread-safe. Foreign text is escaped for where it goes.
#include <cstddef>
#include <string>

#include "report/drift.h"
#include "report/expiry.h"
#include "report/plan.h"
#include "report/table.h"

namespace certloop::report {

enum class Format { table, wide, json, yaml };

// `layout` counts for tables only.
std::string render(const Plan& plan, Format format, const Layout& layout);
std::string render(const Drift& drift, Format format, const Layout& layout);
std::string render(const Expiry& expiry, Format format, const Layout& layout);

// One line, canonical: {"format": "certloop.dev/drift/v1", ...}; the schemas are published under
// manifests/schemas/. Times are RFC 3339.
std::string json_of(const Plan& plan);
std::string json_of(const Drift& drift);
std::string json_of(const Expiry& expiry);

}  // namespace certloop::report
