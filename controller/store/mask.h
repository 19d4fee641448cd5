#pragma once
// Secrets as they are shown, and as they are kept. Pure; thread-safe.
#include <string_view>
#include <utility>

#include "api/masked_value.h"
#include "api/object.h"
#include "base/result.h"

namespace certloop::store {

using api::kMask;

// The object as it may be shown: of a Secret each value in data and stringData, also inside
// annotations that keep Secrets as JSON (what was last applied; a list of them), is the mask; an
// annotation in which a value occurs otherwise, escaped or wrapped, is the mask as a whole. Other
// kinds come back as they are.
api::Object masked(const api::Object& object);

// Both as masked() shows them, for a comparison: a mask that stands for different values on the two
// sides reads "*** (before)" and "*** (after)", in annotations too, so that a change shows and no
// value does.
std::pair<api::Object, api::Object> masked_apart(const api::Object& before,
                                                 const api::Object& after);

// A Secret as it is stored: stringData folded into data, and each mask (in data also its base64),
// in annotations too, replaced by what `live` (null: a new object) has there, so that what was read
// masked can be written back, edited beside the masks. Other kinds come back as they are. Error:
// invalid (a mask in data with no value behind it; a value of stringData that is not a string).
Result<api::Object> unmasked(api::Object wanted, const api::Object* live);

}  // namespace certloop::store
