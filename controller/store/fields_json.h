#pragma once
// Sets of fields as trees in FieldsV1 form, and what merging does with them. Only merge.cpp and
// fields.cpp include this. Pure functions.
//
// A tree is a JSON object whose keys are "f:name" (member of an object), "v:<json>" (item of a
// set), "k:<json>" (item of a keyed list, by its keys) and "." (the item itself). {} is a leaf: the
// value there is owned as it is.
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "store/merge.h"

namespace certloop::store::fields {

using Json = nlohmann::json;

// Where we are, twice: as ListTypes asks ("spec.targets.regions") and as people read it
// ("spec.targets[name=\"x\"].regions").
struct Path {
  std::string type;
  std::string shown;

  Path member(std::string_view name) const;
  Path item(std::string_view token) const;
};

using TypeAt = std::function<ListType(std::string_view path)>;

// The token of a list's item: "v:..." or "k:...". Error: invalid (a key is missing).
Result<std::string> token_of(const Json& item, const ListType& type, const Path& path);

// All fields of a value. Error: invalid (see token_of; an item that stands twice).
Result<Json> of(const Json& value, const Path& path, const TypeAt& type_at);

Json joined(Json a, const Json& b);
// What of `a` is not in `b`.
Json without(const Json& a, const Json& b);

// `wanted` over `live`: objects member by member, lists by their type.
Json merged(const Json& live, const Json& wanted, const Path& path, const TypeAt& type_at);

// What of the value the tree names; the rest is gone.
Json projected(const Json& value, const Json& tree, const Path& path, const TypeAt& type_at);

// The value without what the tree names.
void remove(Json& value, const Json& tree, const Path& path, const TypeAt& type_at);

// What of the tree is there in the value.
Json present(const Json& tree, const Json& value, const Path& path, const TypeAt& type_at);

// What of the tree has another value in `next` than in `live` (null: absent); the paths of it, for
// people, are added to `shown`.
Json changed(const Json& tree, const Json* live, const Json* next, const Path& path,
             const TypeAt& type_at, std::vector<std::string>& shown);

}  // namespace certloop::store::fields
