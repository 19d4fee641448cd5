#pragma once
// What is known of one certificate of a place.
#include <optional>

#include "aws/acm.h"
#include "base/clock.h"

namespace certloop::estate {

struct Row {
  aws::CertificateSummary summary;
  // Absent: unknown. Listed by ACM but missing from GetResources means just that, never "no tags".
  std::optional<aws::Tags> tags;
  Instant asked{};  // when the page that this row came on was asked for
};

}  // namespace certloop::estate
