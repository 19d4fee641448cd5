#include "report/choices.h"

#include <algorithm>
#include <tuple>

namespace certloop::report {

void sort(Choices& choices) {
  const auto key = [](const Choice& row) {
    return std::tuple(!row.can_choose, row.object.name.empty(), row.object.space, row.object.name,
                      row.domain, row.arn);
  };
  std::sort(choices.rows.begin(), choices.rows.end(),
            [&](const Choice& a, const Choice& b) { return key(a) < key(b); });
}

Exit exit_of(const Choices& choices) { return choices.unread.empty() ? Exit::done : Exit::unread; }

}  // namespace certloop::report
