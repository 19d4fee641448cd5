#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "spec/files.h"

namespace certloop::spec {
namespace {

Error error_of(const std::string& path, const std::error_code& code) {
  if (code == std::errc::no_such_file_or_directory || code == std::errc::not_a_directory)
    return Error(Code::not_found, fmt::format("{}: there is no such file or directory", path));
  if (code == std::errc::permission_denied)
    return Error(Code::denied, fmt::format("{}: may not be read; check its permissions", path));
  return Error(Code::unavailable, fmt::format("{}: {}", path, code.message()));
}

Result<std::string> read_stream(std::istream& stream, const std::string& path,
                                std::size_t most_bytes) {
  constexpr std::size_t kChunk = 64 << 10;
  std::string text;
  while (stream) {
    const std::size_t size = text.size();
    text.resize(size + kChunk);
    stream.read(text.data() + size, kChunk);
    text.resize(size + static_cast<std::size_t>(stream.gcount()));
    if (text.size() > most_bytes)
      return Error(Code::invalid,
                   fmt::format("{}: is larger than {} MiB; split it", path, most_bytes >> 20));
  }
  if (stream.bad()) return Error(Code::unavailable, fmt::format("{}: cannot be read", path));
  return text;
}

}  // namespace

Result<bool> DiskFiles::is_directory(const std::string& path) const {
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  if (code) return error_of(path, code);
  return std::filesystem::is_directory(status);
}

Result<std::vector<std::string>> DiskFiles::list(const std::string& path) const {
  std::error_code code;
  std::vector<std::string> names;
  std::filesystem::directory_iterator entry(path, code);
  for (; !code && entry != std::filesystem::directory_iterator(); entry.increment(code))
    names.push_back(entry->path().filename().string());
  if (code) return error_of(path, code);
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> DiskFiles::read(const std::string& path, std::size_t most_bytes) const {
  if (path == "-") return read_stream(std::cin, "standard input", most_bytes);
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return error_of(path, std::error_code(errno, std::generic_category()));
  return read_stream(stream, path, most_bytes);
}

}  // namespace certloop::spec
