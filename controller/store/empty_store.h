#pragma once
// A store with nothing in it: what a read finds where no state is yet, without making one.
#include "store/store.h"

namespace certloop::store {

// Writes are refused (unavailable). Thread-safe.
class EmptyStore final : public Store {
 public:
  explicit EmptyStore(std::string name) : name_(std::move(name)) {}

  Result<api::Object> create(const api::Object&) override { return refused(); }
  Result<api::Object> get(const api::Key& key) const override {
    return Error(Code::not_found, text_of(key) + " not found: no state in " + name_);
  }
  Result<Listing> list(const Selector&) const override { return Listing{}; }
  Result<api::Object> apply(const api::Object& object, const ApplyOptions& options) override {
    if (options.dry_run) return object;
    return refused();
  }
  Result<api::Object> edit_metadata(const api::Object&) override { return refused(); }
  Result<api::Object> update_status(const api::Object&) override { return refused(); }
  Result<api::Object> remove(const api::Key& key, const RemoveOptions&) override {
    return get(key);
  }
  Result<api::Object> revive(const api::Object& seen) override { return get(seen.key()); }
  Result<std::unique_ptr<Watch>> watch(api::Kind, const std::string&) override {
    return std::unique_ptr<Watch>(std::make_unique<Nothing>());
  }
  void wait_for_change(Duration, std::stop_token) override {}
  std::string name() const override { return name_; }

 private:
  class Nothing final : public Watch {
   public:
    Result<std::vector<Event>> poll() override { return std::vector<Event>{}; }
  };
  Error refused() const { return Error(Code::unavailable, "no state in " + name_); }

  const std::string name_;
};

}  // namespace certloop::store
