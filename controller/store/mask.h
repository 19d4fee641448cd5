#pragma once
// Secrets as they are shown, and as they are kept. Pure; thread-safe.
#include <string_view>

#include "api/object.h"
#include "base/result.h"

namespace certloop::store {

inline constexpr std::string_view kMask = "***";

// The object as it may be shown: of a Secret each value in data and stringData, also inside the
// annotations that keep what was last applied, is the mask; any other annotation in which a value
// occurs is the mask as a whole. Other kinds come back as they are.
api::Object masked(const api::Object& object);

// A Secret as it is kept: stringData folded into data, and each mask, also in annotations, replaced
// by what `live` (null: there is none) has there, so that what was read masked can be written back.
// Other kinds come back as they are. Error: invalid (a mask where nothing is kept; stringData with
// a value that is no string).
Result<api::Object> unmasked(api::Object wanted, const api::Object* live);

}  // namespace certloop::store
