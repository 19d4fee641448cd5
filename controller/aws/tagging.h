#pragma once
// Resource Groups Tagging API, in its own words (API 2017-01-26). See acm.h for conventions.
#include <functional>
#include <string>

#include "aws/acm.h"

namespace certloop::aws {

using TaggedResourceSink = std::function<bool(std::string&& arn, Tags&& tags, Instant asked)>;

// One region of one account. Implementations are safe for concurrent use.
class Tagging {
 public:
  virtual ~Tagging() = default;
  // Every resource of that type ("acm:certificate") that has or had a tag, 100 a page; optionally
  // only those with the tag. Lags behind the services: may say yes, never no (PROTOCOLS 1).
  virtual Result<void> get_resources(const std::string& resource_type, const Tags& tag_filter,
                                     const TaggedResourceSink& sink) = 0;
};

}  // namespace certloop::aws
