#include "spec/load.h"

#include "base/text.h"
#include "spec/loader.h"
#include "spec/walk.h"

namespace certloop::spec {
namespace {

void add_text(Loader& loader, Result<std::string> text, const std::string& name,
              const FileState* state = nullptr) {
  if (!text) return loader.add_unreadable(name, std::move(text).error());
  loader.add_text(std::move(*text), name, state);
}

void add_found(Loader& loader, const Files& files, const Walk& found) {
  for (const Unread& unread : found.errors)
    loader.add_unreadable(printable(unread.path), unread.error);
  if (found.skipped_directories) loader.pass_over_directory();
  for (const FoundFile& file : found.files) {
    if (!loader.goes_on()) return;
    add_text(loader, files.read(file.path, kMaxFileBytes, &file.state), printable(file.path),
             &file.state);
  }
}

}  // namespace

Reading load_what_is_good(const Files& files, const LoadOptions& options) {
  Loader loader(options);
  for (const std::string& path : options.paths) {
    if (!loader.goes_on()) break;
    if (path == "-")
      add_text(loader, files.read(path, kMaxFileBytes), "standard input");
    else
      add_found(loader, files, walk(files, path, options.recursive));
  }
  return std::move(loader).finish();
}

Reading load_found(const Files& files, const Walk& found, const LoadOptions& options) {
  Loader loader(options);
  add_found(loader, files, found);
  return std::move(loader).finish();
}

Result<std::vector<LoadedObject>> load(const Files& files, const LoadOptions& options) {
  Reading reading = load_what_is_good(files, options);
  if (reading.error) return std::move(*reading.error);
  return std::move(reading.objects);
}

Result<std::vector<LoadedObject>> load_text(std::string text, const std::string& name,
                                            const LoadOptions& options) {
  Loader loader(options);
  loader.add_text(std::move(text), name);
  Reading reading = std::move(loader).finish();
  if (reading.error) return std::move(*reading.error);
  return std::move(reading.objects);
}

}  // namespace certloop::spec
