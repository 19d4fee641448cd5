#pragma once
// The store, read as typed kinds.
#include <utility>
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

template <class T>
struct Readable {
  std::vector<T> objects;
  std::vector<Unreadable> unreadable;
};

// All objects of the kind that the selector names, page after page; the selector's kind is T's. For
// those who show or serve what is there: what cannot be read holds up nobody else.
template <class T>
Result<Readable<T>> list_readable(const Store& store, Selector selector = {}) {
  selector.kind = T::kind;
  Readable<T> all;
  for (;;) {
    Listing page = TRY(store.list(selector));
    for (const api::Object& object : page.objects) {
      auto typed = api::read<T>(object);
      if (typed.ok())
        all.objects.push_back(std::move(typed).value());
      else
        all.unreadable.push_back({object.key(), std::move(typed).error()});
    }
    for (Unreadable& each : page.unreadable) all.unreadable.push_back(std::move(each));
    if (page.more.empty()) return all;
    selector.after = page.more;
  }
}

// The same for those who decide by what is absent. Errors: also internal (something cannot be
// read).
template <class T>
Result<std::vector<T>> list(const Store& store, Selector selector = {}) {
  Readable<T> all = TRY(list_readable<T>(store, std::move(selector)));
  if (!all.unreadable.empty()) return std::move(all.unreadable.front().error);
  return std::move(all.objects);
}

}  // namespace certloop::store
