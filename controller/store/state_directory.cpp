#include "store/state_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace certloop::store {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t k9p = 0x01021997;
constexpr std::int64_t kFuse = 0x65735546;

Error failed(const fs::path& path, std::string_view doing, int number = errno) {
  const Code code = number == EACCES || number == EPERM ? Code::denied : Code::unavailable;
  return Error(code, fmt::format("state {}: {}: {}", path.string(), doing,
                                 std::generic_category().message(number)));
}

Result<void> check_owner_and_mode(const fs::path& path, const struct stat& about,
                                  std::string_view right_mode) {
  if (about.st_uid != geteuid() && geteuid() != 0)
    return Error(Code::denied, fmt::format("state {}: it belongs to user {}, not to you ({}); use "
                                           "a state directory of your own",
                                           path.string(), about.st_uid, geteuid()));
  if ((about.st_mode & 0077) != 0)
    return Error(
        Code::denied,
        fmt::format("state {}: others than you may open it (mode {:04o}); run: chmod {} {}",
                    path.string(), about.st_mode & 07777U, right_mode, path.string()));
  return {};
}

bool is_inside(const fs::path& path, const fs::path& directory) {
  const auto [end, unused] =
      std::mismatch(directory.begin(), directory.end(), path.begin(), path.end());
  return end == directory.end();
}

Result<void> check_entry(const fs::path& path, const fs::path& directory) {
  struct stat about {};
  if (lstat(path.c_str(), &about) != 0) {
    // Another process may remove the write-ahead log while we look.
    if (errno == ENOENT) return {};
    return failed(path, "looking at it");
  }
  if (S_ISREG(about.st_mode)) return check_owner_and_mode(path, about, "600");
  if (!S_ISLNK(about.st_mode)) return {};
  std::error_code ignored;
  const fs::path target = fs::weakly_canonical(path, ignored);
  if (is_inside(target, directory)) return {};
  return Error(Code::invalid, fmt::format("state {}: it is a link that leads out of the state "
                                          "directory, to {}; remove it",
                                          path.string(), target.string()));
}

Result<void> check_entries(const fs::path& directory) {
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error))
    TRY(check_entry(entry->path(), directory));
  if (error) return failed(directory, "listing it", error.value());
  return {};
}

// Whether a mapping of a file and the file itself show the same bytes, and whether locks exclude
// one another: what the write-ahead log rests on, and what some 9p and FUSE servers do not give.
bool maps_and_locks(const fs::path& directory) {
  std::string name = (directory / ".probe-XXXXXX").string();
  const int file = mkostemp(name.data(), O_CLOEXEC);
  if (file < 0) return false;
  const int other = open(name.c_str(), O_RDWR | O_CLOEXEC);
  unlink(name.c_str());
  bool good = other >= 0 && ftruncate(file, 4096) == 0;
  void* page = good ? mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : MAP_FAILED;
  good = good && page != MAP_FAILED;
  if (good) {
    char back = 0;
    *static_cast<volatile char*>(page) = 'x';
    good = pread(other, &back, 1, 0) == 1 && back == 'x';
    munmap(page, 4096);
  }
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  good = good && fcntl(file, F_OFD_SETLK, &whole) == 0 && fcntl(other, F_OFD_SETLK, &whole) != 0;
  if (other >= 0) close(other);
  close(file);
  return good;
}

Result<void> check_file_system(const fs::path& directory) {
  struct statfs about {};
  if (statfs(directory.c_str(), &about) != 0)
    return failed(directory, "asking for its file system");
  const auto magic = static_cast<std::int64_t>(static_cast<std::uint32_t>(about.f_type));
  if (const auto name = network_file_system(magic))
    return Error(Code::invalid,
                 fmt::format("state {}: it lies on {}, a network file system, where SQLite would "
                             "lose data; use a local disk",
                             directory.string(), *name));
  if ((magic == k9p || magic == kFuse) && !maps_and_locks(directory))
    return Error(Code::invalid,
                 fmt::format("state {}: its file system does not share memory mappings and locks "
                             "between processes, which SQLite needs; use a local disk",
                             directory.string()));
  return {};
}

}  // namespace

std::optional<FileIdentity> identity_of(const std::string& path) {
  struct stat about {};
  if (stat(path.c_str(), &about) != 0) return std::nullopt;
  return FileIdentity{about.st_dev, about.st_ino};
}

std::optional<std::string_view> network_file_system(std::int64_t magic) {
  switch (magic) {
    case 0x6969: return "NFS";
    case 0x517B: return "SMB";
    case 0xFE534D42: return "SMB2";
    case 0xFF534D42: return "CIFS";
    case 0x564C: return "NCP";
    case 0x5346414F: return "AFS";
    case 0x6B414653: return "AFS";
    case 0x73757245: return "Coda";
    case 0x00C36400: return "Ceph";
    case 0x0BD00BD0: return "Lustre";
    case 0x47504653: return "GPFS";
    case 0x01161970: return "GFS2";
    case 0x7461636F: return "OCFS2";
    default: return std::nullopt;
  }
}

Result<fs::path> state_directory(const fs::path& path, bool make) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    if (!make) return Error(Code::not_found, fmt::format("state {} not found", path.string()));
    const fs::path wanted = fs::absolute(path, error).lexically_normal();
    const fs::path whole = wanted.has_filename() ? wanted : wanted.parent_path();
    fs::create_directories(whole.parent_path(), error);
    if (error) return failed(path, "making its parent directories", error.value());
    if (mkdir(whole.c_str(), 0700) != 0 && errno != EEXIST) return failed(path, "making it");
  }
  const fs::path directory = fs::canonical(path, error);
  if (error) return failed(path, "finding it", error.value());
  struct stat about {};
  if (stat(directory.c_str(), &about) != 0) return failed(path, "looking at it");
  if (!S_ISDIR(about.st_mode))
    return Error(Code::invalid, fmt::format("state {}: it is no directory", path.string()));
  TRY(check_owner_and_mode(directory, about, "700"));
  TRY(check_file_system(directory));
  TRY(check_entries(directory));
  return directory;
}

Result<void> make_private_file(const fs::path& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file >= 0) {
    close(file);
    return {};
  }
  if (errno != EEXIST) return failed(path, "making it");
  // Not opened: closing a second descriptor would drop the locks that SQLite holds on the file in
  // this process (POSIX record locks).
  struct stat about {};
  if (lstat(path.c_str(), &about) != 0) return failed(path, "looking at it");
  if (!S_ISREG(about.st_mode))
    return Error(Code::invalid, fmt::format("state {}: it is no regular file", path.string()));
  return check_owner_and_mode(path, about, "600");
}

Result<OpeningLock> OpeningLock::take(const fs::path& directory) {
  const fs::path path = directory / "store.lock";
  TRY(make_private_file(path));
  const int file = open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return failed(path, "opening it");
  while (flock(file, LOCK_EX) != 0) {
    if (errno == EINTR) continue;
    const int number = errno;
    close(file);
    return failed(path, "locking it", number);
  }
  return OpeningLock(file);
}

OpeningLock::OpeningLock(OpeningLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

OpeningLock::~OpeningLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace certloop::store
