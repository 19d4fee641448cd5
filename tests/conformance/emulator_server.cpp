// The emulator over HTTP with nothing around it: prints its URL, serves until standard input ends.
#include <iostream>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "emulator/emulator.h"
#include "emulator/http_server.h"

int main() {
  using namespace certloop;
  const SystemClock clock;
  SystemRandom random;
  emulator::Emulator emulator({}, clock, random);
  emulator::HttpServer server(
      [&](const net::HttpRequest& request) { return emulator.handle(request); }, {});
  if (const Result<void> started = server.start(); !started.ok()) {
    std::cerr << started.error().message() << '\n';
    return 1;
  }
  std::cout << server.url() << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
  server.stop();
  return 0;
}
