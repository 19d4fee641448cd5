#include "spec/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <tuple>

#include "base/secret.h"
#include "base/text.h"
#include "schema/tree.h"
#include "spec/fault_lines.h"

namespace certloop::spec {
namespace {

using Json = nlohmann::json;
using schema::Node;

constexpr std::size_t kMostObjectBytes = 256 << 10;  // KINDS: objects stay below 256 KiB
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
  cut_ = fmt::format(
      "{}: the files up to and with this one have more than {}; nothing "
      "after that is read. Remove some, or divide them among several "
      "sources",
      file_, of_what);
  return false;
}

void Loader::fault(int line, std::string_view subject, std::string_view what) {
  faulty_files_.insert(file_);
  faults_.add(file_, line,
              subject.empty() ? std::string(what) : fmt::format("{}: {}", subject, what));
}

void Loader::fault_of(const api::Key& key, int line, std::string_view what) {
  faulty_[key].insert(file_);
  fault(line, printable(api::text_of(key)), what);
}

void Loader::add_text(std::string text, const std::string& file, const FileState* state) {
  file_ = file;
  faults_.open(file);
  if (state != nullptr) identities_[file] = {state->device, state->inode};
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
  for (std::size_t i = before; i < objects_.size(); ++i)
    faulty_[objects_[i].object.key()].insert(file);
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
  faulty_[{*kind, space.empty() ? options_.space : space, text_at(*metadata, "name")}].insert(
      file_);
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
  objects_.push_back(std::move(loaded));
}

bool Loader::is_same_file(const std::string& a, const std::string& b) const {
  const auto first = identities_.find(a), second = identities_.find(b);
  return a != b && first != identities_.end() && second != identities_.end() &&
         first->second == second->second;
}

// Which of the places of each object counts.
void Loader::settle_claims() {
  std::vector<std::size_t> order(objects_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
    const api::Object &one = objects_[a].object, &other = objects_[b].object;
    return std::tie(one.kind, one.meta.space, one.meta.name) <
           std::tie(other.kind, other.meta.space, other.meta.name);
  });
  surplus_.assign(objects_.size(), false);
  for (auto first = order.begin(); first != order.end();) {
    const api::Key key = objects_[*first].object.key();
    const auto last = std::find_if(
        first, order.end(), [&](std::size_t at) { return objects_[at].object.key() != key; });
    if (last - first > 1 || faulty_.contains(key)) settle({first, last});
    first = last;
  }
}

// The file that had it before keeps it, if it stands there once and without faults: a copy, or what
// only claims to be one, is nobody's fault but its own.
void Loader::settle(std::span<const std::size_t> places) {
  const api::Key key = objects_[places.front()].object.key();
  const auto had_it = std::find_if(places.begin(), places.end(), [&](std::size_t at) {
    return came_from(key, objects_[at].file);
  });
  const bool is_known = had_it != places.end();
  const std::size_t kept = is_known ? *had_it : places.front();
  const LoadedObject& keeper = objects_[kept];
  const auto faulty = faulty_.find(key);
  bool is_good = is_known && (faulty == faulty_.end() || !faulty->second.contains(keeper.file));
  bool is_contested = faulty != faulty_.end();
  for (const std::size_t at : places) {
    const LoadedObject& other = objects_[at];
    surplus_[at] = at != kept;
    if (at == kept || is_same_file(other.file, keeper.file)) continue;
    is_contested = true;
    is_good = is_good && !came_from(key, other.file);
    faulty_files_.insert(other.file);
    const bool is_newcomer = is_known && other.file != keeper.file;
    faults_.add(
        other.file, other.line,
        fmt::format("{}: already defined in {}:{}{}", printable(api::text_of(key)), keeper.file,
                    keeper.line,
                    is_newcomer ? ", which had it before; remove it here" : "; remove one"));
  }
  if (is_good)
    faulty_.erase(key);
  else if (is_contested)
    faulty_[key].insert(keeper.file);
}

Reading Loader::finish() && {
  Reading reading;
  if (!is_wanted()) {
    reading.error = Error(Code::cancelled, "stopped while reading files");
    return reading;
  }
  settle_claims();
  for (std::size_t i = 0; i < objects_.size(); ++i)
    if (!surplus_[i] && !faulty_.contains(objects_[i].object.key()))
      reading.objects.push_back(std::move(objects_[i]));
  for (const auto& [key, files] : faulty_) reading.faulty.insert(key);
  reading.faulty_files = std::move(faulty_files_);
  reading.is_cut = is_cut_;
  std::vector<std::string> faults = faults_.lines();
  if (is_cut_) faults.push_back(cut_);
  if (faults.empty() && unreadable_.size() == 1) {
    reading.error = std::move(unreadable_.front());
    return reading;
  }
  for (const Error& error : unreadable_) faults.push_back(error.message());
  if (!faults.empty())
    reading.error =
        Error(faults.size() == unreadable_.size() ? unreadable_.front().code() : Code::invalid,
              join(faults, "\n"));
  else if (reading.objects.empty())
    reading.error = Error(
        Code::invalid,
        fmt::format("{}: no objects found; name files or directories that hold YAML or JSON{}",
                    options_.paths.empty() ? file_ : join(options_.paths, ", "),
                    passed_over_ ? ", or use --recursive for the directories below" : ""));
  return reading;
}

}  // namespace certloop::spec
