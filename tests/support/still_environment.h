#pragma once
// A machine with no variables, no files and no programs: nothing of the developer's own leaks in.
#include <map>
#include <string>

#include "aws/credentials_environment.h"

namespace certloop::test {

class StillEnvironment final : public aws::CredentialsEnvironment {
 public:
  std::map<std::string, std::string> variables;
  std::map<std::string, std::string> files;

  std::optional<std::string> variable(const std::string& name) const override {
    const auto it = variables.find(name);
    return it == variables.end() ? std::nullopt : std::optional<std::string>(it->second);
  }
  std::string home_directory() const override { return "/home/nobody"; }
  aws::Platform platform() const override { return aws::Platform::posix; }
  Result<Secret> read_file(const std::string& path) const override {
    const auto it = files.find(path);
    if (it == files.end()) return Error(Code::not_found, path + ": no such file");
    return Secret(it->second);
  }
  Result<aws::ProcessOutput> run(const std::vector<std::string>& arguments,
                                 Duration) const override {
    return Error(Code::not_found, arguments.front() + ": no such program");
  }
};

}  // namespace certloop::test
