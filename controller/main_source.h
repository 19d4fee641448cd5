#pragma once
// The directory that a running controller takes its specs from: edits count within a second, a
// broken revision leaves the last good one, and prune is careful (COMMANDS, run).
#include <string>

#include "base/log.h"
#include "cli/program.h"
#include "spec/files.h"
#include "store/store.h"

namespace certloop {

// Belongs to one thread.
class SpecSource {
 public:
  // All references outlive the source.
  SpecSource(store::Store& store, const Clock& clock, Log& log, const cli::RunRequest& request);

  // Applies what has changed since the last call, if anything has. Faults are logged, once each.
  void take_in();

 private:
  std::string fingerprint() const;
  Result<void> apply();
  Result<void> prune(const std::vector<api::Object>& wanted);

  store::Store& store_;
  const Clock& clock_;
  Log& log_;
  const cli::RunRequest& request_;
  const std::string label_;  // names this source on what it brought
  spec::DiskFiles files_;
  std::string seen_;
};

}  // namespace certloop
