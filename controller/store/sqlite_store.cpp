// The reading half of the embedded store; sqlite_write.cpp holds the other.
#include "store/sqlite_store.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/text.h"
#include "store/database.h"
#include "store/labels.h"
#include "store/rows.h"

namespace certloop::store {
namespace {

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// Whether the log still tells everything since `version`.
Result<void> check_reach(Rows& rows, std::int64_t version, std::string_view what) {
  const std::int64_t oldest = TRY(rows.oldest());
  const std::int64_t newest = TRY(rows.version());
  if (version >= oldest && version <= newest) return {};
  return Error(Code::conflict, fmt::format("{} {}: the store tells what happened since {} only, up "
                                           "to {}: list again",
                                           what, version, oldest, newest))
      .because("Expired");
}

// A page's continue token: the kind, the version of the first page, the last object so far.
struct Token {
  std::int64_t version = 0;
  std::pair<std::string, std::string> last;  // namespace, name
};

std::string text_of(const Token& token, api::Kind kind) {
  // The names of a damaged row may be any bytes.
  const nlohmann::json json = {api::info_of(kind).name, token.version, to_base64(token.last.first),
                               to_base64(token.last.second)};
  return to_base64(json.dump());
}

Result<Token> read_token(const std::string& text, api::Kind kind) {
  const auto bytes = from_base64(text);
  const auto json = nlohmann::json::parse(bytes.value_or(""), nullptr, false);
  const bool good = json.is_array() && json.size() == 4 && json[0] == api::info_of(kind).name &&
                    json[1].is_number_integer() && json[2].is_string() && json[3].is_string();
  const auto space = good ? from_base64(json[2].get_ref<const std::string&>()) : std::nullopt;
  const auto name = good ? from_base64(json[3].get_ref<const std::string&>()) : std::nullopt;
  if (!space || !name)
    return Error(Code::invalid,
                 fmt::format("continue token \"{}\": not a token for a listing of {}; begin "
                             "without one",
                             printable(text), api::info_of(kind).plural));
  return Token{json[1], {*space, *name}};
}

// Where to look, by what the selector says of names. None: nothing can match.
Result<std::optional<Rows::Range>> range_of(const Selector& selector) {
  Rows::Range range{selector.kind, selector.space, std::nullopt, std::nullopt};
  for (const auto& [field, value] : selector.fields) {
    if (field == "metadata.name") {
      range.name = value;
    } else if (field == "metadata.namespace") {
      if (range.space && *range.space != value) return std::optional<Rows::Range>();
      range.space = value;
    } else {
      return Error(Code::invalid,
                   fmt::format("field selector \"{}\": this field cannot be selected by; use "
                               "metadata.name or metadata.namespace",
                               printable(field)));
    }
  }
  return std::optional<Rows::Range>(std::move(range));
}

// Follows one kind from a version on. Not thread-safe.
class LogWatch final : public Watch {
 public:
  LogWatch(std::shared_ptr<const Database> database, api::Kind kind, std::int64_t version)
      : database_(std::move(database)), kind_(kind), version_(version) {}

  Result<std::vector<Event>> poll() override {
    return database_->read([&](Rows& rows) -> Result<std::vector<Event>> {
      std::vector<Event> events;
      const std::int64_t newest = TRY(rows.version());
      if (newest == version_) return events;
      TRY(check_reach(rows, version_, "watch from"));
      std::vector<Change> changes = TRY(rows.changes_after(version_, kind_));
      for (Change& change : changes)
        events.push_back(
            {change.removed ? Event::Type::removed : Event::Type::put, std::move(change.object)});
      version_ = newest;
      return events;
    });
  }

 private:
  std::shared_ptr<const Database> database_;
  api::Kind kind_;
  std::int64_t version_;
};

}  // namespace

SqliteStore::SqliteStore(std::shared_ptr<Database> database, Options options)
    : database_(std::move(database)), options_(std::move(options)) {}

SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::filesystem::path& directory,
                                                       Options options) {
  auto database = TRY(Database::open(directory, options.make, options.sealer, options.log_length));
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(database), std::move(options)));
}

bool SqliteStore::exists(const std::filesystem::path& directory) {
  return Database::exists(directory);
}

Result<api::Object> SqliteStore::get(const api::Key& key) const {
  auto row = TRY(database_->read([&](Rows& rows) { return rows.find(key); }));
  if (!row)
    return Error(Code::not_found, fmt::format("{}: not found in {}", api::text_of(key), name()));
  return std::move(row->object);
}

Result<Listing> SqliteStore::list(const Selector& selector) const {
  const LabelSelector labels = TRY(LabelSelector::parse(selector.labels));
  auto range = TRY(range_of(selector));
  std::optional<Token> token;
  if (!selector.after.empty()) token = TRY(read_token(selector.after, selector.kind));
  if (token && range) range->after = token->last;

  return database_->read([&](Rows& rows) -> Result<Listing> {
    Listing listing;
    // Further pages show later states, but carry the version of the first: a watch from there
    // tells whatever has been missed between them.
    std::int64_t version = TRY(rows.version());
    if (token) {
      version = token->version;
      TRY(check_reach(rows, version, "continue token of version"));
    }
    listing.version = std::to_string(version);
    if (!range) return listing;
    // The last one that this page tells of, readable or not: the next page begins after it.
    std::pair<std::string, std::string> last;
    const auto take = [&](api::Object object) {
      if (!labels.matches(object.meta.labels)) return true;
      if (selector.limit != 0 && listing.objects.size() == selector.limit) {
        listing.more = text_of({version, last}, selector.kind);
        return false;
      }
      last = {object.meta.space, object.meta.name};
      listing.objects.push_back(std::move(object));
      return true;
    };
    const auto skip = [&](Unreadable unreadable) {
      last = {unreadable.key.space, unreadable.key.name};
      listing.unreadable.push_back(std::move(unreadable));
    };
    TRY(rows.scan(*range, take, skip));
    return listing;
  });
}

Result<std::unique_ptr<Watch>> SqliteStore::watch(api::Kind kind, const std::string& version) {
  const auto number = number_in(version);
  if (!number)
    return Error(Code::invalid, fmt::format("watch from \"{}\": this is no version of a listing",
                                            printable(version)));
  TRY(database_->read([&](Rows& rows) { return check_reach(rows, *number, "watch from"); }));
  return std::unique_ptr<Watch>(std::make_unique<LogWatch>(database_, kind, *number));
}

void SqliteStore::wait_for_change(Duration most, std::stop_token stop) {
  database_->changes().wait(most, stop);
}

Result<void> SqliteStore::check_intact() const { return database_->check_intact(); }

std::string SqliteStore::name() const { return database_->name(); }

}  // namespace certloop::store
