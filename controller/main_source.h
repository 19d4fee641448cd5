#pragma once
// The directory that a running controller takes its specs from (COMMANDS, run). What it reads is
// believed only once it has been seen twice, a second or more apart: somebody may be in the middle
// of writing a file. What is missing is deleted only after two further looks, and nothing is while
// anything is wrong with the source. A faulty file or object holds up only itself and what refers
// to it: of these the specs that were applied before stay in force.
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/log.h"
#include "cli/program.h"
#include "spec/load.h"
#include "spec/walk.h"
#include "store/merge.h"
#include "store/store.h"

namespace certloop {

using store::kSourceLabel;

// All of it outlives the source.
struct SourceEdges {
  store::Store& store;
  const Clock& clock;
  Log& log;
  std::stop_token stop = {};
};

// Belongs to one thread.
class SpecSource {
 public:
  SpecSource(SourceEdges edges, const cli::RunRequest& request);

  // Looks at the source if a second has passed since the last look, and does what is due: applies
  // what has changed, puts back what is missing from the store or was changed there (at each
  // interval, and as soon as an object is removed), revives what is marked for deletion but wanted,
  // and prunes. What fails is tried again with back-off. Faults are logged, each once until it
  // changes. Returns early when stop is requested.
  void take_in();

  // Whether the store is as the source says, and nothing is left to prune. Error: what of the
  // source cannot be applied and why, if waiting does not seem to help.
  Result<bool> is_settled() const;

 private:
  // What a look sees without reading a file, and the digest of all that was read.
  struct Sight {
    std::vector<spec::FoundFile> files;
    std::vector<std::string> errors;
    std::string digest;
  };
  // An object that the source brought and has no more.
  struct Absence {
    Instant since{};
    int looks = 0;  // further ones that lacked it, too
  };

  Sight glance() const;
  spec::Reading read(Sight& sight) const;
  bool is_due(Instant now);
  bool something_was_removed();
  bool is_as_applied() const;
  void work(Instant now, spec::Reading reading);
  void fail(const Error& error, Instant now);
  void put_off(const Error& error, Instant now);
  Result<void> apply(spec::Reading& reading);
  Result<api::Object> put(const api::Object& wanted);
  Result<void> rehearse(spec::Reading& reading) const;
  Result<void> watch_for_removals();

  Result<void> note_absences(Instant now);
  bool may_prune(Instant now) const;
  bool is_ripe(const Absence& absence, Instant now) const;
  Result<void> prune(Instant now);
  Result<std::map<api::Key, api::Key>> referrers() const;

  const SourceEdges edges_;
  const cli::RunRequest& request_;
  const std::string label_;  // names this source on what it brought
  spec::DiskFiles files_;

  Instant next_look_{};
  std::optional<Sight> seen_;
  bool is_confirmed_ = false;   // seen_ was seen twice
  bool is_in_force_ = false;    // seen_ has been applied, as far as it is good
  std::optional<Error> fault_;  // what of it is not
  int failures_ = 0;            // in a row
  Instant next_try_{};
  std::map<api::Key, std::string> applied_;  // what the source wants: a digest of it in the store
  std::map<api::Kind, std::unique_ptr<store::Watch>> watches_;
  std::map<api::Key, Absence> absent_;
  std::map<api::Key, std::string> spared_;  // why they are not pruned, as logged
  bool refuses_to_prune_ = false;           // there are too many of them; as logged
  Instant next_prune_{};
};

}  // namespace certloop
