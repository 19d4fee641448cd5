#include "loop/controller_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "base/timestamp.h"

namespace certloop::loop {
namespace {

std::filesystem::path file_in(const std::filesystem::path& state_directory) {
  return state_directory / "controller.lock";
}

Error system_error(const std::filesystem::path& file, std::string_view what) {
  const int number = errno;
  const bool refused = number == EACCES || number == EPERM || number == EROFS || number == ELOOP;
  return Error(refused ? Code::denied : Code::internal,
               fmt::format("controller lock {}: {}: {}", file.string(), what,
                           std::error_code(number, std::generic_category()).message()));
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

// One line of three or four words; empty once the holder has let go.
std::optional<ControllerLock::Holder> parse(std::string_view line) {
  const auto words = split(trim(line), ' ');
  if (words.size() != 3 && words.size() != 4) return std::nullopt;
  ControllerLock::Holder holder;
  const auto since = parse_rfc3339(words[2]);
  const auto end = words[0].data() + words[0].size();
  if (!since || std::from_chars(words[0].data(), end, holder.pid).ptr != end) return std::nullopt;
  holder.host = words[1];
  holder.since = *since;
  if (words.size() == 4) holder.command = words[3];
  return holder;
}

std::string read_line(int file) {
  std::array<char, 512> text{};
  const ssize_t size = pread(file, text.data(), text.size(), 0);
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string();
}

bool write_line(int file, const std::string& line) {
  return ftruncate(file, 0) == 0 &&
         pwrite(file, line.data(), line.size(), 0) == static_cast<ssize_t>(line.size());
}

}  // namespace

Result<ControllerLock> ControllerLock::try_acquire(const std::filesystem::path& state_directory,
                                                   const Clock& clock, const std::string& command) {
  const auto path = file_in(state_directory);
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return system_error(path, "cannot be opened");
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    const Error error = system_error(path, "cannot be locked");
    const bool held = errno == EWOULDBLOCK;
    const auto holder = parse(read_line(file));
    close(file);
    if (!held) return error;
    const std::string who =
        holder ? text_of(*holder) : "a process that has not written its name yet";
    return Error(Code::conflict,
                 fmt::format("another controller reconciles {} already ({}): stop it first, or "
                             "choose another state directory",
                             state_directory.string(), who));
  }
  ControllerLock lock(file, path);
  const std::string line = fmt::format("{} {} {}{}\n", getpid(), host_name(), rfc3339(clock.now()),
                                       command.empty() ? "" : " " + command);
  if (!write_line(file, line)) return system_error(path, "cannot be written");
  return lock;
}

Result<ControllerLock::Holder> ControllerLock::holder(
    const std::filesystem::path& state_directory) {
  const auto path = file_in(state_directory);
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file >= 0) {
    const auto holder = parse(read_line(file));
    close(file);
    if (holder) return *holder;
  }
  return Error(Code::not_found, "no controller reconciles " + state_directory.string());
}

Result<void> ControllerLock::check() const {
  struct stat held {
  }, named{};
  const bool same = fstat(file_, &held) == 0 && stat(path_.c_str(), &named) == 0 &&
                    held.st_dev == named.st_dev && held.st_ino == named.st_ino;
  if (same) return {};
  return Error(Code::unavailable,
               fmt::format("state directory {} was deleted, moved or replaced: restore it, then "
                           "start certloop again",
                           path_.parent_path().string()));
}

std::string text_of(const ControllerLock::Holder& holder) {
  return fmt::format("process {} on {}{}, since {}", holder.pid, printable(holder.host),
                     holder.command.empty() ? "" : " (certloop " + printable(holder.command) + ")",
                     rfc3339(holder.since));
}

ControllerLock::ControllerLock(ControllerLock&& other) noexcept
    : file_(std::exchange(other.file_, -1)), path_(std::move(other.path_)) {}

ControllerLock::~ControllerLock() {
  if (file_ < 0) return;
  // The name goes before the lock: a name in the file is a live holder's, or a dead one's.
  static_cast<void>(ftruncate(file_, 0));
  close(file_);
}

}  // namespace certloop::loop
