#include "tests/walk/points.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace certloop::walk {
namespace {

using emulator::CallRecord;
using emulator::Fault;

// More than the client sends a read again by itself.
constexpr int kMoreThanRetries = 6;

struct Way {
  std::string name;
  Disturbance disturbance;
};

Way refused(const std::string& name, const std::string& code, int status, int times = 1) {
  Way way{name, {}};
  way.disturbance.fault.kind = Fault::Kind::error;
  way.disturbance.fault.error_code = code;
  way.disturbance.fault.http_status = status;
  way.disturbance.times = times;
  return way;
}

Way failed(const std::string& name, Fault::Kind kind, int times = 1) {
  Way way{name, {}};
  way.disturbance.fault.kind = kind;
  way.disturbance.times = times;
  return way;
}

Way spoiled(const std::string& name, Spoiling how) {
  Way way{name, {}};
  way.disturbance.spoiling = how;
  return way;
}

bool speaks_json(const CallRecord& call) {
  return call.service == "acm" || call.service == "acm-pca" || call.service == "tagging";
}

bool is_listing(const CallRecord& call) {
  return call.operation.starts_with("List") || call.operation.starts_with("Search") ||
         call.operation == "GetResources";
}

// What a call that names one thing is answered when it does not exist.
std::vector<Way> absent(const CallRecord& call) {
  if (call.service == "route53" && call.operation != "ListHostedZones")
    return {refused("absent", "NoSuchHostedZone", 404)};
  const bool names_one = call.request.find("Arn\":\"arn:") != std::string::npos;
  if (speaks_json(call) && names_one) return {refused("absent", "ResourceNotFoundException", 400)};
  return {};
}

void add(std::vector<Way>& all, std::vector<Way> more) {
  all.insert(all.end(), more.begin(), more.end());
}

std::vector<Way> ways(const CallRecord& call, bool asked_before) {
  const bool in_json = speaks_json(call);
  std::vector<Way> all = {
      refused("denied", in_json ? "AccessDeniedException" : "AccessDenied", in_json ? 400 : 403),
      refused("odd", in_json ? "ValidationException" : "InvalidInput", 400)};
  if (call.mutating) {
    add(all, {refused("throttled", in_json ? "ThrottlingException" : "Throttling", 400),
              failed("crash", Fault::Kind::crash), failed("drop", Fault::Kind::drop),
              failed("lost", Fault::Kind::lost), spoiled("cut", Spoiling::cut)});
    return all;
  }
  add(all, absent(call));
  add(all,
      {refused("throttled", in_json ? "ThrottlingException" : "Throttling", 400, kMoreThanRetries),
       failed("crash", Fault::Kind::crash, kMoreThanRetries),
       failed("drop", Fault::Kind::drop, kMoreThanRetries), spoiled("cut", Spoiling::cut)});
  if (is_listing(call)) add(all, {spoiled("omit", Spoiling::omit)});
  if (asked_before) add(all, {spoiled("stale", Spoiling::stale)});
  return all;
}

}  // namespace

std::string Case::name() const { return fmt::format("{} {} {}", operation, nth, how); }

std::vector<Case> cases_of(const Course& course) {
  std::map<std::string, int> counted;
  std::set<std::string> asked;
  std::vector<Case> cases;
  std::size_t stage = 0;
  for (std::size_t at = 0; at < course.calls.size(); ++at) {
    const CallRecord& call = course.calls[at];
    while (stage < course.calls_until.size() && at >= course.calls_until[stage]) ++stage;
    if (stage == course.calls_until.size()) break;  // nothing is waited for any more
    const std::string operation = call.service + ' ' + call.operation;
    const int nth = ++counted[operation];
    const bool before = !asked.insert(call.region + operation + call.request).second;
    if (course.by_hand.contains(call.sequence)) continue;
    for (auto& way : ways(call, before)) {
      way.disturbance.fault.service = call.service;
      way.disturbance.fault.operation = call.operation;
      way.disturbance.fault.nth = nth;
      cases.push_back({operation, nth, stage, !call.mutating, way.name, way.disturbance});
    }
  }
  return cases;
}

std::vector<Case> shuffled(std::vector<Case> cases, std::uint64_t seed, std::size_t alike) {
  using Kind = std::tuple<std::size_t, std::string, std::string>;
  SeededRandom random(seed);
  std::map<Kind, std::vector<Case>> kinds;
  for (auto& each : cases) kinds[{each.stage, each.operation, each.how}].push_back(std::move(each));
  std::vector<std::vector<Case>> piles;
  for (auto& [kind, pile] : kinds) piles.push_back(std::move(pile));
  const auto shuffle = [&random](auto& all) {
    for (std::size_t left = all.size(); left > 1; --left)
      std::swap(all[left - 1], all[random.below(left)]);
  };
  std::size_t longest = 0;
  for (auto& pile : piles) {
    shuffle(pile);
    longest = std::max(longest, std::min(alike, pile.size()));
  }
  shuffle(piles);
  std::vector<Case> order;
  for (std::size_t round = 0; round < longest; ++round)
    for (auto& pile : piles)
      if (round < pile.size()) order.push_back(std::move(pile[round]));
  return order;
}

}  // namespace certloop::walk
