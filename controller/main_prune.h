#pragma once
// What the source of a running controller brought and has no more (COMMANDS, run --prune): it is
// deleted once two further looks and ten seconds have shown that it is missing. Where anything of a
// namespace cannot be told, or more of it is missing than allowed, that namespace waits; the others
// do not.
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/log.h"
#include "cli/program.h"
#include "main_source_files.h"
#include "store/merge.h"
#include "store/store.h"

namespace certloop {

using store::kSourceFileAnnotation;
using store::kSourceLabel;

// All of it outlives the source.
struct SourceEdges {
  store::Store& store;
  const Clock& clock;
  Log& log;
  std::stop_token stop = {};
  std::size_t max_documents = spec::kMaxSourceDocuments;
};

// A part of the source of which nothing is known for certain: a file that keeps changing or has
// errors, or what could not be read.
struct Doubt {
  std::string file;  // below the source
  std::string path;  // as SourceFiles has it
  std::string why;
  spec::Unread::Hides hides = spec::Unread::Hides::path;
  bool is_passing = false;  // nothing is wrong: it is but being written
};

// The doubt about what comes from that file, named as on objects; "" if that is not known.
const Doubt* doubt_of(const std::vector<Doubt>& doubts, const std::string& file);

// What a look found.
struct Found {
  const SourceFiles& files;
  const std::map<api::Key, std::string>& applied;  // what the source wants
  const std::set<api::Key>& faulty;                // of what it has, as far as it can be told
  std::vector<Doubt> doubts;
};

// Belongs to one thread.
class Pruner {
 public:
  Pruner(SourceEdges edges, const cli::RunRequest& request, std::string label)
      : edges_(std::move(edges)), request_(request), label_(std::move(label)) {}

  // What this source brought and is still there, whoever marked it for deletion.
  Result<std::vector<api::Object>> brought() const;

  // A further look, at files that are as they were but for these.
  void count_look(const std::vector<Doubt>& doubts, Instant now);
  // What is missing, and in which namespaces that cannot be told. Error: of the store.
  Result<void> note(const Found& found, Instant now);
  // Whether anything has been missing for long enough.
  bool is_due(Instant now) const;
  // Deletes what may be. Error: of the store.
  Result<void> prune(const Found& found, Instant now);
  // Nothing is taken for missing any more.
  void forget() { absent_.clear(); }
  // Whether all that is left is spared.
  const std::map<api::Key, std::string>& spared() const { return spared_; }
  bool is_settled() const { return absent_.size() == spared_.size(); }

 private:
  struct Absence {
    Instant since{};
    int looks = 0;     // further ones that lacked it, too
    std::string file;  // that brought it
  };

  void note_held(const Found& found, const std::vector<api::Object>& brought);
  void tell_of(const std::map<std::string, std::size_t>& newly_missing) const;
  std::map<api::Key, std::string> spared_by_bounds() const;
  std::map<api::Key, std::string> spared_by_doubt(const Found& found) const;
  Result<std::map<api::Key, std::string>> spared_by_use() const;
  void tell_of_spared(const std::map<api::Key, std::string>& before) const;
  bool is_ripe(const Absence& absence, Instant now) const;

  const SourceEdges edges_;
  const cli::RunRequest& request_;
  const std::string label_;  // names this source on what it brought
  std::map<api::Key, Absence> absent_;
  std::map<std::string, std::string> held_;  // namespaces in which nothing is pruned: why
  std::string all_held_;                     // why nothing at all is; empty: it is
  std::map<api::Key, std::string> spared_;   // why they are not pruned, as logged
  Instant next_prune_{};
};

}  // namespace certloop
