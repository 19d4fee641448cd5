#include "store/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "store/fields_json.h"

namespace certloop::store {
namespace {

using fields::Json;
using fields::Path;

constexpr const char* kMetadata = "metadata";

// SECURITY, "A source is confined": whom an object trusts is one manager's to say. Who repeats
// these values would own them as well, and could change them once the other has let them go.
constexpr const char* kUnsharedFields[] = {"allowedNamespaces", "authentication", "endpointUrl",
                                           "endpoints"};

// What files were applied as before `apply` and `run` had one name: the same owner.
constexpr const char* kFileManager = "certloop";
constexpr const char* kFormerFileManagers[] = {"certloop-apply", "certloop-source"};

Json metadata_of(const api::Metadata& meta) {
  Json json = Json::object();
  if (!meta.labels.empty()) json["labels"] = meta.labels;
  if (!meta.annotations.empty()) json["annotations"] = meta.annotations;
  if (!meta.finalizers.empty()) json["finalizers"] = meta.finalizers;
  for (const auto& owner : meta.owners)
    json["ownerReferences"].push_back(
        {{"kind", api::info_of(owner.kind).name}, {"name", owner.name}, {"uid", owner.uid}});
  return json;
}

// `json` has the shape that metadata_of gives: the merge only joins such values.
void set_metadata(const Json& json, api::Metadata& meta) {
  meta.labels = json.value("labels", decltype(meta.labels)());
  meta.annotations = json.value("annotations", decltype(meta.annotations)());
  meta.finalizers = json.value("finalizers", decltype(meta.finalizers)());
  meta.owners.clear();
  for (const Json& owner : json.value("ownerReferences", Json::array())) {
    const auto kind = api::kind_named(owner.at("kind").get_ref<const std::string&>());
    if (kind) meta.owners.push_back({*kind, owner.at("name"), owner.at("uid")});
  }
}

// An explicit null asks for nothing, as an absent field does.
void drop_nulls(Json& value) {
  if (!value.is_object()) return;
  for (auto member = value.begin(); member != value.end();) {
    if (member->is_null()) {
      member = value.erase(member);
      continue;
    }
    drop_nulls(*member);
    ++member;
  }
}

// What managers can own of an object: its body, and four members of its metadata.
Result<Json> subject_of(const api::Object& object) {
  Json subject = Json::parse(object.body.text(), nullptr, false);
  if (!subject.is_object()) return Error(Code::invalid, "its body is not a JSON object");
  drop_nulls(subject);
  Json metadata = metadata_of(object.meta);
  if (!metadata.empty()) subject[kMetadata] = std::move(metadata);
  return subject;
}

void disown(Json& tree, const char* member, const char* name) {
  const auto metadata = tree.find("f:metadata");
  if (metadata == tree.end()) return;
  const auto names = metadata->find(member);
  if (names == metadata->end()) return;
  names->erase(std::string("f:") + name);
  if (names->empty()) metadata->erase(names);
  if (metadata->empty()) tree.erase(metadata);
}

// The marks of a source are in no manager's fields, nor in those of states that had them there.
void disown_source(Json& tree) {
  disown(tree, "f:labels", kSourceLabel);
  disown(tree, "f:annotations", kSourceFileAnnotation);
}

// That somebody asked for a fresh look is in no file: who applies an object as it was read neither
// asks again nor takes back what was asked since.
void forget_reconcile_request(Json& config) {
  const auto metadata = config.find(kMetadata);
  if (metadata == config.end()) return;
  const auto annotations = metadata->find("annotations");
  if (annotations == metadata->end()) return;
  annotations->erase(api::kReconcileRequested);
  if (annotations->empty()) metadata->erase(annotations);
  if (metadata->empty()) config.erase(metadata);
}

fields::TypeAt type_at(api::Kind kind, const ListTypes& list_types) {
  return [kind, &list_types](std::string_view path) -> ListType {
    if (path == "metadata.finalizers") return {ListType::Form::set, {}};
    if (path == "metadata.ownerReferences") return {ListType::Form::map, {"uid"}};
    return list_types ? list_types(kind, path) : ListType();
  };
}

// One apply under way.
class Merge {
 public:
  Merge(fields::TypeAt type_at, const ApplyOptions& options)
      : type_at_(std::move(type_at)), options_(options) {}

  Result<Json> run(const api::Object* live, const api::Object& wanted) {
    Json before = Json::object();
    if (live != nullptr) before = TRY(subject_of(*live));
    Json config = TRY(subject_of(wanted));
    forget_reconcile_request(config);
    Json mine = TRY(fields::of(config, Path(), type_at_));
    disown_source(mine);
    if (live != nullptr) managers_ = Json::parse(live->meta.managed_fields.text(), nullptr, false);
    if (!managers_.is_object()) return Error(Code::internal, "its managed fields are damaged");
    for (Json& tree : managers_) disown_source(tree);

    Json old = take_over(options_.manager);
    if (options_.manager == kFileManager)
      for (const char* former : kFormerFileManagers)
        old = fields::joined(std::move(old), take_over(former));
    TRY(refuse_co_ownership(mine, old));
    Json claimed = mine;
    for (const auto& [manager, tree] : managers_.items())
      claimed = fields::joined(std::move(claimed), tree);

    Json next = keep_claimed(fields::merged(before, config, Path(), type_at_), old, claimed);
    TRY(yield_fields(before, next));
    if (!mine.empty()) managers_[options_.manager] = mine;
    return next;
  }

  const Json& managers() const { return managers_; }

 private:
  // What the manager has owned so far; it owns nothing any more.
  Json take_over(const std::string& manager) {
    Json owned = managers_.value(manager, Json::object());
    managers_.erase(manager);
    return owned;
  }

  // Of the fields that have one owner, none that is new to this manager may be another's, equal or
  // not. With force it becomes this manager's alone.
  Result<void> refuse_co_ownership(const Json& mine, const Json& old) {
    constexpr const char* kSpec = "f:spec";
    const auto owns = [&](const Json& tree, const std::string& field) {
      const auto spec = tree.find(kSpec);
      return spec != tree.end() && spec->contains(field);
    };
    std::string conflicts;
    for (const char* name : kUnsharedFields) {
      const std::string field = std::string("f:") + name;
      if (!owns(mine, field) || owns(old, field)) continue;
      for (auto& [manager, tree] : managers_.items()) {
        if (!owns(tree, field)) continue;
        if (options_.force) tree[kSpec].erase(field);
        conflicts += fmt::format("{}spec.{} is managed by \"{}\"", conflicts.empty() ? "" : "; ",
                                 name, printable(manager));
      }
    }
    if (conflicts.empty() || options_.force) return {};
    return Error(Code::conflict, conflicts +
                                     ": remove it from the file, or apply it with "
                                     "--force-conflicts")
        .because("FieldManagerConflict");
  }

  // Removes what this manager has given up from the metadata, and what nobody claims from the body.
  Json keep_claimed(const Json& all, const Json& old, const Json& claimed) const {
    Json next = fields::projected(all, claimed, Path(), type_at_);
    const Path path = Path().member(kMetadata);
    const std::string token = std::string("f:") + kMetadata;
    Json metadata = all.value(kMetadata, Json::object());
    const Json given_up =
        fields::without(old.value(token, Json::object()), claimed.value(token, Json::object()));
    fields::remove(metadata, given_up, path, type_at_);
    next[kMetadata] = std::move(metadata);
    return next;
  }

  // Takes from the other managers what they have lost, if they may lose it.
  Result<void> yield_fields(const Json& before, const Json& next) {
    std::string conflicts;
    Json left = Json::object();
    for (const auto& [manager, tree] : managers_.items()) {
      std::vector<std::string> paths;
      const Json lost = fields::changed(tree, &before, &next, Path(), type_at_, paths);
      for (const std::string& path : paths)
        conflicts += fmt::format("{}{} is managed by \"{}\"", conflicts.empty() ? "" : "; ", path,
                                 printable(manager));
      Json rest = fields::present(fields::without(tree, lost), next, Path(), type_at_);
      if (!rest.empty()) left[manager] = std::move(rest);
    }
    if (!conflicts.empty() && !options_.force)
      return Error(Code::conflict, conflicts +
                                       ": use --force-conflicts, or remove them from the "
                                       "file")
          .because("FieldManagerConflict");
    managers_ = std::move(left);
    return {};
  }

  fields::TypeAt type_at_;
  const ApplyOptions& options_;
  Json managers_ = Json::object();
};

}  // namespace

Result<api::Object> merge(const api::Object* live, const api::Object& wanted,
                          const ApplyOptions& options, const ListTypes& list_types) {
  Merge merge(type_at(wanted.kind, list_types), options);
  auto merged = merge.run(live, wanted);
  if (!merged) return std::move(merged).error().during(api::text_of(wanted.key()));

  api::Object next;
  if (live != nullptr) next = *live;
  next.kind = wanted.kind;
  next.meta.space = wanted.meta.space;
  next.meta.name = wanted.meta.name;
  set_metadata(merged->at(kMetadata), next.meta);
  merged->erase(kMetadata);
  next.body = api::Document::from_canonical(merged->dump());
  next.meta.managed_fields = api::Document::from_canonical(merge.managers().dump());
  return next;
}

void forget_vanished(api::Object& object, const ListTypes& list_types) {
  const auto subject = subject_of(object);
  const Json managers = Json::parse(object.meta.managed_fields.text(), nullptr, false);
  if (!subject || !managers.is_object()) return;
  Json left = Json::object();
  for (const auto& [manager, tree] : managers.items()) {
    Json rest = fields::present(tree, *subject, Path(), type_at(object.kind, list_types));
    if (!rest.empty()) left[manager] = std::move(rest);
  }
  object.meta.managed_fields = api::Document::from_canonical(left.dump());
}

}  // namespace certloop::store
