#pragma once
// What the credential sources see of the machine they run on. main.cpp wires the real one; tests
// and the simulation bring their own, so nothing here ever finds a developer's own credentials.
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace certloop::aws {

// Decides where the shared files are (profile_file.h).
enum class Platform { posix, windows };

struct ProcessOutput {
  int exit_status = 0;
  Secret output;  // what it wrote to standard output
};

// Implementations are safe for concurrent use.
class CredentialsEnvironment {
 public:
  virtual ~CredentialsEnvironment() = default;

  virtual std::optional<std::string> variable(const std::string& name) const = 0;
  // The user's home by the system's own records, for when no variable tells; may be empty.
  virtual std::string home_directory() const = 0;
  virtual Platform platform() const = 0;
  // The whole file. Errors: not_found; denied (may not be read, too large).
  virtual Result<Secret> read_file(const std::string& path) const = 0;
  // Runs a program without a shell, found by PATH, with standard input empty and standard error
  // thrown away: AWS's rule for credential_process, for people print secrets there.
  // Errors: not_found (no such program); unavailable (did not end in time and was killed).
  virtual Result<ProcessOutput> run(const std::vector<std::string>& arguments,
                                    Duration timeout) const = 0;
};

// The variable's value without surrounding space; nullopt if it is unset or blank. AWS's tools
// treat a blank variable as unset.
std::optional<std::string> set_variable(const CredentialsEnvironment& environment,
                                        const std::string& name);
// Whether it says "true", in any case.
bool is_true(const CredentialsEnvironment& environment, const std::string& name);
// Replaces a leading ~ by the home directory and $NAME or ${NAME} by variables, as AWS's tools do
// with paths in the shared files.
std::string expand_path(const CredentialsEnvironment& environment, const std::string& path);
// HOME; on Windows then USERPROFILE, then HOMEDRIVE and HOMEPATH; then what the system says.
std::string home_of(const CredentialsEnvironment& environment);

}  // namespace certloop::aws
