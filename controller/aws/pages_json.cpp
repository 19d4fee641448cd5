#include "aws/pages_json.h"

namespace certloop::aws {
namespace {
constexpr int kMostPages = 5000;  // 500,000 rows of the shortest pages
}

Result<void> read_pages(Client& client, const Listing& listing,
                        const std::function<Result<bool>(const Json& row, Instant asked)>& row,
                        bool* read_any) {
  Json input = listing.input;
  std::string token;
  for (int page = 0; page < kMostPages; ++page) {
    Call call = TRY(json_call(client, listing.operation, input));
    call.bulk = true;
    Instant asked;
    const net::HttpResponse response = TRY(client.call(std::move(call), &asked));
    bool stopped = false;
    std::optional<Error> refused;
    const auto take = [&](const Json& element) -> Result<bool> {
      const Result<bool> more = row(element, asked);
      if (!more.ok()) refused = more.error();
      stopped = more.ok() && !*more;
      return more;
    };
    auto next = read_rows(response.body, listing.rows, listing.token, take);
    if (refused) return std::move(*refused);
    if (!next.ok()) return client.nonsense(listing.operation, next.error().message());
    if (read_any != nullptr) *read_any = true;
    if (stopped || next->empty()) return {};
    if (*next == token)
      return client.nonsense(listing.operation, "the listing leads back to the same page");
    token = *next;
    input[listing.token] = token;
  }
  return client.nonsense(listing.operation, "the listing does not end");
}

}  // namespace certloop::aws
