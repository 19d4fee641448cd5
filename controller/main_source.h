#pragma once
// The directory that a running controller takes its specs from (COMMANDS, run). What it reads of a
// file is believed only once it has been seen twice, a second or more apart: somebody may be in the
// middle of writing it. What is missing is deleted only after two further looks, and not while its
// namespace has anything wrong in the source. A faulty file or object holds up only itself and what
// refers to it: of these the specs that were applied before stay in force.
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/log.h"
#include "cli/program.h"
#include "main_prune.h"
#include "main_source_files.h"
#include "spec/load.h"
#include "store/store.h"

namespace certloop {

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
  // Whether it has been applied once, or found wanting.
  bool was_taken_in() const { return is_in_force_ || fault_; }
  // What is missing from it and is not deleted, and why.
  const std::map<api::Key, std::string>& spared() const { return pruner_.spared(); }

 private:
  // Of the objects that this source brought: from which file, named as on objects.
  using CameFrom = std::map<api::Key, std::string>;

  spec::Reading read(const CameFrom& came_from);
  static CameFrom files_of(const std::vector<api::Object>& brought);
  void hold_newcomers(spec::Reading& reading, const CameFrom& came_from) const;
  void tell_of_restless_files();
  std::string below_source(const std::string& path) const;
  api::Object wanted_of(const spec::LoadedObject& each) const;
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
  void doubt_blank_files(spec::Reading& reading, const std::vector<api::Object>& brought) const;
  std::vector<Doubt> doubts(const std::set<std::string>& faulty_files) const;
  Found found() const { return {sight_, applied_, faulty_, doubts(faulty_files_)}; }

  const SourceEdges edges_;
  const cli::RunRequest& request_;
  const std::string label_;  // names this source on what it brought
  spec::DiskFiles files_;

  SourceFiles sight_;

  Instant next_look_{};
  std::string version_;         // of what was seen
  bool is_in_force_ = false;    // it has been applied, as far as it is good
  std::optional<Error> fault_;  // what of it is not, and
  std::set<std::string> told_;  // its lines, all of which have been logged
  int failures_ = 0;            // in a row
  Instant next_try_{};
  std::map<api::Key, std::string> applied_;  // what the source wants: a digest of it in the store
  std::set<api::Key> faulty_;                // objects with faults, and
  std::set<std::string> faulty_files_;       // files, as far as fault_ is about these
  std::set<std::string> told_restless_;
  std::map<api::Kind, std::unique_ptr<store::Watch>> watches_;
  Pruner pruner_;
};

}  // namespace certloop
