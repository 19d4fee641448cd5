#pragma once
// What -f names, read and checked: the beginning of apply, diff, plan and delete.
#include <string>
#include <vector>

#include "cli/session.h"
#include "spec/load.h"

namespace certloop::cli {

struct ManifestFlags {
  std::vector<std::string> paths;
  bool recursive = false;

  void declare(Flags& flags);
};

// The objects in the order in which they are made: Secrets, Accounts, CertificateAuthorities,
// Certificates. Error: invalid, a line for each fault of each file; denied (admit).
Result<std::vector<api::Object>> load(const ManifestFlags& flags, const EngineOptions& engine,
                                      Session& session);

// The place of a kind in that order; deletion goes the other way.
int rank_of(api::Kind kind);

// Whether two states of an object ask for the same: body, labels, annotations, finalizers, owners.
bool same_wishes(const api::Object& a, const api::Object& b);

// What --dry-run asks for: nothing, or the words that stand behind what would have been done, as
// kubectl writes them. Error: invalid.
Result<std::optional<std::string>> dry_run_of(const std::string& value);

}  // namespace certloop::cli
