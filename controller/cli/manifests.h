#pragma once
// What -f names, read and checked: the beginning of apply, diff, plan and delete.
#include <map>
#include <optional>
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
// Certificates. Error: invalid, a line for each fault of each file; denied (admit); cancelled (the
// process was told to stop); unavailable (`until`, on the program's clock, has passed).
Result<std::vector<api::Object>> load(const ManifestFlags& flags, const EngineOptions& engine,
                                      Session& session, std::optional<Instant> until = {});

// --trust-source of every command that takes -f and calls AWS without writing the files first.
void declare_trust(Flags& flags, bool& trusts_source);

// The Accounts and CertificateAuthorities among `merged`, the objects of files as they would be
// stored, that are new or changed there, or that name a Secret which is; and why they are not
// called. Whoever may open a pull request must not have its Account called before somebody has read
// it (SECURITY, "A source is confined"). Errors: the store's.
Result<std::map<api::Key, std::string>> not_called(const store::Store& store,
                                                   const std::vector<api::Object>& merged);

// What is planned for `merged` and `removed`: these, and all that uses one of them that is new,
// changed or removed, itself or through others, be it in the files or not. Errors: the store's.
Result<std::vector<api::Key>> planned_for(const store::Store& store,
                                          const std::vector<api::Object>& merged,
                                          const std::vector<api::Key>& removed = {});

// The place of a kind in that order; deletion goes the other way.
int rank_of(api::Kind kind);

// Whether two states of an object ask for the same: body, labels, annotations, finalizers, owners.
bool same_wishes(const api::Object& a, const api::Object& b);

// What --dry-run asks for: nothing, or the words that stand behind what would have been done, as
// kubectl writes them. Error: invalid.
Result<std::optional<std::string>> dry_run_of(const std::string& value);

}  // namespace certloop::cli
