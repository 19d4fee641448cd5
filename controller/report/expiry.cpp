#include "report/expiry.h"

#include <algorithm>
#include <tuple>

namespace certloop::report {

void sort(Expiry& expiry) {
  std::stable_sort(expiry.rows.begin(), expiry.rows.end(),
                   [](const ExpiryRow& a, const ExpiryRow& b) {
                     const Time last = Time::max();
                     const Time a_expires = a.expires.value_or(last);
                     const Time b_expires = b.expires.value_or(last);
                     return std::tie(a_expires, a.object, a.account, a.region, a.arn) <
                            std::tie(b_expires, b.object, b.account, b.region, b.arn);
                   });
}

Exit exit_of(const Expiry& expiry) {
  if (!expiry.coverage.unread.empty()) return Exit::unread;
  const auto is_over = [&](const ExpiryRow& row) {
    return row.missing || (row.expires && *row.expires <= expiry.generated);
  };
  const bool alarming = expiry.within
                            ? !expiry.rows.empty()
                            : std::any_of(expiry.rows.begin(), expiry.rows.end(), is_over);
  return alarming ? Exit::difference : Exit::done;
}

}  // namespace certloop::report
