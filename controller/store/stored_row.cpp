#include "store/stored_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/digest.h"
#include "base/secret.h"
#include "base/text.h"
#include "store/store.h"

namespace certloop::store {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 4> kFields = {"metadata", "managed", "body", "status"};

// The years that RFC 3339 can write.
constexpr std::int64_t kEarliest = 0;
constexpr std::int64_t kLatest = 253'402'300'799'999;

std::string metadata_text(const api::Metadata& meta) {
  Json json = Json::object();
  if (!meta.labels.empty()) json["labels"] = meta.labels;
  if (!meta.annotations.empty()) json["annotations"] = meta.annotations;
  if (!meta.finalizers.empty()) json["finalizers"] = meta.finalizers;
  for (const auto& owner : meta.owners)
    json["owners"].push_back(
        {{"kind", api::info_of(owner.kind).name}, {"name", owner.name}, {"uid", owner.uid}});
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void read_metadata(const Json& json, api::Metadata& meta) {
  if (const auto at = json.find("labels"); at != json.end()) at->get_to(meta.labels);
  if (const auto at = json.find("annotations"); at != json.end()) at->get_to(meta.annotations);
  if (const auto at = json.find("finalizers"); at != json.end()) at->get_to(meta.finalizers);
  const auto owners = json.find("owners");
  if (owners == json.end()) return;
  for (const Json& owner : *owners) {
    const auto kind = api::kind_named(owner.at("kind").get_ref<const std::string&>());
    if (kind) meta.owners.push_back({*kind, owner.at("name"), owner.at("uid")});
  }
}

std::int64_t number_of(Time time) { return time.time_since_epoch().count(); }
bool is_time(std::int64_t number) { return kEarliest <= number && number <= kLatest; }

SealPlace place_of(const StoredRow& row, std::string_view field, std::string_view revision) {
  return {row.kind, row.space, row.name, row.uid, field, revision};
}

// How the row names itself; its columns may hold anything.
std::string name_of(const StoredRow& row) {
  return fmt::format("{} {}/{}", printable(row.kind), printable(row.space), printable(row.name));
}

Error damaged(const StoredRow& row, std::string_view what) {
  return Error(Code::internal, fmt::format("{}: {}: restore the state from a backup; until then "
                                           "this object is left as it is in AWS",
                                           name_of(row), what))
      .because(kDamaged);
}

using Open = Result<std::string> (Sealer::*)(std::string_view, const SealPlace&) const;

Result<StoredValues> each_opened(const StoredRow& row, const Sealer& sealer, Open open) {
  StoredValues plain;
  const std::string revision = std::to_string(row.revision);
  for (std::size_t i = 0; i < plain.size(); ++i)
    plain[i] = TRY((sealer.*open)(row.values[i], place_of(row, kFields[i], revision)));
  return plain;
}

// Adds a part with its length before it, so that no two rows give the same bytes.
void add(std::string& to, std::string_view part) {
  fmt::format_to(std::back_inserter(to), "{}:", part.size());
  to += part;
}
void add(std::string& to, std::int64_t number) {
  fmt::format_to(std::back_inserter(to), "{};", number);
}

// Whether the values stand as a row of this kind must have them.
Result<void> check_seal(const StoredRow& row, api::Kind kind) {
  if (is_sealed(kind) && !row.sealed_by)
    return damaged(row, "it must be sealed and is not: it was not written by certloop");
  if (!is_sealed(kind) && row.sealed_by)
    return damaged(row, "it is sealed, and objects of its kind are not");
  return {};
}

Result<void> set_values(const StoredRow& row, StoredValues values, api::Object& object) {
  if (values[0] != "{}") {
    const Json json = Json::parse(values[0], nullptr, false);
    if (row.sealed_by) wipe(values[0]);
    if (!json.is_object()) return damaged(row, "its stored metadata is damaged");
    try {
      read_metadata(json, object.meta);
    } catch (const Json::exception&) {
      return damaged(row, "its stored metadata is damaged");
    }
  }
  object.meta.managed_fields = api::Document::from_canonical(std::move(values[1]));
  object.body = api::Document::from_canonical(std::move(values[2]));
  object.status = api::Document::from_canonical(std::move(values[3]));
  return {};
}

}  // namespace

bool is_sealed(api::Kind kind) { return kind == api::Kind::secret; }

std::string checksum_of(const StoredRow& row) {
  std::string all;
  std::size_t size = 256;
  for (const std::string_view value : row.values) size += value.size();
  all.reserve(size);
  for (const std::string_view part : {row.kind, row.space, row.name, row.uid}) add(all, part);
  for (const std::int64_t number : {row.generation, row.revision, row.created}) add(all, number);
  if (row.deleted) add(all, *row.deleted);
  for (const std::string_view value : row.values) add(all, value);
  if (row.sealed_by) add(all, *row.sealed_by);
  return sha256(all);
}

Result<StoredValues> values_of(const api::Object& object, const Sealer& sealer) {
  StoredValues plain = {metadata_text(object.meta), object.meta.managed_fields.text(),
                        object.body.text(), object.status.text()};
  if (!is_sealed(object.kind)) return plain;
  const StoredValues none;
  return sealed(std::move(plain), row_of(object, none), sealer);
}

Result<StoredValues> opened(const StoredRow& row, const Sealer& sealer) {
  if (row.sealed_by) return each_opened(row, sealer, &Sealer::open);
  StoredValues plain;
  std::copy(row.values.begin(), row.values.end(), plain.begin());
  return plain;
}

Result<StoredValues> opened_first_format(const StoredRow& row, const Sealer& sealer) {
  return each_opened(row, sealer, &Sealer::open_first_format);
}

Result<StoredValues> sealed(StoredValues plain, const StoredRow& row, const Sealer& sealer) {
  const std::string revision = std::to_string(row.revision);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    std::string value = TRY(sealer.seal(plain[i], place_of(row, kFields[i], revision)));
    wipe(plain[i]);
    plain[i] = std::move(value);
  }
  return plain;
}

StoredRow row_of(const api::Object& object, const StoredValues& values) {
  StoredRow row;
  const api::Metadata& meta = object.meta;
  row.kind = api::info_of(object.kind).name;
  row.space = meta.space;
  row.name = meta.name;
  row.uid = meta.uid;
  row.generation = meta.generation;
  row.revision = std::stoll(meta.version);
  row.created = number_of(meta.created);
  if (meta.deleted) row.deleted = number_of(*meta.deleted);
  for (std::size_t i = 0; i < values.size(); ++i) row.values[i] = values[i];
  return row;
}

Result<api::Object> object_of(const StoredRow& row, const Sealer& sealer) {
  const auto kind = api::kind_named(row.kind);
  if (!kind || api::info_of(*kind).name != row.kind)
    return damaged(row, "this program does not know its kind");
  TRY(check_seal(row, *kind));
  if (row.checksum != checksum_of(row))
    return damaged(row, "its row in the database is damaged, or was changed by hand");
  if (!is_time(row.created) || (row.deleted && !is_time(*row.deleted)))
    return damaged(row, "its stored times are damaged");
  auto values = opened(row, sealer);
  if (!values)
    return std::move(values).error().because(kDamaged);

  api::Object object;
  object.kind = *kind;
  api::Metadata& meta = object.meta;
  meta.space = row.space;
  meta.name = row.name;
  meta.uid = row.uid;
  meta.generation = row.generation;
  meta.version = std::to_string(row.revision);
  meta.created = Time(Duration(row.created));
  if (row.deleted) meta.deleted = Time(Duration(*row.deleted));
  TRY(set_values(row, std::move(values).value(), object));
  return object;
}

api::Key key_of(const StoredRow& row, api::Kind meant) {
  return {api::kind_named(row.kind).value_or(meant), std::string(row.space),
          std::string(row.name)};
}

}  // namespace certloop::store
