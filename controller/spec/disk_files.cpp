#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <system_error>

#include "base/text.h"
#include "spec/files.h"

namespace certloop::spec {
namespace {

Error error_of(const std::string& path, int code) {
  const std::string shown = printable(path);
  if (code == ENOENT || code == ENOTDIR)
    return Error(Code::not_found, fmt::format("{}: no such file or directory", shown));
  if (code == EACCES || code == EPERM)
    return Error(Code::denied, fmt::format("{}: permission denied", shown));
  if (code == ELOOP)
    return Error(Code::invalid,
                 fmt::format("{}: this link leads back to itself; remove it", shown));
  return Error(Code::unavailable,
               fmt::format("{}: {}", shown, std::generic_category().message(code)));
}

Error too_large(const std::string& path, std::size_t most_bytes) {
  return Error(Code::invalid, fmt::format("{}: is larger than {} KiB; split it", printable(path),
                                          most_bytes >> 10));
}

std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

FileState state_of(const struct stat& found, bool is_link) {
  FileState state;
  if (S_ISDIR(found.st_mode))
    state.type = FileState::Type::directory;
  else if (!S_ISREG(found.st_mode))
    state.type = FileState::Type::other;
  state.is_link = is_link;
  state.device = found.st_dev;
  state.inode = found.st_ino;
  state.size = static_cast<std::uint64_t>(found.st_size);
  state.modified = nanoseconds(found.st_mtim);
  state.changed = nanoseconds(found.st_ctim);
  return state;
}

struct FreeText {
  void operator()(char* text) const { std::free(text); }
};

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }

 private:
  const int number_;
};

Result<std::string> read_stream(std::istream& stream, std::size_t most_bytes) {
  constexpr std::size_t kChunk = 64 << 10;
  std::string text;
  while (stream) {
    const std::size_t size = text.size();
    text.resize(size + kChunk);
    stream.read(text.data() + size, kChunk);
    text.resize(size + static_cast<std::size_t>(stream.gcount()));
    if (text.size() > most_bytes) return too_large("standard input", most_bytes);
  }
  if (stream.bad()) return Error(Code::unavailable, "standard input: cannot be read");
  return text;
}

Result<std::string> read_all(int file, const std::string& path, std::size_t most_bytes) {
  constexpr std::size_t kChunk = 64 << 10;
  std::string text;
  for (;;) {
    const std::size_t size = text.size();
    text.resize(size + kChunk);
    const ssize_t count = ::read(file, text.data() + size, kChunk);
    text.resize(size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return error_of(path, errno);
    if (text.size() > most_bytes) return too_large(path, most_bytes);
    if (count == 0) return text;
  }
}

}  // namespace

Result<FileState> DiskFiles::state(const std::string& path) const {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return error_of(path, errno);
  if (!S_ISLNK(found.st_mode)) return state_of(found, false);
  if (::stat(path.c_str(), &found) != 0) return error_of(path, errno);
  return state_of(found, true);
}

Result<std::string> DiskFiles::real_path(const std::string& path) const {
  const std::unique_ptr<char, FreeText> real(::realpath(path.c_str(), nullptr));
  if (real == nullptr) return error_of(path, errno);
  return std::string(real.get());
}

Result<std::vector<std::string>> DiskFiles::list(const std::string& path,
                                                 std::size_t most_names) const {
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(path.c_str()));
  if (directory == nullptr) return error_of(path, errno);
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr) break;
    const std::string_view name(entry->d_name);
    if (name == "." || name == "..") continue;
    if (names.size() >= most_names)
      return Error(Code::invalid,
                   fmt::format("{}: too many files and directories; split it", printable(path)));
    names.emplace_back(name);
  }
  if (errno != 0) return error_of(path, errno);
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> DiskFiles::read(const std::string& path, std::size_t most_bytes,
                                    const FileState* expected) const {
  if (path == "-") return read_stream(std::cin, most_bytes);
  // A pipe without a writer would block the opening itself.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat found {};
  if (file.get() < 0 || ::fstat(file.get(), &found) != 0) {
    // How a socket answers to being opened.
    if (errno != ENXIO) return error_of(path, errno);
    return Error(Code::invalid, fmt::format("{}: not a regular file", printable(path)));
  }
  if (!S_ISREG(found.st_mode))
    return Error(Code::invalid, fmt::format("{}: not a regular file", printable(path)));
  if (expected != nullptr && (expected->device != found.st_dev || expected->inode != found.st_ino))
    return Error(Code::unavailable,
                 fmt::format("{}: was replaced while it was read; try again", printable(path)));
  return read_all(file.get(), path, most_bytes);
}

}  // namespace certloop::spec
