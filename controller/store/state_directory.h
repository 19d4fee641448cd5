#pragma once
// The directory that holds the state, and whether it is fit to: ours alone, on a disk of this
// machine, without ways out of it (SECURITY, "At rest").
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace certloop::store {

// Makes the directory (0700) if `make` and it is absent, checks it, and answers its canonical path.
// Error: not_found (absent, not to be made); denied (group or others may enter it, a file in it is
// open to them, or it is somebody else's); invalid (no directory, a link that leads out of it, a
// network file system); unavailable (disk).
Result<std::filesystem::path> state_directory(const std::filesystem::path& path, bool make);

// Leaves a regular file of mode 0600 at `path`, empty if it is new.
Result<void> make_private_file(const std::filesystem::path& path);

// Which file stands at a path: changes when it is replaced.
struct FileIdentity {
  std::uint64_t device = 0, inode = 0;
  bool operator==(const FileIdentity&) const = default;
};
// None: nothing stands there, or it cannot be looked at.
std::optional<FileIdentity> identity_of(const std::string& path);

// The name of the network or cluster file system with this magic (statfs(2), linux/magic.h), on
// which several machines would share the write-ahead log without sharing its memory. None: local.
std::optional<std::string_view> network_file_system(std::int64_t magic);

// Held while the database is opened: two processes must not both make it. Released at death.
class OpeningLock {
 public:
  static Result<OpeningLock> take(const std::filesystem::path& directory);
  OpeningLock(OpeningLock&& other) noexcept;
  OpeningLock& operator=(OpeningLock&&) = delete;
  ~OpeningLock();

 private:
  explicit OpeningLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace certloop::store
