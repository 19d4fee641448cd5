#pragma once
// Reading listings page after page. Private to this folder.
#include <functional>
#include <string>

#include "aws/answer_json.h"

namespace certloop::aws {

// How one operation pages.
struct Listing {
  std::string operation;
  Json input;         // without the token
  const char* rows;   // the member of the answer that holds them
  const char* token;  // the member of input and answer that leads to the next page
};

// Calls the operation until there is no further page; `row` gets every row and when its page was
// asked for, and may return false to stop. An empty page with a token is a page like any other.
// Errors: internal (the same token twice in a row; more than 5,000 pages), whatever `row` returned,
// and those of Client::call; `read_any`, if given, tells whether a page had been read before.
Result<void> read_pages(Client& client, const Listing& listing,
                        const std::function<Result<bool>(const Json& row, Instant asked)>& row,
                        bool* read_any = nullptr);

}  // namespace certloop::aws
