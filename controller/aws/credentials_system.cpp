#include "aws/credentials_system.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include "base/text.h"

extern char** environ;

namespace certloop::aws {
namespace {

// Files and outputs above this are no configuration.
constexpr std::size_t kMaxBytes = std::size_t{4} * 1024 * 1024;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

// Appends what can be read; false at the end, on an error, or above the limit.
bool read_some(int from, std::string& to) {
  std::array<char, 4096> buffer{};
  const ssize_t count = ::read(from, buffer.data(), buffer.size());
  if (count < 0 && errno == EINTR) return true;
  if (count <= 0) return false;
  to.append(buffer.data(), static_cast<std::size_t>(count));
  std::fill(buffer.begin(), buffer.end(), '\0');
  return to.size() <= kMaxBytes;
}

// Starts the program with nothing to read, its errors thrown away, its output to the descriptor.
int spawn(const std::vector<std::string>& arguments, int output, pid_t& child) {
  std::vector<char*> words;
  for (const std::string& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // A group of its own, so that whatever it starts can be killed with it.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setpgroup(&attributes, 0);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  const int code = posix_spawnp(&child, words[0], &actions, &attributes, words.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return code;
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::optional<std::string> SystemEnvironment::variable(const std::string& name) const {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

std::string SystemEnvironment::home_directory() const {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
    return {};
  return found->pw_dir;
}

Result<Secret> SystemEnvironment::read_file(const std::string& path) const {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    const bool absent = errno == ENOENT || errno == ENOTDIR;
    return Error(
        absent ? Code::not_found : Code::denied,
        fmt::format("{} {}", printable(path), absent ? "does not exist" : "cannot be read"));
  }
  struct stat about {};
  if (fstat(file.get(), &about) != 0 || S_ISDIR(about.st_mode))
    return Error(Code::denied, printable(path) + " is no file");
  std::string text;
  while (read_some(file.get(), text)) {
  }
  if (text.size() > kMaxBytes) {
    wipe(text);
    return Error(Code::denied, printable(path) + " is too large");
  }
  return Secret::take(std::move(text));
}

Result<ProcessOutput> SystemEnvironment::run(const std::vector<std::string>& arguments,
                                             Duration timeout) const {
  std::array<int, 2> ends{};
  if (arguments.empty() || pipe2(ends.data(), O_CLOEXEC) != 0)
    return Error(Code::unavailable, "the program cannot be started");
  const Descriptor reader(ends[0]);
  Descriptor writer(ends[1]);
  pid_t child = 0;
  const int code = spawn(arguments, writer.get(), child);
  writer.close();
  if (code == ENOENT || code == EACCES)
    return Error(Code::not_found, printable(arguments[0]) + " is no program that can be run");
  if (code != 0) return Error(Code::unavailable, "the program cannot be started");

  std::string output;
  const Instant deadline = clock_.tick() + timeout;
  for (;;) {
    const Duration left = deadline - clock_.tick();
    pollfd waiting{reader.get(), POLLIN, 0};
    const int ready = left.count() > 0 ? poll(&waiting, 1, static_cast<int>(left.count())) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      kill(-child, SIGKILL);
      wait_for(child);
      wipe(output);
      return Error(Code::unavailable, fmt::format("{} did not end within {} ms",
                                                  printable(arguments[0]), timeout.count()));
    }
    if (!read_some(reader.get(), output)) break;
  }
  if (output.size() > kMaxBytes) {
    kill(-child, SIGKILL);
    wait_for(child);
    wipe(output);
    return Error(Code::unavailable, printable(arguments[0]) + " writes without end");
  }
  return ProcessOutput{wait_for(child), Secret::take(std::move(output))};
}

}  // namespace certloop::aws
