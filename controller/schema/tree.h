#pragma once
// The schema's work on parsed trees, for spec/, which has them at hand: so that 100,000 specs need
// not be written out and parsed again at each step. An object is "whole" here: apiVersion, kind,
// metadata and the rest in one JSON object. Thread-safe.
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "api/kind.h"
#include "schema/node.h"
#include "schema/schema.h"

namespace certloop::schema {

// The JSON that a written tree means for this field: plain scalars take the type that the field has
// (`country: NO` is a string, `accountId: 012345678901` keeps its zero). A scalar that does not fit
// becomes a string, which validation then refuses by name.
nlohmann::json typed(const Field& field, const Node& node);

void apply_defaults(const Field& field, nlohmann::json& value);

// As validate(), on the whole object; `old` may be null.
std::vector<Fault> check(api::Kind kind, const nlohmann::json& whole, const nlohmann::json* old,
                         const std::vector<std::string>& allowed_endpoints);

// How paths are written: "spec" and "tags" give "spec.tags", "a/b" gives "spec[a/b]".
std::string path_to(const std::string& parent, std::string_view key);
std::string path_to(const std::string& parent, std::size_t index);

}  // namespace certloop::schema
