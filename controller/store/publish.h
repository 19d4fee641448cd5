#pragma once
// How a reconciler writes the status of its object.
#include "api/condition.h"
#include "store/typed.h"

namespace certloop::store {

// Writes the status, and moves the object's version with it. A status that the store refuses (it is
// too large, or not as the schema has it) is a failure of the object: the status from before is
// written with Ready=False and the store's reason and words, so that nobody goes by conditions that
// are not renewed any more. Errors: those of update_status; after a refusal that refusal, invalid.
template <class T, class Status>
Result<void> publish(Store& store, T& object, const Status& before, Time now) {
  const auto stored = store.update_status(api::write(object));
  if (stored.ok()) {
    object.meta.version = stored->meta.version;
    return {};
  }
  if (stored.error().code() != Code::invalid) return stored.error();
  const Error refused = Error(stored.error()).during("its status was not stored");
  object.status = before;
  const auto put = [&](const char* type, api::Truth truth) {
    api::set(object.status.conditions,
             {type, truth, refused.reason(), refused.message(), object.meta.generation,
              std::chrono::floor<std::chrono::seconds>(now)});
  };
  put("Ready", api::Truth::no);
  put("Reconciling", api::Truth::yes);
  const api::Object told = TRY(store.update_status(api::write(object)));
  object.meta.version = told.meta.version;
  return refused;
}

}  // namespace certloop::store
