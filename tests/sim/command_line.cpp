#include "tests/sim/command_line.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/sealed_state.h"

namespace certloop::sim {

CommandLine::CommandLine(World& world)
    : world_(world),
      random_(99),
      transport_(world.aws),
      log_(
          world.clock, [this](std::string_view line) { said += std::string(line) + '\n'; },
          Log::Format::json, Level::debug),
      program_({world.local, random_, log_, transport_, transport_, environment_, {}}) {
  const auto key_file = directory_.path() / "key";
  std::ofstream(key_file) << test::seal_key();
  std::filesystem::permissions(key_file, std::filesystem::perms(0600));
  environment_.variables["CERTLOOP_SEAL_KEY_FILE"] = key_file.string();
}

int CommandLine::operator()(std::vector<std::string> arguments, const std::string& documents) {
  const auto file = directory_.path() / "documents.yaml";
  std::ofstream(file) << documents;
  std::replace(arguments.begin(), arguments.end(), std::string("-"), file.string());
  arguments.emplace_back("--state");
  arguments.push_back((world_.directory.path() / "state").string());
  std::istringstream in;
  std::ostringstream to_out, to_err;
  const int code =
      cli::main({arguments, in, to_out, to_err, false, false, 0, nullptr, {}}, program_);
  out = to_out.str();
  err = to_err.str();
  said += out + err;
  return code;
}

}  // namespace certloop::sim
