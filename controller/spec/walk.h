#pragma once
// Which files a path given with -f stands for. The one walk that `apply -R` and `run` share, so
// that both read the same files. Pure but for what it asks of Files; thread-safe.
#include <string>
#include <vector>

#include "base/result.h"
#include "spec/files.h"

namespace certloop::spec {

struct FoundFile {
  std::string path;  // as Files::read takes it; also for messages
  FileState state;   // as it was when the walk came by
  bool operator==(const FoundFile&) const = default;
};

// What could not be read, or is not read: the files are then not all there is.
struct Unread {
  // What it may have kept from sight: that file, or what is below that path; a directory of which
  // nothing is known; any of what comes after.
  enum class Hides { path, directory, rest };

  std::string path;
  Error error;  // names the path
  Hides hides = Hides::path;
  bool operator==(const Unread& other) const {
    return path == other.path && error.message() == other.error.message();
  }
};

struct Walk {
  // In the order of their names, directory by directory; what only links lead to comes last.
  std::vector<FoundFile> files;
  std::vector<Unread> errors;
  bool skipped_directories = false;  // there are some, but `recursive` was not set
};

// A file that is named is taken whatever it is called. In a directory, and with `recursive` in
// those below it, files that end in .yaml, .yml or .json are taken; hidden files and directories,
// kustomization.yaml and Chart.yaml are skipped, and so is what a `.certloopignore` at the top of
// the named directory matches (patterns as in .gitignore).
//
// The tree may come from somebody else's repository, so:
// - each directory is read once, whatever links lead to it: a link in a circle ends there;
// - so is each file: under its own path, else under a link that stands beside or above it, else
//   under the first one. Nobody can say which of several hard links is its own: all are taken;
// - a link that leads out of the named directory is an error (invalid);
// - so is a device, pipe or socket with the name of a spec;
// - depth, number of entries and total size are bounded (invalid).
// A directory that cannot be read is an error too (denied, unavailable): to skip it could look as
// if its specs had been deleted.
Walk walk(const Files& files, const std::string& path, bool recursive);

}  // namespace certloop::spec
