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
// Which source of a running controller brought an object; it is the source that says so.
constexpr std::string_view kSourceLabel = "certloop.dev/source";
constexpr std::string_view kSourceFileAnnotation = "certloop.dev/source-file";

// What kubectl create --dry-run and generated manifests print: the time is the server's to set.
void drop_unset_time(Node& object) {
  if (Node* metadata = object.find("metadata"))
    std::erase_if(metadata->items, [](const Node& item) {
      return item.key == "creationTimestamp" && item.type == Node::Type::null;
    });
}

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

// A finalizer of ours that came with what was read from a state. Others would keep the object from
// ever going: no controller knows them.
bool is_ours(const std::string& finalizer) { return finalizer.starts_with("certloop.dev/"); }

bool sets_finalizers(const Json& metadata) {
  const auto found = metadata.find("finalizers");
  return found != metadata.end() && std::any_of(found->begin(), found->end(), [](const Json& each) {
           return !is_ours(each.get<std::string>());
         });
}

// From validated metadata; what only the store and controllers make is passed over.
api::Metadata metadata_of(const Json& metadata) {
  api::Metadata meta;
  meta.name = string_at(metadata, "name");
  meta.space = string_at(metadata, "namespace");
  for (const auto& [into, name] :
       {std::pair{&meta.labels, "labels"}, std::pair{&meta.annotations, "annotations"}})
    if (const auto found = metadata.find(name); found != metadata.end())
      for (const auto& [key, value] : found->items()) into->emplace(key, value.get<std::string>());
  meta.labels.erase(std::string(kSourceLabel));
  meta.annotations.erase(std::string(kSourceFileAnnotation));
  meta.annotations.erase(api::kReconcileRequested);
  read_owners(metadata, meta);
  return meta;
}

}  // namespace

// The last fault there is, if it is not: whoever reads on past a bound has none.
bool Loader::is_within(std::size_t count, std::size_t most, const std::string& of_what) {
  if (count <= most || is_cut_) return !is_cut_;
  is_cut_ = true;
  faulty_files_.insert(file_);
  faults_.push_back(
      fmt::format("{}: the files up to and with this one have more than {}; nothing "
                  "after that is read. Remove some, or divide them among several "
                  "sources",
                  file_, of_what));
  return false;
}

void Loader::fault(int line, std::string_view subject, std::string_view what) {
  faulty_files_.insert(file_);
  if (faults_.size() == kMostFaults) faults_.emplace_back("(there is more; correct these first)");
  if (faults_.size() >= kMostFaults) return;
  faults_.push_back(subject.empty() ? fmt::format("{}:{}: {}", file_, line, what)
                                    : fmt::format("{}:{}: {}: {}", file_, line, subject, what));
}

void Loader::fault_of(const api::Key& key, int line, std::string_view what) {
  faulty_.insert(key);
  fault(line, printable(api::text_of(key)), what);
}

void Loader::add_text(std::string text, const std::string& file) {
  file_ = file;
  const std::size_t before = objects_.size();
  bytes_ += text.size();
  if (!is_within(bytes_, options_.max_bytes, fmt::format("{} MiB", options_.max_bytes >> 20)))
    return wipe(text);
  const auto broken = schema::read_documents(
      text, [this](schema::TextDocument document) { add_document(std::move(document)); },
      [this] { return goes_on(); });
  wipe(text);
  if (!broken || is_cut_) return;
  fault(broken->line, "", broken->message);
  // Somebody may be in the middle of writing it: what stands before the break is no better.
  for (std::size_t i = before; i < objects_.size(); ++i) faulty_.insert(objects_[i].object.key());
}

void Loader::add_document(schema::TextDocument document) {
  for (const schema::TextFault& twice : document.faults) fault(twice.line, "", twice.message);
  if (document.faults.empty()) return add_node(std::move(document.root));
  note_faulty(document.root);
}

// What it would be, if that can be told although it is not valid.
void Loader::note_faulty(const Node& node) {
  const auto kind = api::kind_named(text_at(node, "kind"));
  const Node* metadata = node.find("metadata");
  if (!kind || metadata == nullptr) return;
  const std::string space = text_at(*metadata, "namespace");
  faulty_.insert({*kind, space.empty() ? options_.space : space, text_at(*metadata, "name")});
}

void Loader::add_node(Node node) {
  if (!is_within(++documents_, options_.max_documents,
                 fmt::format("{} documents", options_.max_documents)))
    return;
  if (node.type != Node::Type::map)
    return fault(node.line, "", "an object must be a map; begin it with apiVersion and kind");
  const std::string kind_name = text_at(node, "kind");
  if (kind_name.ends_with("List") && node.find("items") != nullptr)
    return add_list(std::move(node));
  const auto kind = kind_of(node);
  if (kind) return add_object(std::move(node), *kind);
  const Node* metadata = node.find("metadata");
  const std::string name = metadata == nullptr ? std::string() : text_at(*metadata, "name");
  note_faulty(node);
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
  auto inline_secret =
      kind == api::Kind::account ? take_inline_secret(node) : std::optional<Node>();
  if (kind == api::Kind::secret) encode_string_data(node);
  std::erase_if(node.items, [](const Node& item) { return item.key == "status"; });
  drop_unset_time(node);

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
  if (faults.empty() && sets_finalizers(metadata))
    faults.push_back({"metadata.finalizers", "only controllers set finalizers", "remove it"});
  if (!faults.empty()) {
    std::vector<std::string_view> paths;
    for (const schema::Fault& wrong : faults) paths.emplace_back(wrong.path);
    const std::vector<int> places = lines_of(node, paths);
    std::vector<std::pair<int, std::string>> lines;
    for (std::size_t i = 0; i < faults.size(); ++i) lines.emplace_back(places[i], faults[i].text());
    std::stable_sort(lines.begin(), lines.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [line, text] : lines) fault_of(key, line, text);
    if (inline_secret) wipe_texts(*inline_secret);  // it goes with its Account
    return;
  }

  if (inline_secret) add_object(std::move(*inline_secret), api::Kind::secret);

  LoadedObject loaded;
  loaded.file = file_;
  loaded.line = node.line;
  loaded.object.kind = kind;
  loaded.object.meta = metadata_of(metadata);
  for (const char* name : {"apiVersion", "kind", "metadata"}) whole.erase(name);
  std::string body = whole.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (body.size() > kMostObjectBytes)
    return fault_of(key, node.line,
                    fmt::format("the object has {} KiB, more than {}; make it smaller",
                                body.size() >> 10, kMostObjectBytes >> 10));
  loaded.object.body = api::Document::from_canonical(std::move(body));
  if (kind == api::Kind::secret) wipe_texts(node);
  if (!find_twice(loaded)) objects_.push_back(std::move(loaded));
}

bool Loader::find_twice(const LoadedObject& loaded) {
  const auto [place, is_new] =
      places_.try_emplace(loaded.object.key(), std::pair{loaded.file, loaded.line});
  if (is_new) return false;
  fault_of(loaded.object.key(), loaded.line,
           fmt::format("already defined in {}:{}; remove one", place->second.first,
                       place->second.second));
  return true;
}

Reading Loader::finish() && {
  Reading reading;
  if (!is_wanted()) {
    reading.error = Error(Code::cancelled, "stopped while reading files");
    return reading;
  }
  std::erase_if(objects_, [&](const auto& each) { return faulty_.contains(each.object.key()); });
  reading.objects = std::move(objects_);
  reading.faulty = std::move(faulty_);
  reading.faulty_files = std::move(faulty_files_);
  reading.is_cut = is_cut_;
  if (faults_.empty() && unreadable_.size() == 1) {
    reading.error = std::move(unreadable_.front());
    return reading;
  }
  for (const Error& error : unreadable_) faults_.push_back(error.message());
  if (!faults_.empty())
    reading.error =
        Error(faults_.size() == unreadable_.size() ? unreadable_.front().code() : Code::invalid,
              join(faults_, "\n"));
  else if (reading.objects.empty())
    reading.error = Error(
        Code::invalid,
        fmt::format("{}: no objects found; name files or directories that hold YAML or JSON{}",
                    options_.paths.empty() ? file_ : join(options_.paths, ", "),
                    passed_over_ ? ", or use --recursive for the directories below" : ""));
  return reading;
}

}  // namespace certloop::spec
