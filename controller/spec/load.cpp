#include "spec/load.h"

#include <fmt/format.h>

#include "spec/loader.h"

namespace certloop::spec {
namespace {

constexpr std::size_t kMostFileBytes = 256 << 20;
constexpr int kMostDirectories = 32;  // below one another: a link may lead in a circle

bool is_spec(const std::string& name) {
  return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json");
}

void add_file(Loader& loader, const Files& files, const std::string& path) {
  auto text = files.read(path, kMostFileBytes);
  if (!text) return loader.add_error(std::move(text).error());
  loader.add_text(std::move(*text), path == "-" ? "standard input" : path);
}

void add_directory(Loader& loader, const Files& files, const std::string& path, bool recursive,
                   int depth) {
  auto names = files.list(path);
  if (!names) return loader.add_error(std::move(names).error());
  if (depth > kMostDirectories)
    return loader.add_error(Error(
        Code::invalid, fmt::format("{}: more than {} directories stand below one another; look for "
                                   "a link that leads back",
                                   path, kMostDirectories)));
  for (const std::string& name : *names) {
    const std::string below = path.ends_with('/') ? path + name : path + "/" + name;
    const auto is_directory = files.is_directory(below);
    if (is_directory && *is_directory) {
      if (recursive)
        add_directory(loader, files, below, true, depth + 1);
      else
        loader.pass_over_directory();
    } else if (is_spec(name)) {
      if (is_directory)
        add_file(loader, files, below);
      else
        loader.add_error(is_directory.error());
    }
  }
}

}  // namespace

Result<std::vector<LoadedObject>> load(const Files& files, const LoadOptions& options) {
  Loader loader(options);
  for (const std::string& path : options.paths) {
    if (path == "-") {
      add_file(loader, files, path);
      continue;
    }
    const auto is_directory = files.is_directory(path);
    if (!is_directory)
      loader.add_error(is_directory.error());
    else if (*is_directory)
      add_directory(loader, files, path, options.recursive, 0);
    else
      add_file(loader, files, path);
  }
  return std::move(loader).finish();
}

Result<std::vector<LoadedObject>> load_text(std::string text, const std::string& name,
                                            const LoadOptions& options) {
  Loader loader(options);
  loader.add_text(std::move(text), name);
  return std::move(loader).finish();
}

}  // namespace certloop::spec
