#include "main_state.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/text.h"
#include "store/state_directory.h"

namespace certloop {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t kMaxFileBytes = 64U << 10;
constexpr std::size_t kMaxNameLength = 63;

fs::path installation_file(const fs::path& state) { return state / "installation"; }
fs::path run_options_file(const fs::path& state) { return state / "run-options.json"; }

Error failed(const fs::path& path, std::string_view doing, int number = errno) {
  const Code code = number == EACCES || number == EPERM ? Code::denied : Code::unavailable;
  return Error(code, fmt::format("state {}: {}: {}", path.string(), doing,
                                 std::generic_category().message(number)));
}

// A descriptor that closes.
class File {
 public:
  File(const fs::path& path, int flags) : number_(open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (number_ >= 0) close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

// The whole content; nothing where there is no such file.
Result<std::optional<std::string>> read_file(const fs::path& path) {
  const File file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (file.number() < 0 && (errno == ENOENT || errno == ENOTDIR))
    return std::optional<std::string>();
  if (file.number() < 0) return failed(path, "opening it");
  std::string text(kMaxFileBytes + 1, '\0');
  const ssize_t size = read(file.number(), text.data(), text.size());
  if (size < 0) return failed(path, "reading it");
  if (static_cast<std::size_t>(size) > kMaxFileBytes)
    return Error(Code::invalid, fmt::format("state {}: too large; restore it from a backup",
                                            path.string()));
  text.resize(static_cast<std::size_t>(size));
  return std::optional<std::string>(std::move(text));
}

Result<void> sync(const fs::path& path, int flags) {
  const File file(path, flags);
  if (file.number() < 0 || fsync(file.number()) != 0) return failed(path, "syncing it");
  return {};
}

// Whole or not at all, also after a power cut: written beside, synced, renamed, directory synced.
Result<void> write_file(const fs::path& path, const std::string& text, Random& random) {
  const fs::path beside = path.string() + "." + random.uuid();
  {
    const File file(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    if (file.number() < 0) return failed(beside, "creating it");
    const bool written = write(file.number(), text.data(), text.size()) ==
                             static_cast<ssize_t>(text.size()) &&
                         fsync(file.number()) == 0;
    if (!written) {
      const Error error = failed(beside, "writing it");
      unlink(beside.c_str());
      return error;
    }
  }
  if (rename(beside.c_str(), path.c_str()) != 0) {
    const Error error = failed(path, "replacing it");
    unlink(beside.c_str());
    return error;
  }
  return sync(path.parent_path(), O_RDONLY | O_DIRECTORY);
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameLength &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_';
         });
}

Result<std::optional<Installation>> stored_installation(const fs::path& state) {
  const fs::path file = installation_file(state);
  const auto text = TRY(read_file(file));
  if (!text) return std::optional<Installation>();
  const auto lines = split(*text, '\n');
  Installation stored{std::string(trim(lines[0])),
                      lines.size() > 1 ? std::string(trim(lines[1])) : std::string()};
  if (is_name(stored.name)) return std::optional<Installation>(std::move(stored));
  return Error(Code::invalid,
               fmt::format("state {}: holds no installation name; write into it the name with "
                           "which the tags certloop.dev/owner of your certificates begin",
                           file.string()));
}

}  // namespace

Result<Installation> installation_of(const fs::path& state, const std::string& asked) {
  if (!asked.empty() && !is_name(asked))
    return Error(Code::invalid,
                 fmt::format("--installation '{}': use at most {} letters, digits, '-', '.' and "
                             "'_'",
                             printable(asked), kMaxNameLength));
  const auto stored = TRY(stored_installation(state));
  if (!stored) return Installation{asked.empty() ? "default" : asked, ""};
  if (asked.empty() || asked == stored->name) return *stored;
  return Error(Code::invalid,
               fmt::format("--installation is {}, but this state belongs to installation {} ({}). "
                           "The name is in the tags of every certificate and cannot change; leave "
                           "the flag out, or use another state",
                           asked, stored->name, installation_file(state).string()));
}

Result<Installation> establish_installation(const fs::path& state, const std::string& asked,
                                            Random& random) {
  const auto lock = TRY(store::OpeningLock::take(state));
  Installation installation = TRY(installation_of(state, asked));
  if (!installation.id.empty()) return installation;
  installation.id = random.uuid();
  TRY(write_file(installation_file(state), installation.name + '\n' + installation.id + '\n',
                 random));
  return installation;
}

Result<void> keep_run_options(const fs::path& state, const cli::EngineOptions& run,
                              Random& random) {
  const Json json = {
      {"ambientNamespaces", run.ambient_namespaces.value_or(std::vector<std::string>())},
      {"allowEndpoints", run.allow_endpoints}};
  std::string text = json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
  const auto lock = TRY(store::OpeningLock::take(state));
  if (const auto before = read_file(run_options_file(state)); before.ok() && *before == text)
    return {};
  return write_file(run_options_file(state), text, random);
}

Result<cli::EngineOptions> options_on(const fs::path& state, const cli::EngineOptions& asked) {
  const fs::path file = run_options_file(state);
  const auto text = TRY(read_file(file));
  if (!text) return asked;
  const Json json = Json::parse(*text, nullptr, false);
  const auto names_in = [&](const char* field) -> Result<std::vector<std::string>> {
    if (json.is_object() && json.contains(field) && json[field].is_array()) {
      std::vector<std::string> names;
      for (const Json& name : json[field])
        if (name.is_string()) names.push_back(name.get<std::string>());
      if (names.size() == json[field].size()) return names;
    }
    return Error(Code::invalid,
                 fmt::format("state {}: damaged; start 'certloop run' again with its flags",
                             file.string()));
  };
  cli::EngineOptions options = asked;
  options.ambient_namespaces = TRY(names_in("ambientNamespaces"));
  options.allow_endpoints = TRY(names_in("allowEndpoints"));
  for (const std::string& endpoint : asked.allow_endpoints)
    if (std::find(options.allow_endpoints.begin(), options.allow_endpoints.end(), endpoint) ==
        options.allow_endpoints.end())
      return Error(Code::denied,
                   fmt::format("--allow-endpoint {}: not allowed by the controller of this state; "
                               "restart 'certloop run' with that flag",
                               printable(endpoint)));
  return options;
}

}  // namespace certloop
