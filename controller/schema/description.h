#pragma once
// Private to this folder: one kind as described, and the registry of all.
#include <vector>

#include "api/kind.h"
#include "base/result.h"
#include "schema/field.h"
#include "schema/node.h"

namespace certloop::schema {

struct Description {
  Field root;
  std::vector<Column> columns;
};

// Reads a CustomResourceDefinition (or what core/ holds in the same form) into a Description.
// `metadata` becomes the field of that name. Error: internal, naming the place.
Result<Description> read_description(std::string_view text);
// Reads a schema on its own (core/metadata.yaml).
Result<Field> read_field(const Node& schema, const std::string& path);
Result<Node> read_single_document(std::string_view text);

// Read at first use. Error: internal.
const Result<std::vector<Description>>& descriptions();
const Description& description_of(api::Kind kind);

}  // namespace certloop::schema
