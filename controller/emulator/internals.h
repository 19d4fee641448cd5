#pragma once
// What an Emulator holds. Private to emulator.cpp and controls.cpp.
#include <atomic>
#include <deque>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "emulator/emulator.h"
#include "emulator/identities.h"
#include "emulator/permissions.h"
#include "emulator/rates.h"
#include "emulator/service.h"
#include "emulator/signature.h"
#include "emulator/world.h"

namespace certloop::emulator {

struct Emulator::Internals {
  Internals(EmulatorOptions the_options, const Clock& the_clock, Random& the_random);

  net::HttpResponse handle(const net::HttpRequest& request);
  net::HttpResponse control(const net::HttpRequest& request);  // in controls.cpp

  Time now() const { return clock.now() + Duration(advanced.load()); }

  const EmulatorOptions options;
  const Clock& clock;
  Random& random;
  std::atomic<Duration::rep> advanced{0};
  Identities identities;

  mutable Mutex mutex;
  Permissions permissions GUARDED_BY(mutex);
  World world GUARDED_BY(mutex);
  std::vector<std::unique_ptr<Service>> services;  // the list itself never changes
  TokenBuckets buckets GUARDED_BY(mutex);
  Faults faults GUARDED_BY(mutex);
  std::deque<CallRecord> log GUARDED_BY(mutex);
  std::uint64_t next_sequence GUARDED_BY(mutex) = 1;

 private:
  // A request on its way through the checks.
  struct Passage {
    const net::HttpRequest& request;
    std::string request_id;
    Time now{};
    Service* service = nullptr;
    const Operation* operation = nullptr;
    CallRecord record;
  };
  void find_service(Passage& passage, const std::string& signing_name) const;
  net::HttpResponse refuse(Passage& passage, const AwsError& error) const;
  net::HttpResponse admitted(Passage& passage, const Authorization& authorization,
                             const Identity& identity) REQUIRES(mutex);
  net::HttpResponse performed(Passage& passage, const Authorization& authorization,
                              const Identity& identity) REQUIRES(mutex);
  void write_log(Passage& passage, int http_status) REQUIRES(mutex);
};

// The request's parameters with every secret masked, as the call log shows them.
std::string masked(nlohmann::json parameters);

}  // namespace certloop::emulator
