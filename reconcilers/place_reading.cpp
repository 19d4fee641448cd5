#include "reconcilers/place_reading.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "base/last_catch.h"

namespace certloop {
namespace {

// A place to be read and what it is read through.
struct Due {
  estate::Place place;
  std::string source;
  std::shared_ptr<connect::Connection> connection;
  PlaceReading* reading = nullptr;
};

bool is_fresh(const std::optional<Duration>& age, const SurveyRequest& request) {
  return age && request.max_age.count() > 0 && *age <= request.max_age;
}

void read_one(Engine::Parts& parts, Due& due) {
  const std::string& region = due.place.region;
  const auto swept = parts.estate.sweep(due.place, due.source, due.connection->acm(region),
                                        due.connection->tagging(region));
  if (swept.ok())
    due.reading->taken = parts.estate.taken(due.place);
  else
    due.reading->error = swept.error();
}

}  // namespace

std::map<estate::Place, PlaceReading> read_places(Engine::Parts& parts, const store::Store& store,
                                                  const std::set<estate::Place>& places,
                                                  const SurveyRequest& request) {
  std::map<estate::Place, PlaceReading> readings;
  std::vector<Due> due;
  const Time now = parts.clock.now();
  for (const auto& place : places) {
    PlaceReading& reading = readings[place];
    const auto access = connect::access(store, parts.connections, place.space,
                                        {place.account, place.space}, place.region, now);
    if (!access.ok()) {
      reading.error = access.error();
      continue;
    }
    std::string source = access->account ? connect::source_of(*access->account) : "";
    parts.estate.set_source(place.space, place.account, source);
    if (is_fresh(parts.estate.age(place), request)) {
      reading.taken = parts.estate.taken(place);
      continue;
    }
    if (!access->refusal && access->connection)
      due.push_back({place, std::move(source), access->connection, &reading});
  }

  Mutex saying;
  std::atomic<std::size_t> next{0};
  const auto read = [&] {
    for (std::size_t i = next++; i < due.size(); i = next++) {
      Due& one = due[i];
      with_last_catch(
          [&] {
            if (request.progress) {
              Lock lock(saying);
              request.progress("reading " + estate::text_of(one.place), i + 1, due.size());
            }
            read_one(parts, one);
          },
          [&](const std::string& what) {
            one.reading->error =
                Error(Code::internal, "reading " + estate::text_of(one.place) + " failed: " + what);
          });
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
