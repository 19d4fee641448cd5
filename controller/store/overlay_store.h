#pragma once
// A store laid over another one: reads fall through, writes stay in memory and are forgotten. What
// `plan`, `diff` and `drift` run the planners on, so that asking what would be done does nothing.
#include <map>
#include <optional>

#include "base/mutex.h"
#include "store/store.h"

namespace certloop::store {

// Thread-safe, if the store below is. Field managers do not merge here: apply replaces. Watches are
// those of the store below.
class OverlayStore final : public Store {
 public:
  OverlayStore(const Store& below, const Clock& clock) : below_(below), clock_(clock) {}

  // Puts the object there as it stands, without any check.
  void put(api::Object object);

  Result<api::Object> create(const api::Object& object) override;
  Result<api::Object> get(const api::Key& key) const override;
  Result<Listing> list(const Selector& selector) const override;
  Result<api::Object> apply(const api::Object& object, const ApplyOptions& options) override;
  Result<api::Object> edit_metadata(const api::Object& seen) override;
  Result<api::Object> update_status(const api::Object& seen) override;
  // Marks what the store below has, finalizers or not: so a plan can say what its deletion does.
  Result<api::Object> remove(const api::Key& key, const RemoveOptions& options) override;
  Result<api::Object> revive(const api::Object& seen) override;
  Result<std::unique_ptr<Watch>> watch(api::Kind kind, const std::string& version) override;
  void wait_for_change(Duration most, std::stop_token stop) override;
  Result<void> check_intact() const override { return below_.check_intact(); }
  std::string name() const override { return below_.name(); }

 private:
  api::Object next_version(api::Object object) REQUIRES(mutex_);

  const Store& below_;
  const Clock& clock_;
  mutable Mutex mutex_;
  std::map<api::Key, std::optional<api::Object>> above_ GUARDED_BY(mutex_);  // absent: removed
  std::uint64_t writes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace certloop::store
