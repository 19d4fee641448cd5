#include <utility>

#include "base/secret.h"
#include "base/text.h"
#include "spec/loader.h"

namespace certloop::spec {
namespace {

using schema::Node;

Node scalar(std::string key, std::string text, int line) {
  Node node;
  node.type = Node::Type::scalar;
  node.quoted = true;
  node.line = line;
  node.key = std::move(key);
  node.text = std::move(text);
  return node;
}

Node map(std::string key, int line, std::vector<Node> items) {
  Node node;
  node.type = Node::Type::map;
  node.line = line;
  node.key = std::move(key);
  node.items = std::move(items);
  return node;
}

Node* find_path(Node& root, std::initializer_list<std::string_view> path) {
  Node* at = &root;
  for (const std::string_view name : path) {
    at = at->find(name);
    if (at == nullptr) return nullptr;
  }
  return at;
}

}  // namespace

std::optional<Node> take_inline_secret(Node& account) {
  constexpr std::string_view kInline = "secretAccessKey";
  Node* access = find_path(account, {"spec", "authentication", "accessKey"});
  Node* given = access == nullptr ? nullptr : access->find(kInline);
  const Node* name = find_path(account, {"metadata", "name"});
  if (given == nullptr || given->type != Node::Type::scalar || given->text.empty()) return {};
  if (name == nullptr || access->find("secretAccessKeyRef") != nullptr) return {};

  const int line = given->line;
  const std::string secret_name = name->text + "-access";
  std::vector<Node> metadata = {scalar("name", secret_name, line)};
  if (const Node* space = find_path(account, {"metadata", "namespace"})) metadata.push_back(*space);
  Node data = scalar(std::string(kInline), to_base64(given->text), line);
  wipe(given->text);
  std::erase_if(access->items, [&](const Node& item) { return item.key == kInline; });
  access->items.push_back(
      map("secretAccessKeyRef", line,
          {scalar("name", secret_name, line), scalar("key", std::string(kInline), line)}));
  return map("", line,
             {scalar("apiVersion", "v1", line), scalar("kind", "Secret", line),
              map("metadata", line, std::move(metadata)), scalar("type", "Opaque", line),
              map("data", line, {std::move(data)})});
}

void encode_string_data(Node& secret) {
  Node* plain = secret.find("stringData");
  if (plain == nullptr || plain->type != Node::Type::map) return;
  for (const Node& item : plain->items)
    if (item.type != Node::Type::scalar && item.type != Node::Type::null) return;
  std::vector<Node> values = std::move(plain->items);
  const int line = plain->line;
  std::erase_if(secret.items, [](const Node& item) { return item.key == "stringData"; });
  if (secret.find("data") == nullptr) secret.items.push_back(map("data", line, {}));
  Node* data = secret.find("data");
  if (data->type == Node::Type::null) data->type = Node::Type::map;
  for (Node& value : values) {
    // As Kubernetes has it, stringData wins over a value of the same name in data.
    std::erase_if(data->items, [&](const Node& item) { return item.key == value.key; });
    data->items.push_back(scalar(value.key, to_base64(value.text), value.line));
    wipe(value.text);
  }
}

void wipe_texts(Node& node) {
  wipe(node.text);
  for (Node& item : node.items) wipe_texts(item);
}

}  // namespace certloop::spec
