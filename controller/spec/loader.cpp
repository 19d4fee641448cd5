#include "spec/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/secret.h"
#include "base/text.h"
#include "schema/tree.h"
#include "spec/fault_lines.h"

namespace certloop::spec {
namespace {

using Json = nlohmann::json;
using schema::Node;

constexpr std::size_t kMostObjectBytes = 256 << 10;  // KINDS: objects stay below 256 KiB
constexpr std::size_t kMostFaults = 1000;            // more help nobody

std::string text_at(const Node& node, std::string_view name) {
  const Node* found = node.find(name);
  return found != nullptr && found->type == Node::Type::scalar ? found->text : std::string();
}

// The kind that a document is of, or what is wrong with it.
Result<api::Kind> kind_of(const Node& node) {
  const std::string name = text_at(node, "kind");
  if (name.empty())
    return Error(Code::invalid, "kind: must be set; write the kind, as kind: Certificate");
  std::vector<std::string> names;
  for (const api::KindInfo& info : api::all_kinds()) {
    if (!info.internal) names.emplace_back(info.name);
    if (name != info.name) continue;
    const std::string version = text_at(node, "apiVersion");
    if (version.empty())
      return Error(Code::invalid,
                   fmt::format("apiVersion: must be set; write apiVersion: {}", info.api_version));
    if (version != info.api_version)
      return Error(Code::invalid, fmt::format("apiVersion: must be {} for kind {}, is '{}'; "
                                              "correct it",
                                              info.api_version, info.name, printable(version)));
    if (info.internal)
      return Error(Code::invalid, fmt::format("kind: {} is made by the controller only; remove the "
                                              "document",
                                              info.name));
    return info.kind;
  }
  std::optional<std::string> meant = nearest(name, names);
  for (const std::string& known : names)
    if (lower(known) == lower(name)) meant = known;
  return Error(Code::invalid,
               fmt::format("kind: '{}' is not known; {}", printable(name),
                           meant ? fmt::format("did you mean {}?", *meant)
                                 : fmt::format("the kinds are {}", join(names, ", "))));
}

std::string string_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

void read_owners(const Json& metadata, api::Metadata& meta) {
  const auto owners = metadata.find("ownerReferences");
  if (owners == metadata.end()) return;
  for (const Json& owner : *owners) {
    const auto kind = api::kind_named(string_at(owner, "kind"));
    if (kind) meta.owners.push_back({*kind, string_at(owner, "name"), string_at(owner, "uid")});
  }
}

// From validated metadata; what only the store makes is passed over.
api::Metadata metadata_of(const Json& metadata) {
  api::Metadata meta;
  meta.name = string_at(metadata, "name");
  meta.space = string_at(metadata, "namespace");
  for (const auto& [into, name] :
       {std::pair{&meta.labels, "labels"}, std::pair{&meta.annotations, "annotations"}})
    if (const auto found = metadata.find(name); found != metadata.end())
      for (const auto& [key, value] : found->items()) into->emplace(key, value.get<std::string>());
  if (const auto found = metadata.find("finalizers"); found != metadata.end())
    meta.finalizers = found->get<std::vector<std::string>>();
  read_owners(metadata, meta);
  return meta;
}

}  // namespace

void Loader::fault(int line, std::string_view subject, std::string_view what) {
  if (faults_.size() == kMostFaults) faults_.emplace_back("(there is more; correct these first)");
  if (faults_.size() >= kMostFaults) return;
  faults_.push_back(subject.empty() ? fmt::format("{}:{}: {}", file_, line, what)
                                    : fmt::format("{}:{}: {}: {}", file_, line, subject, what));
}

void Loader::add_text(std::string text, const std::string& file) {
  file_ = file;
  const auto broken = schema::read_documents(
      text, [this](schema::TextDocument document) { add_document(std::move(document)); });
  if (broken) fault(broken->line, "", broken->message);
  wipe(text);
}

void Loader::add_document(schema::TextDocument document) {
  for (const schema::TextFault& twice : document.faults) fault(twice.line, "", twice.message);
  if (document.faults.empty()) add_node(std::move(document.root));
}

void Loader::add_node(Node node) {
  if (node.type != Node::Type::map)
    return fault(node.line, "", "an object must be a map; begin it with apiVersion and kind");
  const std::string kind_name = text_at(node, "kind");
  if (kind_name.ends_with("List") && node.find("items") != nullptr)
    return add_list(std::move(node));
  const auto kind = kind_of(node);
  if (kind) return add_object(std::move(node), *kind);
  const Node* metadata = node.find("metadata");
  const std::string name = metadata == nullptr ? std::string() : text_at(*metadata, "name");
  fault(node.line, printable(name), kind.error().message());
}

void Loader::add_list(Node list) {
  Node* items = list.find("items");
  if (items->type != Node::Type::list && items->type != Node::Type::null)
    return fault(items->line, "List", "items: must be a list; write the objects below it");
  const std::string item_kind = text_at(list, "kind").substr(0, text_at(list, "kind").size() - 4);
  for (Node& item : items->items) {
    // CertificateList and the like may leave the kind out of their items.
    if (item.type == Node::Type::map && !item_kind.empty() && item.find("kind") == nullptr) {
      Node kind;
      kind.type = Node::Type::scalar;
      kind.key = "kind";
      kind.text = item_kind;
      kind.line = item.line;
      item.items.push_back(kind);
      kind.key = "apiVersion";
      kind.text = text_at(list, "apiVersion");
      if (item.find("apiVersion") == nullptr) item.items.push_back(std::move(kind));
    }
    add_node(std::move(item));
  }
}

void Loader::add_object(Node node, api::Kind kind) {
  if (kind == api::Kind::account)
    if (auto secret = take_inline_secret(node)) add_object(std::move(*secret), api::Kind::secret);
  if (kind == api::Kind::secret) encode_string_data(node);
  std::erase_if(node.items, [](const Node& item) { return item.key == "status"; });

  const schema::Field& field = schema::field_of(kind);
  Json whole = schema::typed(field, node);
  Json& metadata = whole["metadata"];
  if (metadata.is_null()) metadata = Json::object();
  if (metadata.is_object() && string_at(metadata, "namespace").empty())
    metadata["namespace"] = options_.space;
  schema::apply_defaults(field, whole);

  auto faults = schema::check(kind, whole, nullptr, options_.allowed_endpoints);
  const api::Key key{kind, metadata.is_object() ? string_at(metadata, "namespace") : "",
                     metadata.is_object() ? string_at(metadata, "name") : ""};
  if (options_.only_space && key.space != options_.space)
    faults.push_back({"metadata.namespace",
                      fmt::format("is not the namespace '{}' that was asked for", options_.space),
                      "leave it out, or leave out --namespace"});
  if (!faults.empty()) {
    std::vector<std::string_view> paths;
    for (const schema::Fault& wrong : faults) paths.emplace_back(wrong.path);
    const std::vector<int> places = lines_of(node, paths);
    std::vector<std::pair<int, std::string>> lines;
    for (std::size_t i = 0; i < faults.size(); ++i) lines.emplace_back(places[i], faults[i].text());
    std::stable_sort(lines.begin(), lines.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [line, text] : lines) fault(line, printable(api::text_of(key)), text);
    return;
  }

  LoadedObject loaded;
  loaded.file = file_;
  loaded.line = node.line;
  loaded.object.kind = kind;
  loaded.object.meta = metadata_of(metadata);
  for (const char* name : {"apiVersion", "kind", "metadata"}) whole.erase(name);
  std::string body = whole.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (body.size() > kMostObjectBytes)
    return fault(node.line, api::text_of(key),
                 fmt::format("the object has {} KiB, more than {}; make it smaller",
                             body.size() >> 10, kMostObjectBytes >> 10));
  loaded.object.body = api::Document::from_canonical(std::move(body));
  if (kind == api::Kind::secret) wipe_texts(node);
  find_twice(loaded);
  objects_.push_back(std::move(loaded));
}

void Loader::find_twice(const LoadedObject& loaded) {
  const auto [place, is_new] =
      places_.try_emplace(loaded.object.key(), std::pair{loaded.file, loaded.line});
  if (is_new) return;
  fault(loaded.line, api::text_of(loaded.object.key()),
        fmt::format("stands at {}:{} too; remove one", place->second.first, place->second.second));
}

Result<std::vector<LoadedObject>> Loader::finish() && {
  if (faults_.empty() && unreadable_.size() == 1) return std::move(unreadable_.front());
  for (const Error& error : unreadable_) faults_.push_back(error.message());
  if (!faults_.empty()) {
    const Code code =
        faults_.size() == unreadable_.size() ? unreadable_.front().code() : Code::invalid;
    return Error(code, join(faults_, "\n"));
  }
  if (objects_.empty())
    return Error(Code::invalid,
                 fmt::format("{}: no object is there; name files or directories that hold YAML or "
                             "JSON{}",
                             options_.paths.empty() ? file_ : join(options_.paths, ", "),
                             passed_over_ ? ", or use --recursive for the directories below" : ""));
  return std::move(objects_);
}

}  // namespace certloop::spec
