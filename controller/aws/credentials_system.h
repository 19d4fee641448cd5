#pragma once
// The machine's real environment, for the program's edge: main.cpp makes one and hands it on.
#include "aws/credentials_environment.h"

namespace certloop::aws {

// Thread-safe as long as nobody changes the process's variables, which certloop never does.
class SystemEnvironment final : public CredentialsEnvironment {
 public:
  // The clock, for the time-outs of programs, must outlive this.
  explicit SystemEnvironment(const Clock& clock) : clock_(clock) {}

  std::optional<std::string> variable(const std::string& name) const override;
  std::string home_directory() const override;
  Platform platform() const override { return Platform::posix; }
  Result<Secret> read_file(const std::string& path) const override;
  Result<ProcessOutput> run(const std::vector<std::string>& arguments,
                            Duration timeout) const override;

 private:
  const Clock& clock_;
};

}  // namespace certloop::aws
