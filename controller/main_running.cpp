#include "main_running.h"

#include <exception>
#include <string>
#include <typeinfo>

namespace certloop {
namespace {

constexpr int kSweepers = 4;

}  // namespace

Running::Running(Engine& engine, std::stop_source& stop, int workers)
    : engine_(engine), stop_(stop), thread_([this, workers] { run(workers); }) {}

Running::~Running() {
  stop_.request_stop();
  if (thread_.joinable()) thread_.join();
}

Result<void> Running::end() {
  stop_.request_stop();
  if (thread_.joinable()) thread_.join();
  if (failure_) return *failure_;
  return {};
}

// An exception must not leave a thread: it would end the process in the middle of a call.
void Running::run(int workers) {
  try {
    engine_.run(stop_.get_token(), workers, kSweepers);
  } catch (const std::exception& error) {
    // What it says may quote what it stumbled over, a secret for one: it is not shown.
    failure_ = Error(Code::internal, std::string("the controller failed unexpectedly (") +
                                         typeid(error).name() + ")");
    stop_.request_stop();
  } catch (...) {
    failure_ = Error(Code::internal, "the controller failed unexpectedly");
    stop_.request_stop();
  }
}

}  // namespace certloop
