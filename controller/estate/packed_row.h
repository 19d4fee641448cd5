#pragma once
// A row in one piece of memory. A place can hold 100,000 certificates and hundreds of places are
// watched: as a struct of strings and maps a row takes about 2.3 kB in forty pieces, packed it
// takes about 0.6 kB in one.
#include <string>
#include <string_view>

#include "estate/row.h"

namespace certloop::estate {

// The row but for its ARN, which whoever keeps it knows already. The form is private to this
// process: it is never written to disk.
std::string pack(const Row& row);
// The reverse. `packed` must come from pack().
Row unpack(std::string_view arn, std::string_view packed);

}  // namespace certloop::estate
