#pragma once
// The store, read as typed kinds.
#include <vector>

#include "api/wire.h"
#include "store/store.h"

namespace certloop::store {

// Errors: not_found; internal (the object is not what its kind says).
template <class T>
Result<T> get(const Store& store, const std::string& space, const std::string& name) {
  const api::Object object = TRY(store.get({T::kind, space, name}));
  return api::read<T>(object);
}

// All objects of the kind that the selector names, page after page; the selector's kind is T's.
template <class T>
Result<std::vector<T>> list(const Store& store, Selector selector = {}) {
  selector.kind = T::kind;
  std::vector<T> all;
  for (;;) {
    const Listing page = TRY(store.list(selector));
    for (const api::Object& object : page.objects) all.push_back(TRY(api::read<T>(object)));
    if (page.more.empty()) return all;
    selector.after = page.more;
  }
}

}  // namespace certloop::store
