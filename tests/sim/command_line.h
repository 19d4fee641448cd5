#pragma once
// The command line on a world's state, clock and AWS.
#include <string>
#include <vector>

#include "main_program.h"
#include "tests/sim/world.h"

namespace certloop::sim {

class CommandLine {
 public:
  explicit CommandLine(World& world);

  // Runs one command; answers its exit code. The documents stand in the file that "-" among the
  // arguments is replaced by: the program would read the test's own standard input.
  int operator()(std::vector<std::string> arguments, const std::string& documents = "");

  std::string out, err;  // of the last command
  std::string said;      // everything so far: output, errors, log

 private:
  World& world_;
  test::TemporaryDirectory directory_;
  SeededRandom random_;
  emulator::EmulatorTransport transport_;
  test::StillEnvironment environment_;
  Log log_;
  LocalProgram program_;
};

}  // namespace certloop::sim
