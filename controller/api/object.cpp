#include "api/object.h"

#include "api/wire_json.h"
#include "base/digest.h"
#include "base/text.h"

namespace certloop::api {

template <>
struct Codec<OwnerReference> {
  static void read(const Json& from, OwnerReference& into, Fault& fault) {
    if (!from.is_object()) return fault.wrong("an object", from);
    const auto field = [&](const char* name, std::string& text) {
      fault.enter(name);
      Codec<std::string>::read(from.value(name, Json()), text, fault);
      fault.leave();
    };
    std::string kind;
    field("kind", kind);
    field("name", into.name);
    field("uid", into.uid);
    if (const std::optional<Kind> known = kind_named(kind))
      into.kind = *known;
    else
      fault.wrong("a reference to a kind that certloop knows", from);
  }
  static Json write(const OwnerReference& owner) {
    const KindInfo& info = info_of(owner.kind);
    return {{"apiVersion", info.api_version},
            {"kind", info.name},
            {"name", owner.name},
            {"uid", owner.uid}};
  }
};

template <>
struct Fields<Metadata> {
  static void list(auto& each) {
    using M = Metadata;
    each("namespace", &M::space);
    each("name", &M::name);
    each("uid", &M::uid);
    each("generation", &M::generation);
    each("resourceVersion", &M::version);
    each("creationTimestamp", &M::created);
    each("deletionTimestamp", &M::deleted);
    each("finalizers", &M::finalizers);
    each("ownerReferences", &M::owners);
    each("labels", &M::labels);
    each("annotations", &M::annotations);
  }
};

namespace {

std::string string_at(const Json& tree, const char* name) {
  const auto found = tree.find(name);
  return found != tree.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Error: invalid, with what can be written instead.
Result<Kind> kind_of(const Json& tree) {
  const std::string name = string_at(tree, "kind");
  const std::string version = string_at(tree, "apiVersion");
  if (name.empty()) return Error(Code::invalid, "kind: is missing; write 'kind: Certificate'");
  std::vector<std::string> names;
  for (const KindInfo& info : all_kinds()) {
    names.emplace_back(info.name);
    if (name != info.name) continue;
    if (version == info.api_version) return info.kind;
    return Error(Code::invalid, fmt::format("apiVersion: kind {} is of '{}', not '{}'", name,
                                            info.api_version, version));
  }
  std::string message = fmt::format("kind: '{}' is not known", printable(name));
  if (const auto meant = nearest(name, names)) message += fmt::format("; did you mean {}?", *meant);
  return Error(Code::invalid, message);
}

}  // namespace

std::string to_json(const Object& object) {
  Json out = Json::parse(object.body.text(), nullptr, false);
  if (!out.is_object()) out = Json::object();
  const KindInfo& info = info_of(object.kind);
  out["apiVersion"] = info.api_version;
  out["kind"] = info.name;
  out["metadata"] = Codec<Metadata>::write(object.meta);
  const Json status = Json::parse(object.status.text(), nullptr, false);
  if (!object.status.empty() && !status.is_discarded()) out["status"] = status;
  // What is not UTF-8 is shown as such rather than ending whoever prints.
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Object> from_json(std::string_view json) {
  Json tree = TRY(parse_strictly(json));
  if (!tree.is_object()) return Error(Code::invalid, "an object must be a JSON object");
  Object object;
  object.kind = TRY(kind_of(tree));
  Fault fault;
  fault.enter("metadata");
  Codec<Metadata>::read(tree.value("metadata", Json::object()), object.meta, fault);
  const std::string subject =
      fmt::format("{} '{}'", info_of(object.kind).name, printable(object.meta.name));
  if (!fault.text().empty()) return Error(Code::invalid, subject + ": " + fault.text());
  if (object.meta.name.empty())
    return Error(Code::invalid, subject + ": metadata.name: is missing; every object needs one");
  if (const auto status = tree.find("status"); status != tree.end()) {
    if (!status->is_object() && !status->is_null())
      return Error(Code::invalid, subject + ": status: must be an object");
    if (status->is_object()) object.status = Document::from_canonical(dumped(*status));
  }
  for (const char* name : {"apiVersion", "kind", "metadata", "status"}) tree.erase(name);
  object.body = Document::from_canonical(dumped(tree));
  return object;
}

std::string reconcile_request(const Metadata& meta) {
  const auto found = meta.annotations.find(kReconcileRequested);
  if (found == meta.annotations.end()) return "";
  constexpr std::size_t kMost = 253;  // that a status has room for
  return found->second.size() <= kMost ? found->second : sha256_hex(found->second);
}

}  // namespace certloop::api
