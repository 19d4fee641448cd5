#include "tests/walk/spoiler.h"

#include <nlohmann/json.hpp>

namespace certloop::walk {
namespace {

// Nothing that AWS says. The emulator refuses the call that is meant with this code: only it knows
// which call a request is. The call is then made again, and its answer spoiled.
const char* const kMark = "MarkedByTheWalk";

std::string without_items(const std::string& body) {
  nlohmann::json answer = nlohmann::json::parse(body, nullptr, false);
  if (answer.is_object()) {
    for (auto& [name, member] : answer.items())
      if (member.is_array()) {
        member = nlohmann::json::array();
        return answer.dump();
      }
    return body;
  }
  for (const std::string list : {"HostedZones", "ResourceRecordSets"}) {
    const auto from = body.find('<' + list + '>'), to = body.find("</" + list + '>');
    if (from == std::string::npos || to == std::string::npos) continue;
    const auto items = from + list.size() + 2;
    return body.substr(0, items) + body.substr(to);
  }
  return body;
}

std::string key_of(const net::HttpRequest& request) {
  return request.method + ' ' + request.url.text() + '\n' +
         net::header(request.headers, "X-Amz-Target").value_or("") + '\n' +
         net::header(request.headers, "Authorization").value_or("").substr(0, 80) + '\n' +
         request.body;
}

}  // namespace

Spoiler::Spoiler(sim::World& world, const emulator::Fault& which, Spoiling how)
    : again_(world.aws), how_(how) {
  emulator::Fault mark = which;
  mark.kind = emulator::Fault::Kind::error;
  mark.error_code = kMark;
  world.aws.add_fault(mark);
  world.transport.after = [this](const net::HttpRequest& request, net::HttpResponse answer) {
    return pass(request, std::move(answer));
  };
}

Result<net::HttpResponse> Spoiler::pass(const net::HttpRequest& request, net::HttpResponse answer) {
  const std::string key = how_ == Spoiling::stale ? key_of(request) : "";
  if (answer.body.find(kMark) == std::string::npos) {
    if (how_ == Spoiling::stale && answer.status / 100 == 2) earlier_[key] = answer;
    return answer;
  }
  answer = TRY(again_.send(request, {}));
  if (how_ == Spoiling::omit) answer.body = without_items(answer.body);
  if (how_ == Spoiling::cut) answer.body.resize(answer.body.size() / 2);
  if (how_ == Spoiling::stale)
    if (const auto found = earlier_.find(key); found != earlier_.end())
      answer.body = found->second.body;
  return answer;
}

}  // namespace certloop::walk
