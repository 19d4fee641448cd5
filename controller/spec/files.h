#pragma once
// Where specs are read from. An interface, so that tests, Git and the emulator need no disk.
#include <string>
#include <vector>

#include "base/result.h"

namespace certloop::spec {

// Implementations are safe for concurrent use.
class Files {
 public:
  virtual ~Files() = default;

  // Whether the path leads to a directory. Error: not_found; denied; unavailable (input, output).
  virtual Result<bool> is_directory(const std::string& path) const = 0;

  // The names of what stands in a directory, sorted, without "." and "..". Errors as above.
  virtual Result<std::vector<std::string>> list(const std::string& path) const = 0;

  // The whole content; "-" is standard input. Errors as above; invalid (larger than `most_bytes`).
  virtual Result<std::string> read(const std::string& path, std::size_t most_bytes) const = 0;
};

// The disk, and the process's standard input.
class DiskFiles final : public Files {
 public:
  Result<bool> is_directory(const std::string& path) const override;
  Result<std::vector<std::string>> list(const std::string& path) const override;
  Result<std::string> read(const std::string& path, std::size_t most_bytes) const override;
};

}  // namespace certloop::spec
