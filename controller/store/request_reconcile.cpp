#include "store/request_reconcile.h"

#include "base/timestamp.h"

namespace certloop::store {

Result<void> request_reconcile(Store& store, const api::Key& key, const std::string& request) {
  constexpr int kTries = 20;  // a status is written now and then, not all the time
  for (int i = 1;; ++i) {
    auto object = store.get(key);
    if (!object.ok() && object.error().code() == Code::not_found) return {};
    TRY(object);
    if (api::reconcile_request(object->meta) == request) return {};
    object->meta.annotations[api::kReconcileRequested] = request;
    const auto written = store.edit_metadata(*object);
    if (written.ok() || written.error().code() == Code::not_found) return {};
    if (written.error().code() != Code::conflict || i == kTries) return written.error();
  }
}

std::string new_reconcile_request(Time now, const std::string& random) {
  return rfc3339(now) + '/' + random;
}

}  // namespace certloop::store
