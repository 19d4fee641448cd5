#pragma once
// Private to the engine: the bulk readings that a survey stands on.
#include <map>
#include <optional>
#include <set>

#include "reconcilers/engine_parts.h"

namespace certloop {

struct PlaceReading {
  std::optional<Time> taken;   // absent: it could not be read, or may not be
  std::optional<Error> error;  // why not, where that was tried
};

// Reads each place whose last reading is older than the request allows, up to request.readers of
// them at once: with hundreds of accounts the wait for AWS's rates, which are each account's own,
// is what takes the time. What keeps one place from being read is that place's error only.
std::map<estate::Place, PlaceReading> read_places(Engine::Parts& parts, const store::Store& store,
                                                  const std::set<estate::Place>& places,
                                                  const SurveyRequest& request);

}  // namespace certloop
