#include "api/condition.h"

#include <algorithm>

namespace certloop::api {
namespace {

// AWS numbers every refusal: "... (AccessDeniedException, request id 6f4c...)".
std::string without_request_ids(const std::string& message) {
  constexpr std::string_view kId = ", request id ";
  std::string text;
  std::size_t from = 0;
  for (auto at = message.find(kId); at != std::string::npos; at = message.find(kId, from)) {
    text.append(message, from, at - from);
    from = std::min(message.find(')', at), message.size());
  }
  return text.append(message, from);
}

// The same refusal once more is no news: writing it down would wake all who follow the object.
bool says_the_same(const Condition& have, const Condition& next) {
  return have.status == next.status && have.reason == next.reason &&
         have.message != next.message &&
         without_request_ids(have.message) == without_request_ids(next.message);
}

}  // namespace

void set(Conditions& all, Condition next) {
  next.since = std::chrono::floor<std::chrono::seconds>(next.since);
  for (Condition& have : all) {
    if (have.type != next.type) continue;
    if (have.status == next.status) next.since = have.since;
    if (says_the_same(have, next)) next.message = have.message;
    have = std::move(next);
    return;
  }
  all.push_back(std::move(next));
}

void remove(Conditions& all, std::string_view type) {
  std::erase_if(all, [&](const Condition& have) { return have.type == type; });
}

const Condition* find(const Conditions& all, std::string_view type) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Condition& have) { return have.type == type; });
  return found == all.end() ? nullptr : &*found;
}

bool is_true(const Conditions& all, std::string_view type) {
  const Condition* found = find(all, type);
  return found != nullptr && found->status == Truth::yes;
}

}  // namespace certloop::api
