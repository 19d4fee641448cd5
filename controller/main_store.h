#pragma once
// What the schema tells the store: the checks that every writer passes, and how lists merge. Pure.
#include <string_view>

#include "store/sqlite_store.h"

namespace certloop {

// store::Admission: defaults set, then everything that is wrong named (invalid).
Result<api::Object> admitted(api::Object wanted, const api::Object* old);

// store::ListTypes.
store::ListType list_type(api::Kind kind, std::string_view path);

}  // namespace certloop
