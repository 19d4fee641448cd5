#include "store/seal_key.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "base/text.h"

namespace certloop::store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = 65'536;

// A file descriptor, closed when it dies.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  int get() const { return descriptor_; }
  bool ok() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

Error failed(const fs::path& path, std::string_view doing) {
  const int number = errno;
  const Code code = number == EACCES || number == EPERM ? Code::denied : Code::unavailable;
  return Error(code, fmt::format("sealing key {}: {}: {}", path.string(), doing,
                                 std::generic_category().message(number)));
}

std::optional<Secret> key_in(std::string_view line) {
  std::optional<std::string> bytes;
  if (line.size() == 2 * AesSealer::kKeySize) bytes = from_hex(line);
  if (!bytes) bytes = from_base64(line);
  if (!bytes || bytes->size() != AesSealer::kKeySize) return std::nullopt;
  return Secret::take(std::move(*bytes));
}

Result<std::vector<Secret>> keys_in(std::string_view content, const fs::path& path) {
  std::vector<Secret> keys;
  if (content.size() == AesSealer::kKeySize) {
    keys.emplace_back(content);
    return keys;
  }
  while (!content.empty()) {
    const auto end = std::min(content.find('\n'), content.size());
    const std::string_view line = trim(content.substr(0, end));
    content.remove_prefix(std::min(end + 1, content.size()));
    if (line.empty()) continue;
    auto key = key_in(line);
    if (!key)
      return Error(Code::invalid,
                   fmt::format("sealing key {}: it holds no key of {} bytes; make one with: "
                               "openssl rand -base64 {}",
                               path.string(), AesSealer::kKeySize, AesSealer::kKeySize));
    keys.push_back(std::move(*key));
  }
  if (keys.empty())
    return Error(Code::invalid, fmt::format("sealing key {}: the file is empty", path.string()));
  return keys;
}

bool is_ours(const struct stat& about) { return about.st_uid == geteuid() || about.st_uid == 0; }

// Who may write to the directory, or owns it, can put another key in the file's place. It is the
// one where the file itself lies, whatever links lead to it.
Result<void> check_directory(const fs::path& path) {
  std::error_code error;
  const fs::path directory = fs::canonical(path, error).parent_path();
  struct stat about {};
  if (error) errno = error.value();
  if (error || stat(directory.c_str(), &about) != 0)
    return failed(path, "looking at its directory");
  if (!is_ours(about))
    return Error(Code::denied,
                 fmt::format("sealing key {}: its directory {} belongs to user {}, neither you "
                             "({}) nor root; keep the key in a directory of your own",
                             path.string(), directory.string(), about.st_uid, geteuid()));
  if ((about.st_mode & 0022) != 0)
    return Error(Code::denied,
                 fmt::format("sealing key {}: others may write to its directory (mode {:04o}); "
                             "run: chmod go-w {}",
                             path.string(), about.st_mode & 07777U, directory.string()));
  return {};
}

Result<void> check_file(const fs::path& path, const struct stat& about, mode_t forbidden) {
  if (!S_ISREG(about.st_mode))
    return Error(Code::invalid,
                 fmt::format("sealing key {}: it must be a regular file", path.string()));
  if (!is_ours(about))
    return Error(Code::denied,
                 fmt::format("sealing key {}: it belongs to user {}, neither you ({}) nor root; "
                             "run: chown {} {}",
                             path.string(), about.st_uid, geteuid(), geteuid(), path.string()));
  if ((about.st_mode & forbidden) != 0)
    return Error(Code::denied,
                 fmt::format("sealing key {}: others may read it (mode {:04o}); run: chmod 600 {}",
                             path.string(), about.st_mode & 07777U, path.string()));
  return check_directory(path);
}

// Error: not_found if there is no such file.
Result<std::vector<Secret>> read_keys(const fs::path& path, mode_t forbidden) {
  // A pipe would be waited for.
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.ok() && errno == ENOENT)
    return Error(Code::not_found, fmt::format("sealing key {}: file not found", path.string()));
  if (!file.ok()) return failed(path, "opening it");
  struct stat about {};
  if (fstat(file.get(), &about) != 0) return failed(path, "looking at it");
  TRY(check_file(path, about, forbidden));
  std::string content(kMostBytes, '\0');
  const ssize_t size = read(file.get(), content.data(), content.size());
  if (size < 0) return failed(path, "reading it");
  auto keys = keys_in(std::string_view(content).substr(0, static_cast<std::size_t>(size)), path);
  wipe(content);
  return keys;
}

bool is_inside(const fs::path& path, const fs::path& directory) {
  std::error_code ignored;
  const fs::path inner = fs::weakly_canonical(path, ignored);
  const fs::path outer = fs::weakly_canonical(directory, ignored);
  const auto [end, unused] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  return end == outer.end();
}

Result<void> sync_directory(const fs::path& path) {
  const File directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.ok() || fsync(directory.get()) != 0) return failed(path, "syncing it");
  return {};
}

Result<void> write_new(const fs::path& path, std::string_view content) {
  const File file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.ok()) return failed(path, "making it");
  while (!content.empty()) {
    const ssize_t written = write(file.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed(path, "writing it");
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (fsync(file.get()) != 0) return failed(path, "syncing it");
  return {};
}

// Leaves a key at `path`: a new one, or the one that somebody else has just made there.
Result<void> make_key(const fs::path& path, Random& random) {
  const fs::path directory = path.parent_path();
  std::error_code error;
  fs::create_directories(directory.parent_path(), error);
  if (!error && mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
    return failed(directory, "making it");
  if (error)
    return Error(Code::unavailable, fmt::format("sealing key {}: making its directory: {}",
                                                path.string(), error.message()));

  const fs::path draft = directory / fmt::format(".{}-{}", kSealKeyName, random.uuid());
  std::string key = random.bytes(AesSealer::kKeySize);
  std::string text = to_base64(key) + '\n';
  wipe(key);
  auto written = write_new(draft, text);
  wipe(text);
  if (written && link(draft.c_str(), path.c_str()) != 0 && errno != EEXIST)
    written = failed(path, "linking it into place");
  unlink(draft.c_str());
  if (!written) return written;
  return sync_directory(directory);
}

}  // namespace

Result<std::unique_ptr<Sealer>> open_sealer(const SealEnvironment& environment,
                                            const fs::path& state, Random& random) {
  constexpr mode_t kOthers = 0007, kGroupAndOthers = 0077;
  fs::path path;
  mode_t forbidden = kGroupAndOthers;
  bool make = false;
  std::error_code ignored;
  const fs::path credential = fs::path(environment.credentials_directory) / kSealKeyName;
  if (!environment.key_file.empty()) {
    path = environment.key_file;
  } else if (!environment.credentials_directory.empty() && fs::exists(credential, ignored)) {
    path = credential;
    forbidden = kOthers;
  } else if (environment.may_make && !environment.config_home.empty()) {
    path = fs::path(environment.config_home) / "certloop" / kSealKeyName;
    make = true;
  } else {
    return Error(Code::invalid,
                 fmt::format("sealing key: none is given; set CERTLOOP_SEAL_KEY_FILE, or give the "
                             "credential {} to the service",
                             kSealKeyName));
  }
  if (is_inside(path, state))
    return Error(
        Code::invalid,
        fmt::format("sealing key {}: it lies inside the state directory {}, where it would "
                    "protect nothing; keep it elsewhere",
                    path.string(), state.string()));
  auto keys = read_keys(path, forbidden);
  if (!keys && keys.error().code() == Code::not_found && make) {
    TRY(make_key(path, random));
    keys = read_keys(path, forbidden);
  }
  if (!keys) return std::move(keys).error();
  std::unique_ptr<Sealer> sealer = TRY(AesSealer::make(std::move(*keys), random));
  return sealer;
}

}  // namespace certloop::store
