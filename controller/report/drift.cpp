#include "report/drift.h"

#include <algorithm>
#include <tuple>

#include "base/digest.h"
#include "base/text.h"

namespace certloop::report {

std::string fingerprint_of(const DriftRow& row) {
  const std::vector<std::string> parts = {
      row.object.name.empty() ? row.arn : api::text_of(row.object), row.account, row.region,
      std::string(api::name_of(row.difference.drift_class)), row.difference.path};
  return sha256_hex(join(parts, std::string_view("\0", 1))).substr(0, 16);
}

void sort(Drift& drift) {
  const auto order = [](const DriftRow& row) {
    return std::tie(row.object, row.account, row.region, row.arn, row.difference.path);
  };
  std::stable_sort(drift.rows.begin(), drift.rows.end(), [&](const DriftRow& a, const DriftRow& b) {
    if (a.object.name.empty() != b.object.name.empty()) return b.object.name.empty();
    return order(a) < order(b);
  });
}

Exit exit_of(const Drift& drift) {
  const bool unknown = std::any_of(drift.rows.begin(), drift.rows.end(), [](const DriftRow& row) {
    return row.difference.drift_class == api::DriftClass::unknown;
  });
  if (unknown || !drift.coverage.unread.empty()) return Exit::unread;
  return drift.rows.empty() && drift.held.empty() ? Exit::done : Exit::difference;
}

}  // namespace certloop::report
