#pragma once
// From YAML and JSON to objects that the store takes: read, typed by the schema, defaulted,
// validated. Either all of it is valid, or everything that is wrong anywhere is told at once.
#include <string>
#include <vector>

#include "api/object.h"
#include "base/result.h"
#include "spec/files.h"

namespace certloop::spec {

struct LoadOptions {
  std::vector<std::string> paths;  // files, directories, "-" for standard input
  bool recursive = false;          // also what stands below the directories
  std::string space = "default";   // for objects that name no namespace
  bool only_space = false;         // refuse objects that name another one (as kubectl -n)
  std::vector<std::string> allowed_endpoints;  // schema::Context
};

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
// Error: invalid, a line for each fault of each file, "file:line: Kind ns/name: path: what;
// remedy", also for an object that stands twice and for paths that hold no object at all.
// not_found, denied and unavailable if it is only that a path cannot be read. Values of secrets are
// never shown.
Result<std::vector<LoadedObject>> load(const Files& files, const LoadOptions& options);

// The same for one text that is already at hand; `name` stands for the file in messages.
Result<std::vector<LoadedObject>> load_text(std::string text, const std::string& name,
                                            const LoadOptions& options);

}  // namespace certloop::spec
