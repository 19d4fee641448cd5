#include "reconcilers/place_reading.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace certloop {
namespace {

// A place to be read and what it is read through.
struct Due {
  estate::Place place;
  std::shared_ptr<connect::Connection> connection;
  PlaceReading* reading = nullptr;
};

bool is_fresh(const std::optional<Time>& taken, const SurveyRequest& request, Time now) {
  return taken && request.max_age.count() > 0 && now - *taken <= request.max_age;
}

}  // namespace

Result<std::map<estate::Place, PlaceReading>> read_places(Engine::Parts& parts,
                                                          const store::Store& store,
                                                          const std::set<estate::Place>& places,
                                                          const SurveyRequest& request) {
  std::map<estate::Place, PlaceReading> readings;
  std::vector<Due> due;
  const Time now = parts.clock.now();
  for (const auto& place : places) {
    PlaceReading& reading = readings[place];
    reading.taken = parts.estate.taken(place);
    if (is_fresh(reading.taken, request, now)) continue;
    reading.taken.reset();
    const auto access = TRY(connect::access(store, parts.connections, place.space,
                                            {place.account, place.space}, place.region, now));
    if (!access.refusal && access.connection) due.push_back({place, access.connection, &reading});
  }

  Mutex saying;
  std::atomic<std::size_t> next{0};
  const auto read = [&] {
    for (std::size_t i = next++; i < due.size(); i = next++) {
      Due& one = due[i];
      if (request.progress) {
        Lock lock(saying);
        request.progress("reading " + estate::text_of(one.place), i + 1, due.size());
      }
      const auto swept = parts.estate.sweep(one.place, one.connection->acm(one.place.region),
                                            one.connection->tagging(one.place.region));
      if (swept.ok())
        one.reading->taken = parts.estate.taken(one.place);
      else
        one.reading->error = swept.error();
    }
  };
  {
    std::vector<std::jthread> others;
    const std::size_t readers = std::min(request.readers, due.size());
    for (std::size_t i = 1; i < readers; ++i) others.emplace_back(read);
    read();
  }
  return readings;
}

}  // namespace certloop
