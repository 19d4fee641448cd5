#include "tests/walk/play.h"

#include <fmt/format.h>

#include <stdexcept>

#include "base/text.h"
#include "tests/walk/world_state.h"

namespace certloop::walk {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Both texts line by line: what is only in the first, and what is only in the second.
std::string difference(const std::string& right, const std::string& found) {
  std::multiset<std::string> missing, extra;
  for (const auto& line : split(right, '\n')) missing.insert(line);
  for (const auto& line : split(found, '\n')) {
    const auto same = missing.find(line);
    if (same != missing.end())
      missing.erase(same);
    else
      extra.insert(line);
  }
  std::string text;
  for (const auto& line : missing) text += "  right: " + line + '\n';
  for (const auto& line : extra) text += "  found: " + line + '\n';
  return text;
}

}  // namespace

std::string with(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  if (at == std::string::npos) throw std::runtime_error("no '" + what + "' in " + text);
  return text.replace(at, what.size(), by);
}

Play::Play(const Scenario& scenario) : scenario_(scenario) {}
Play::Play(const Scenario& scenario, const Course& right, const Disturbance& disturbance)
    : scenario_(scenario), right_(&right), disturbance_(&disturbance) {}

std::string Play::run() {
  try {
    play();
    return found_.empty() ? outcome() : found_;
  } catch (const std::exception& error) {
    return fmt::format("  exception: {}\n", error.what());
  }
}

void Play::play() {
  world_ = std::make_unique<sim::World>(scenario_.options);
  world_->keeps_to_plan = false;  // that an answer is spoiled, no plan can know
  neighbour_ = std::make_unique<Neighbour>(*world_);
  if (scenario_.prepare) scenario_.prepare(*this);
  neighbour_->remember(*world_);
  world_->clear();
  course_ = {};
  if (disturbance_ != nullptr) disturb();
  scenario_.play(*this);
  course_.calls = world_->aws.calls();
  course_.made = made();
}

void Play::disturb() {
  emulator::Fault fault = disturbance_->fault;
  if (disturbance_->spoiling != Spoiling::none) {
    spoiler_ = std::make_unique<Spoiler>(*world_, fault, disturbance_->spoiling);
    return;
  }
  for (int time = 0; time < disturbance_->times; ++time, ++fault.nth) world_->aws.add_fault(fault);
}

void Play::by_hand(const std::function<void(sim::Hand&)>& act) {
  const auto last = [&] { return world_->aws.calls().size(); };
  const std::size_t before = last();
  sim::Hand hand(world_->aws, world_->clock);
  act(hand);
  for (std::size_t call = before + 1, end = last(); call <= end; ++call)
    course_.by_hand.insert(call);
}

void Play::settle(Duration more) {
  if (!found_.empty()) return;
  world_->settle(hours(1));
  world_->pass(more);
  if (right_ != nullptr) return wait_for(right_->checkpoints.at(course_.checkpoints.size()));
  const std::string state = state_of(*world_, *neighbour_);
  world_->pass(minutes(10));
  if (const std::string later = state_of(*world_, *neighbour_); later != state)
    found_ = "  not steady after settle():\n" + difference(state, later);
  course_.checkpoints.push_back(state);
  course_.calls_until.push_back(world_->aws.calls().size());
}

// The state is looked at often while it may still be soon, and seldom later: a look costs time.
void Play::wait_for(const std::string& right) {
  course_.checkpoints.push_back(right);
  const Time end = world_->clock.now() + kPatience;
  for (Duration step = seconds(30);; step = std::min<Duration>(step * 2, minutes(20))) {
    if (state_of(*world_, *neighbour_) == right) break;
    if (world_->clock.now() >= end) {
      found_ =
          fmt::format("  checkpoint {}:\n{}", course_.checkpoints.size(),
                      difference(right, state_of(*world_, *neighbour_)) + complaints_of(*world_));
      return;
    }
    world_->pass(step);
  }
}

// What is right must stay so, nothing may have been bought twice, and nobody else's was touched.
std::string Play::outcome() {
  std::string found;
  if (right_ != nullptr) {
    world_->pass(minutes(30));
    found += difference(right_->checkpoints.back(), state_of(*world_, *neighbour_));
    if (course_.made != right_->made)
      found += fmt::format("  made: {} certificates and CAs instead of {}\n", course_.made,
                           right_->made);
  }
  const Held held = held_in(*world_, *neighbour_);
  if (held.certificates != scenario_.certificates || held.authorities != scenario_.authorities)
    found +=
        fmt::format("  held: {} certificates and {} CAs instead of {} and {}\n", held.certificates,
                    held.authorities, scenario_.certificates, scenario_.authorities);
  if (const std::string touched = neighbour_->changes(*world_); !touched.empty())
    found += "  the neighbour's was touched:\n" + touched;
  return found.empty() ? found : found + complaints_of(*world_);
}

std::size_t Play::made() const {
  std::set<std::string> arns;
  for (const auto& call : course_.calls) {
    const bool makes = call.operation == "RequestCertificate" ||
                       call.operation == "ImportCertificate" ||
                       call.operation == "CreateCertificateAuthority";
    if (makes && !call.arn.empty() && !course_.by_hand.contains(call.sequence))
      arns.insert(call.arn);
  }
  return arns.size();
}

}  // namespace certloop::walk
