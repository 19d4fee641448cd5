#pragma once
// Where specs are read from. An interface, so that tests, Git and the emulator need no disk.
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace certloop::spec {

// What a path leads to, links followed.
struct FileState {
  enum class Type { file, directory, other };  // other: a device, pipe or socket

  Type type = Type::file;
  bool is_link = false;                     // the path itself is a link
  std::uint64_t device = 0, inode = 0;      // together: which file it is, whatever it is called
  std::uint64_t size = 0;                   // bytes
  std::int64_t modified = 0, changed = 0;  // nanoseconds since 1970: of the content; of the inode

  bool is_directory() const { return type == Type::directory; }
  bool operator==(const FileState&) const = default;
};

// Implementations are safe for concurrent use.
class Files {
 public:
  virtual ~Files() = default;

  // Error: not_found; denied; unavailable (input, output).
  virtual Result<FileState> state(const std::string& path) const = 0;

  // The absolute path without links. Errors as above.
  virtual Result<std::string> real_path(const std::string& path) const = 0;

  // The names of the entries of a directory, sorted, without "." and "..". Errors as above;
  // invalid (more than `most_names`).
  virtual Result<std::vector<std::string>> list(const std::string& path,
                                                std::size_t most_names) const = 0;

  // The whole content; "-" is standard input. With `expected`, the file must still be that one.
  // Errors as above; invalid (larger than `most_bytes`, or not a regular file: a device or pipe
  // could block or never end); unavailable (replaced since `expected` was looked at).
  virtual Result<std::string> read(const std::string& path, std::size_t most_bytes,
                                   const FileState* expected = nullptr) const = 0;
};

// The disk, and the process's standard input.
class DiskFiles final : public Files {
 public:
  Result<FileState> state(const std::string& path) const override;
  Result<std::string> real_path(const std::string& path) const override;
  Result<std::vector<std::string>> list(const std::string& path,
                                        std::size_t most_names) const override;
  Result<std::string> read(const std::string& path, std::size_t most_bytes,
                           const FileState* expected = nullptr) const override;
};

}  // namespace certloop::spec
