#include <fmt/format.h>

#include <array>

#include "store/rows.h"

namespace certloop::store {
namespace {

// One entry per version of the schema; only ever appended to. Columns of type ANY hold text, or a
// blob where the value is sealed. `revision` is the version at which a value was sealed.
constexpr std::array<const char*, 1> kSteps = {R"sql(
CREATE TABLE objects (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL, space TEXT NOT NULL, name TEXT NOT NULL, uid TEXT NOT NULL UNIQUE,
  generation INTEGER NOT NULL, revision INTEGER NOT NULL, created INTEGER NOT NULL, deleted INTEGER,
  metadata ANY NOT NULL, managed ANY NOT NULL, body ANY NOT NULL, status ANY NOT NULL,
  sealed_by TEXT,
  UNIQUE (kind, space, name)
) STRICT;
CREATE INDEX objects_sealed_by ON objects (sealed_by) WHERE sealed_by IS NOT NULL;

CREATE TABLE owners (
  uid TEXT NOT NULL,
  object INTEGER NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
  PRIMARY KEY (uid, object)
) STRICT, WITHOUT ROWID;
CREATE INDEX owners_object ON owners (object);

CREATE TABLE changes (
  version INTEGER PRIMARY KEY,
  removed INTEGER NOT NULL,
  kind TEXT NOT NULL, space TEXT NOT NULL, name TEXT NOT NULL, uid TEXT NOT NULL,
  generation INTEGER NOT NULL, revision INTEGER NOT NULL, created INTEGER NOT NULL, deleted INTEGER,
  metadata ANY NOT NULL, managed ANY NOT NULL, body ANY NOT NULL, status ANY NOT NULL,
  sealed_by TEXT
) STRICT;
CREATE INDEX changes_kind ON changes (kind, version);
CREATE INDEX changes_sealed_by ON changes (sealed_by) WHERE sealed_by IS NOT NULL;
)sql"};

Result<std::int64_t> schema_version(Connection& connection) {
  Statement statement = TRY(connection.prepare("PRAGMA user_version"));
  TRY(statement.step());
  return statement.integer(0);
}

}  // namespace

Result<void> migrate(Connection& connection) {
  constexpr auto kNewest = static_cast<std::int64_t>(kSteps.size());
  const std::int64_t found = TRY(schema_version(connection));
  if (found == kNewest) return {};
  if (found > kNewest || found < 0)
    return Error(Code::invalid,
                 fmt::format("the state has schema {}, this program knows {}: it was made by a "
                             "newer certloop; use that one, or another state directory",
                             found, kNewest));
  Transaction transaction = TRY(Transaction::write(connection));
  for (std::int64_t step = found; step < kNewest; ++step)
    TRY(connection.execute(kSteps[static_cast<std::size_t>(step)]));
  TRY(connection.execute(fmt::format("PRAGMA user_version = {}", kNewest)));
  return transaction.commit();
}

}  // namespace certloop::store
