#pragma once
// Events: one for each act, and for each failure that a person must see. Repeated ones are counted,
// not repeated.
#include <string>
#include <string_view>

#include "api/condition.h"
#include "api/kind.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/store.h"

namespace certloop::loop {

// Implementations are safe for concurrent use.
class Events {
 public:
  virtual ~Events() = default;
  // `reason` is a CamelCase word, from which the event's type follows. An event that cannot be
  // written is lost with a log line: no act waits for it.
  virtual void record(const api::Key& object, const std::string& uid, std::string_view reason,
                      const std::string& message) = 0;
};

// Normal for what was done and for what goes its way; Warning for all that a person should know of.
// Of a reason that is not known, a person should know.
std::string_view type_of_event(std::string_view reason);

// Tells by a Warning what the conditions of an object say since this pass and did not say before:
// what it stalls or waits for, what failed, what will not be renewed.
void warn_of_trouble(Events& events, const api::Key& object, const std::string& uid,
                     const api::Conditions& before, const api::Conditions& now);

// core/v1 Event objects beside what they are about. The same object, reason and message within the
// store's memory is one event with a count.
class StoreEvents final : public Events {
 public:
  StoreEvents(store::Store& store, const Clock& clock, Log& log)
      : store_(store), clock_(clock), log_(log) {}

  void record(const api::Key& object, const std::string& uid, std::string_view reason,
              const std::string& message) override;

 private:
  store::Store& store_;
  const Clock& clock_;
  Log& log_;
};

// For plans and reports, where nothing happens.
class NoEvents final : public Events {
 public:
  void record(const api::Key&, const std::string&, std::string_view, const std::string&) override {}
};

}  // namespace certloop::loop
