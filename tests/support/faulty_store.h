#pragma once
// A store that misbehaves when told to, in front of one that does not.
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "store/store.h"

namespace certloop::test {

class FaultyStore final : public store::Store {
 public:
  explicit FaultyStore(store::Store& behind) : behind_(behind) {}

  // Asked before each operation ("get", "update_status", ...); an error is answered instead of
  // carrying the operation out. May itself use the store behind: another writer, just in time.
  std::function<Result<void>(const std::string& operation)> before;
  // Asked after each operation that succeeded: an error is answered although it took effect.
  std::function<Result<void>(const std::string& operation)> after;
  // Changes what a listing answers.
  std::function<void(store::Listing& listing)> edit_listing;

  Result<api::Object> create(const api::Object& object) override {
    return guard<api::Object>("create", [&] { return behind_.create(object); });
  }
  Result<api::Object> get(const api::Key& key) const override {
    return guard<api::Object>("get", [&] { return std::as_const(behind_).get(key); });
  }
  Result<store::Listing> list(const store::Selector& selector) const override {
    auto listed =
        guard<store::Listing>("list", [&] { return std::as_const(behind_).list(selector); });
    if (listed.ok() && edit_listing) edit_listing(listed.value());
    return listed;
  }
  Result<api::Object> apply(const api::Object& object, const store::ApplyOptions& how) override {
    return guard<api::Object>("apply", [&] { return behind_.apply(object, how); });
  }
  Result<api::Object> edit_metadata(const api::Object& seen) override {
    return guard<api::Object>("edit_metadata", [&] { return behind_.edit_metadata(seen); });
  }
  Result<api::Object> update_status(const api::Object& seen) override {
    return guard<api::Object>("update_status", [&] { return behind_.update_status(seen); });
  }
  Result<api::Object> remove(const api::Key& key, const store::RemoveOptions& how) override {
    return guard<api::Object>("remove", [&] { return behind_.remove(key, how); });
  }
  Result<api::Object> revive(const api::Object& seen) override {
    return guard<api::Object>("revive", [&] { return behind_.revive(seen); });
  }
  Result<std::unique_ptr<store::Watch>> watch(api::Kind kind, const std::string& version) override {
    return guard<std::unique_ptr<store::Watch>>("watch",
                                                [&] { return behind_.watch(kind, version); });
  }
  // Asked instead of waiting, if set.
  std::function<void()> waiting;
  void wait_for_change(Duration most, std::stop_token stop) override {
    if (waiting) return waiting();
    behind_.wait_for_change(most, std::move(stop));
  }
  Result<void> check_intact() const override { return behind_.check_intact(); }
  std::string name() const override { return behind_.name(); }

 private:
  template <class T, class Call>
  Result<T> guard(const std::string& operation, const Call& call) const {
    if (before) TRY(before(operation));
    Result<T> answer = call();
    if (answer.ok() && after) TRY(after(operation));
    return answer;
  }

  store::Store& behind_;
};

}  // namespace certloop::test
