#include <fmt/format.h>

#include <unordered_map>
#include <utility>

#include "store/fields_json.h"

namespace certloop::store::fields {
namespace {

constexpr const char* kItself = ".";

bool is_leaf(const Json& tree) { return tree.empty(); }

// The part of a token after its "f:", "v:" or "k:".
std::string_view rest_of(std::string_view token) { return token.substr(2); }

ListType::Form form_of(const Json& value, const Path& path, const TypeAt& type_at) {
  return value.is_array() ? type_at(path.type).form : ListType::Form::atomic;
}

bool is_granular(const Json& value, const Path& path, const TypeAt& type_at) {
  return value.is_object() || form_of(value, path, type_at) != ListType::Form::atomic;
}

// What the tokens of a tree name inside one value. Made once and asked for every token, so that a
// long list is walked once.
class Children {
 public:
  // Of null: nothing. The value must outlive this.
  Children(const Json* value, const Path& path, const TypeAt& type_at) : value_(value) {
    if (value == nullptr || form_of(*value, path, type_at) == ListType::Form::atomic) return;
    const ListType type = type_at(path.type);
    // Items that cannot be named match nothing; of equal ones the first counts.
    for (const Json& item : *value)
      if (auto token = token_of(item, type, path)) items_.emplace(*std::move(token), &item);
  }

  // Null: it is not there.
  const Json* find(const std::string& token) const {
    if (!token.starts_with("f:")) {
      const auto found = items_.find(token);
      return found == items_.end() ? nullptr : found->second;
    }
    if (value_ == nullptr || !value_->is_object()) return nullptr;
    const auto found = value_->find(rest_of(token));
    return found == value_->end() ? nullptr : &*found;
  }

 private:
  const Json* value_;
  std::unordered_map<std::string, const Json*> items_;
};

Path path_of(const Path& path, const std::string& token) {
  return token.starts_with("f:") ? path.member(rest_of(token)) : path.item(token);
}

}  // namespace

Path Path::member(std::string_view name) const {
  if (type.empty()) return {std::string(name), std::string(name)};
  return {fmt::format("{}.{}", type, name), fmt::format("{}.{}", shown, name)};
}

Path Path::item(std::string_view token) const {
  std::string text(rest_of(token));
  if (token.starts_with("k:")) {
    const Json keys = Json::parse(text, nullptr, false);
    text.clear();
    for (const auto& [key, value] : keys.items())
      text += fmt::format("{}{}={}", text.empty() ? "" : ",", key, value.dump());
  }
  return {type, fmt::format("{}[{}]", shown, text)};
}

Result<std::string> token_of(const Json& item, const ListType& type, const Path& path) {
  if (type.form == ListType::Form::set) return "v:" + item.dump();
  Json keys = Json::object();
  for (const std::string& key : type.keys) {
    if (!item.is_object() || !item.contains(key))
      return Error(Code::invalid,
                   fmt::format("{}: an item lacks its key {}; add it", path.shown, key));
    keys[key] = item[key];
  }
  return "k:" + keys.dump();
}

Result<Json> of(const Json& value, const Path& path, const TypeAt& type_at) {
  Json tree = Json::object();
  if (value.is_object()) {
    for (const auto& [name, child] : value.items())
      tree["f:" + name] = TRY(of(child, path.member(name), type_at));
    return tree;
  }
  if (form_of(value, path, type_at) == ListType::Form::atomic) return tree;
  const ListType type = type_at(path.type);
  for (const Json& item : value) {
    const std::string token = TRY(token_of(item, type, path));
    if (tree.contains(token))
      return Error(Code::invalid,
                   fmt::format("{}: listed twice; remove one", path.item(token).shown));
    Json fields = Json::object();
    if (type.form == ListType::Form::map) {
      fields = TRY(of(item, path.item(token), type_at));
      fields[kItself] = Json::object();
    }
    tree[token] = std::move(fields);
  }
  return tree;
}

Json joined(Json a, const Json& b) {
  for (const auto& [token, tree] : b.items()) {
    const auto found = a.find(token);
    if (found == a.end())
      a[token] = tree;
    else
      *found = joined(std::move(*found), tree);
  }
  return a;
}

Json without(const Json& a, const Json& b) {
  Json left = Json::object();
  for (const auto& [token, tree] : a.items()) {
    const auto other = b.find(token);
    if (other == b.end()) {
      left[token] = tree;
      continue;
    }
    Json rest = without(tree, *other);
    if (!rest.empty()) left[token] = std::move(rest);
  }
  return left;
}

Json merged(const Json& live, const Json& wanted, const Path& path, const TypeAt& type_at) {
  if (live.is_object() && wanted.is_object()) {
    Json result = live;
    for (const auto& [name, child] : wanted.items()) {
      const auto found = live.find(name);
      result[name] =
          found == live.end() ? child : merged(*found, child, path.member(name), type_at);
    }
    return result;
  }
  if (!live.is_array() || form_of(wanted, path, type_at) == ListType::Form::atomic) return wanted;
  const ListType type = type_at(path.type);
  Json result = live;
  std::unordered_map<std::string, std::size_t> before;
  for (std::size_t i = 0; i < live.size(); ++i)
    if (auto token = token_of(live[i], type, path)) before.emplace(*std::move(token), i);
  for (const Json& item : wanted) {
    const auto token = token_of(item, type, path);
    const auto found = token ? before.find(*token) : before.end();
    if (found == before.end()) {
      result.push_back(item);
      continue;
    }
    Json& place = result[found->second];
    place = merged(place, item, path.item(*token), type_at);
  }
  return result;
}

Json projected(const Json& value, const Json& tree, const Path& path, const TypeAt& type_at) {
  if (!is_granular(value, path, type_at)) return value;
  if (value.is_object()) {
    Json kept = Json::object();
    for (const auto& [name, child] : value.items()) {
      const auto subtree = tree.find("f:" + name);
      if (subtree != tree.end())
        kept[name] = projected(child, *subtree, path.member(name), type_at);
    }
    return kept;
  }
  Json kept = Json::array();
  const ListType type = type_at(path.type);
  for (const Json& item : value) {
    const auto token = token_of(item, type, path);
    const auto subtree = token ? tree.find(*token) : tree.end();
    if (subtree == tree.end()) continue;
    kept.push_back(type.form == ListType::Form::set
                       ? item
                       : projected(item, *subtree, path.item(*token), type_at));
  }
  return kept;
}

void remove(Json& value, const Json& tree, const Path& path, const TypeAt& type_at) {
  if (value.is_object()) {
    for (const auto& [token, subtree] : tree.items()) {
      if (!token.starts_with("f:")) continue;
      const auto found = value.find(rest_of(token));
      if (found == value.end()) continue;
      if (is_leaf(subtree))
        value.erase(found);
      else
        remove(*found, subtree, path.member(rest_of(token)), type_at);
    }
    return;
  }
  if (form_of(value, path, type_at) == ListType::Form::atomic) return;
  const ListType type = type_at(path.type);
  Json kept = Json::array();
  for (Json& item : value) {
    const auto token = token_of(item, type, path);
    const auto subtree = token ? tree.find(*token) : tree.end();
    if (subtree != tree.end() && (is_leaf(*subtree) || subtree->contains(kItself))) continue;
    if (subtree != tree.end()) remove(item, *subtree, path.item(*token), type_at);
    kept.push_back(std::move(item));
  }
  value = std::move(kept);
}

Json present(const Json& tree, const Json& value, const Path& path, const TypeAt& type_at) {
  Json kept = Json::object();
  const Children children(&value, path, type_at);
  for (const auto& [token, subtree] : tree.items()) {
    if (token == kItself) {
      kept[token] = subtree;
      continue;
    }
    const Json* child = children.find(token);
    if (child == nullptr) continue;
    Json rest = present(subtree, *child, path_of(path, token), type_at);
    if (is_leaf(subtree) || !rest.empty()) kept[token] = std::move(rest);
  }
  return kept;
}

Json changed(const Json& tree, const Json* live, const Json* next, const Path& path,
             const TypeAt& type_at, std::vector<std::string>& shown) {
  Json lost = Json::object();
  const Children children_before(live, path, type_at), children_after(next, path, type_at);
  for (const auto& [token, subtree] : tree.items()) {
    if (token == kItself) continue;
    const Json* before = children_before.find(token);
    const Json* after = children_after.find(token);
    if (before == nullptr && after == nullptr) continue;
    if (before != nullptr && after != nullptr && *before == *after) continue;
    const Path here = path_of(path, token);
    // Who owns an empty map, or a list as a place for items, does not own what others put there.
    const bool is_place = before != nullptr && after != nullptr &&
                          is_granular(*before, here, type_at) && before->type() == after->type();
    const bool is_gone = before == nullptr || after == nullptr;
    if (is_leaf(subtree) ? !is_place : is_gone && subtree.contains(kItself)) {
      lost[token] = subtree;
      shown.push_back(here.shown);
      continue;
    }
    Json below = changed(subtree, before, after, here, type_at, shown);
    if (!below.empty()) lost[token] = std::move(below);
  }
  return lost;
}

}  // namespace certloop::store::fields
