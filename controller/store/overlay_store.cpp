#include "store/overlay_store.h"

#include <algorithm>

#include "store/labels.h"
#include "store/mask.h"

namespace certloop::store {
namespace {

// Whether the selector asks for this key. Its fields have been checked by the store below.
bool is_named(const Selector& selector, const api::Key& key) {
  if (key.kind != selector.kind || (selector.space && *selector.space != key.space)) return false;
  return std::all_of(selector.fields.begin(), selector.fields.end(), [&](const auto& field) {
    return field.second == (field.first == "metadata.name" ? key.name : key.space);
  });
}

}  // namespace

void OverlayStore::put(api::Object object) {
  Lock lock(mutex_);
  const api::Key key = object.key();
  above_[key] = next_version(std::move(object));
}

api::Object OverlayStore::next_version(api::Object object) {
  object.meta.version = "overlay-" + std::to_string(++writes_);
  // Nothing made here exists, so its uid is not known either; it only has to be its own.
  if (object.meta.uid.empty()) object.meta.uid = "unborn-" + std::to_string(writes_);
  if (object.meta.generation == 0) object.meta.generation = 1;
  if (object.meta.created == Time{}) object.meta.created = clock_.now();
  return object;
}

Result<api::Object> OverlayStore::create(const api::Object& object) {
  if (get(object.key()).ok())
    return Error(Code::already_exists, text_of(object.key()) + " already exists");
  put(TRY(unmasked(object, nullptr)));
  return get(object.key());
}

Result<api::Object> OverlayStore::get(const api::Key& key) const {
  {
    Lock lock(mutex_);
    if (const auto it = above_.find(key); it != above_.end()) {
      if (it->second) return *it->second;
      return Error(Code::not_found, text_of(key) + " not found");
    }
  }
  return below_.get(key);
}

Result<Listing> OverlayStore::list(const Selector& selector) const {
  Selector all = selector;
  all.limit = 0;
  all.after.clear();
  Listing listing = TRY(below_.list(all));
  const LabelSelector labels = TRY(LabelSelector::parse(selector.labels));
  Lock lock(mutex_);
  std::map<api::Key, api::Object> merged;
  for (auto& object : listing.objects) {
    const api::Key key = object.key();
    merged.emplace(key, std::move(object));
  }
  for (const auto& [key, object] : above_) {
    merged.erase(key);
    if (object && is_named(selector, key) && labels.matches(object->meta.labels))
      merged.emplace(key, *object);
  }
  std::erase_if(listing.unreadable,
                [&](const Unreadable& each) REQUIRES(mutex_) { return above_.contains(each.key); });
  listing.objects.clear();
  for (auto& [key, object] : merged) listing.objects.push_back(std::move(object));
  return listing;
}

Result<api::Object> OverlayStore::apply(const api::Object& object, const ApplyOptions&) {
  auto before = get(object.key());
  if (!before.ok() && before.error().code() != Code::not_found) return before;
  api::Object next = TRY(unmasked(object, before.ok() ? &*before : nullptr));
  if (before.ok()) {
    next.meta.uid = before->meta.uid;
    next.meta.generation = before->meta.generation + (before->body == object.body ? 0 : 1);
    next.meta.created = before->meta.created;
    next.meta.deleted = before->meta.deleted;
    next.status = before->status;
  }
  put(std::move(next));
  return get(object.key());
}

Result<api::Object> OverlayStore::edit_metadata(const api::Object& seen) {
  if (seen.meta.deleted && seen.meta.finalizers.empty()) {
    Lock lock(mutex_);
    above_[seen.key()] = std::nullopt;
    return seen;
  }
  put(seen);
  return get(seen.key());
}

Result<api::Object> OverlayStore::update_status(const api::Object& seen) {
  put(seen);
  return get(seen.key());
}

Result<api::Object> OverlayStore::remove(const api::Key& key, const RemoveOptions&) {
  api::Object object = TRY(get(key));
  if (!object.meta.deleted) object.meta.deleted = clock_.now();
  put(object);
  return object;
}

Result<api::Object> OverlayStore::revive(const api::Object& seen) {
  api::Object object = TRY(get(seen.key()));
  object.meta.deleted.reset();
  put(object);
  return object;
}

Result<std::unique_ptr<Watch>> OverlayStore::watch(api::Kind, const std::string&) {
  return Error(Code::internal, "an overlay is for plans, which watch nothing");
}

void OverlayStore::wait_for_change(Duration, std::stop_token) {}

}  // namespace certloop::store
