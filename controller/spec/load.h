#pragma once
// From YAML and JSON to objects that the store takes: read, typed by the schema, defaulted,
// validated. Everything that is wrong anywhere is told at once.
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/object.h"
#include "base/result.h"
#include "spec/files.h"
#include "spec/walk.h"

namespace certloop::spec {

// Bounds of all files together; a document is each object, also inside a List.
inline constexpr std::size_t kMaxSourceBytes = 1 << 30;
inline constexpr std::size_t kMaxSourceDocuments = 500'000;

struct LoadOptions {
  std::vector<std::string> paths;  // files, directories, "-" for standard input
  bool recursive = false;          // also what stands below the directories
  std::string space = "default";   // for objects that name no namespace
  bool only_space = false;         // refuse objects that name another one (as kubectl -n)
  std::vector<std::string> allowed_endpoints;  // schema::Context
  // Asked between files and documents, and in the middle of long ones: with false the reading ends
  // at once, with the error `cancelled`. Empty: to the end.
  std::function<bool()> goes_on;
  // Whether an object is known to come from that file, as LoadedObject::file, from before. That
  // file keeps it if the object stands in others, too, which alone are faulty then. Empty: of none.
  std::function<bool(const api::Key&, const std::string& file)> came_from;
  // Past these the reading ends, with an error that names the file.
  std::size_t max_bytes = kMaxSourceBytes, max_documents = kMaxSourceDocuments;
};

// Bounds of one file (SECURITY, "Work on untrusted input is bounded"); its documents, empty ones
// too, are counted by schema::read_documents().
inline constexpr std::size_t kMaxFileBytes = 64 << 20;

struct LoadedObject {
  api::Object object;  // defaults applied; a Secret's stringData already in data
  std::string file;    // as given, or as found below a directory; "standard input"
  int line = 0;        // from 1: where the object begins
};

// Which files a path stands for is told by walk(). `kind: List` and other `...List` kinds give
// their items. What a reader made (status, uid, resourceVersion, managedFields, ...) is passed
// over, so that the output of `get -o yaml` can be applied again.
//
// An Account's inline secretAccessKey becomes the Secret <name>-access, which stands before the
// Account in the answer, and the texts that held it are wiped.
//
// Error: cancelled (goes_on); invalid, a line for each fault of each file within the bounds of
// Faults, "file:line: Kind ns/name: path: what; remedy", also for an object that appears twice and
// for paths that hold no object at all. not_found, denied and unavailable if it is only that a path
// cannot be read. Values of secrets are never shown.
Result<std::vector<LoadedObject>> load(const Files& files, const LoadOptions& options);

// What is good of the files, for those who go on with it.
struct Reading {
  // Valid, of files that could be read to their end, each object once.
  std::vector<LoadedObject> objects;
  // What the rest is about, as far as it can be told: objects with faults, those that stand twice,
  // and those of files that are broken further on; none that LoadOptions::came_from keeps.
  std::set<api::Key> faulty;
  std::set<std::string> faulty_files;  // where the rest is or may be, as in LoadedObject::file
  bool is_cut = false;         // a bound was passed: more follows, of which nothing is known
  std::optional<Error> error;  // what load() would answer
};
Reading load_what_is_good(const Files& files, const LoadOptions& options);

// The same of what a walk has found; options.paths are for messages only.
Reading load_found(const Files& files, const Walk& found, const LoadOptions& options);

// load() of one text that is already in memory; messages call it `name`.
Result<std::vector<LoadedObject>> load_text(std::string text, const std::string& name,
                                            const LoadOptions& options);

}  // namespace certloop::spec
