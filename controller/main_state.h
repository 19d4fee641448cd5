#pragma once
// What the program keeps in the state directory beside the store: whose certificates these are in
// AWS, and what the operator told `run`. Each file is written whole and synced before it is used.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "cli/program.h"

namespace certloop {

// Who owns what this state makes in AWS. The name is in the tags of every certificate.
struct Installation {
  std::string name;  // "default" where nobody chose one
  std::string id;    // random; empty as long as the state was only read
};

// The installation of that state. `asked` is what --installation says; empty: whatever is stored.
// Writes nothing. Error: invalid (`asked` is another one or not a name; the file is damaged);
// denied, unavailable (disk).
Result<Installation> installation_of(const std::filesystem::path& state, const std::string& asked);

// Likewise, and stores what is not stored yet: to be called before anything is tagged. The state
// directory must exist. Safe against other processes that do the same.
Result<Installation> establish_installation(const std::filesystem::path& state,
                                            const std::string& asked, Random& random);

// Keeps what `run` was told about ambient namespaces and endpoints.
Result<void> keep_run_options(const std::filesystem::path& state, const cli::EngineOptions& run,
                              Random& random);

// The options that a command has to keep to on that state: those of the last `run` for ambient
// namespaces and endpoints, else `asked`. Error: denied (`asked` allows an endpoint that `run` does
// not); invalid (the file is damaged); unavailable (disk).
Result<cli::EngineOptions> options_on(const std::filesystem::path& state,
                                      const cli::EngineOptions& asked);

}  // namespace certloop
