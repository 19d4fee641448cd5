// The process: its signals, streams and environment, and the parts joined to a program.
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <thread>
#include <typeinfo>

#include "aws/credentials_system.h"
#include "base/secret.h"
#include "cli/program.h"
#include "main_program.h"
#include "net/curl_transport.h"
#include "schema/schema.h"

namespace certloop {
namespace {

// Turns SIGINT and SIGTERM into a request to stop: taken by one thread that waits for nothing else,
// so that no handler runs in the middle of anything. A second signal ends the process as usual.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&set_, signal);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    signal(SIGPIPE, SIG_IGN);
    waiter_ = std::thread([this] { wait(); });
  }
  ~Signals() {
    pthread_kill(waiter_.native_handle(), SIGUSR1);  // nobody will come: let it go
    waiter_.join();
  }

  std::stop_token stop() const { return stop_.get_token(); }

 private:
  void wait() {
    int signal = 0;
    if (sigwait(&set_, &signal) != 0 || signal == SIGUSR1) return;
    stop_.request_stop();
    sigset_t impatient;
    sigemptyset(&impatient);
    sigaddset(&impatient, SIGINT);
    sigaddset(&impatient, SIGTERM);
    pthread_sigmask(SIG_UNBLOCK, &impatient, nullptr);
    if (sigwait(&set_, &signal) != 0 || signal == SIGUSR1) return;
    std::_Exit(130);
  }

  sigset_t set_{};
  std::stop_source stop_;
  std::thread waiter_;
};

net::CurlOptions curl_options(const aws::CredentialsEnvironment& environment, bool link_local) {
  const auto variable = [&](const char* name) {
    return aws::set_variable(environment, name).value_or("");
  };
  net::CurlOptions options;
  options.ca_bundle_file = variable("AWS_CA_BUNDLE");
  options.user_agent = "certloop/" CERTLOOP_VERSION;
  options.allow_link_local = link_local;
  options.allow_plain_http = link_local;
  if (link_local) return options;  // metadata services are never reached through a proxy
  options.https_proxy = variable("HTTPS_PROXY");
  options.http_proxy = variable("HTTP_PROXY");
  options.no_proxy = variable("NO_PROXY");
  return options;
}

std::size_t terminal_width() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

int run(int argc, char** argv) {
  forbid_core_dumps();
  umask(077);
  Signals signals;
  if (const auto sound = schema::check_descriptions(); !sound.ok()) {
    std::cerr << "error: " << sound.error().message() << '\n';
    return 2;
  }
  SystemClock clock;
  SystemRandom random;
  const aws::SystemEnvironment environment(clock);
  Log log(
      clock, [](std::string_view line) { std::cerr << line << '\n'; },
      environment.variable("CERTLOOP_LOG_FORMAT").value_or("") == "json" ? Log::Format::json
                                                                         : Log::Format::text);
  net::CurlTransport transport(curl_options(environment, false));
  net::CurlTransport link_local(curl_options(environment, true));
  const std::string command = argc > 1 && argv[1][0] != '-' ? argv[1] : "";
  LocalProgram program(
      {clock, random, log, transport, link_local, environment, signals.stop(), command});
  const cli::Environment edges{{argv + 1, argv + argc},
                               std::cin,
                               std::cout,
                               std::cerr,
                               isatty(STDOUT_FILENO) == 1,
                               isatty(STDERR_FILENO) == 1,
                               terminal_width(),
                               nullptr,
                               [&](const std::string& name) { return environment.variable(name); }};
  return cli::main(edges, program);
}

}  // namespace
}  // namespace certloop

int main(int argc, char** argv) {
  // The last catch. What was thrown may quote what it stumbled over, a secret for one: it is not
  // shown.
  try {
    return certloop::run(argc, argv);
  } catch (const std::exception& thrown) {
    std::cerr << "error: certloop failed unexpectedly (" << typeid(thrown).name() << ")\n";
  } catch (...) {
    std::cerr << "error: certloop failed unexpectedly\n";
  }
  return 2;
}
