#pragma once
// One object as the columns of its row, and back: where values are sealed, and where a row shows
// that it is what was written. Pure; thread-safe, as far as the sealer is.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/object.h"
#include "base/result.h"
#include "store/seal.h"

namespace certloop::store {

// The columns, by SQLite's or somebody else's memory: valid as long as that is.
struct StoredRow {
  std::string_view kind, space, name, uid;
  std::int64_t generation = 0;
  std::int64_t revision = 0;  // the version at which the row was written and its values sealed
  std::int64_t created = 0;   // milliseconds since 1970
  std::optional<std::int64_t> deleted;
  std::array<std::string_view, 4> values;     // metadata, managed fields, body, status
  std::optional<std::string_view> sealed_by;  // the key's id; absent: the values are plain
  std::string_view checksum;                  // checksum_of() the rest
};

// The four values of an object, plain or sealed.
using StoredValues = std::array<std::string, 4>;

bool is_sealed(api::Kind kind);

// 32 bytes over every other column: a flipped bit in any of them shows.
std::string checksum_of(const StoredRow& row);

// What stands in the columns for the object's values; sealed if its kind is. object.meta.version is
// the revision. Errors: those of the sealer.
Result<StoredValues> values_of(const api::Object& object, const Sealer& sealer);
// The values of a row as they are, opened if need be, and sealed for the row that they stand in.
// Errors: those of the sealer.
Result<StoredValues> opened(const StoredRow& row, const Sealer& sealer);
// The same for a sealed row of schema 1; for the migration only.
Result<StoredValues> opened_first_format(const StoredRow& row, const Sealer& sealer);
Result<StoredValues> sealed(StoredValues plain, const StoredRow& row, const Sealer& sealer);

// The row of an object, without its checksum. Both arguments must outlive it.
StoredRow row_of(const api::Object& object, const StoredValues& values);

// The object that a row holds. Error: internal, reason kDamaged (the row is not as it was written;
// its values must be sealed and are not; the seal is broken or belongs to another object; the key
// is unknown), naming the object and what restores it.
Result<api::Object> object_of(const StoredRow& row, const Sealer& sealer);

// The key as far as the columns tell it; a kind that is not known becomes `meant`.
api::Key key_of(const StoredRow& row, api::Kind meant);

}  // namespace certloop::store
