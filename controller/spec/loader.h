#pragma once
// Private to this folder: what gathers objects and faults over all files.
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/node.h"
#include "spec/faults.h"
#include "spec/load.h"

namespace certloop::spec {

// Moves an inline secret access key out of an Account's tree into a Secret's, which is returned;
// the text in the tree is wiped. Nothing if there is none, or if the Account names a Secret too:
// that is for the schema to refuse.
std::optional<schema::Node> take_inline_secret(schema::Node& account);

// Turns stringData into data, base64, and wipes it.
void encode_string_data(schema::Node& secret);

// Overwrites every scalar in the tree.
void wipe_texts(schema::Node& node);

// Not thread-safe.
class Loader {
 public:
  explicit Loader(const LoadOptions& options) : options_(options) {}

  // Takes the text because it may hold secrets: it is wiped.
  // `state` tells whether it is the same file as another one.
  void add_text(std::string text, const std::string& file, const FileState* state = nullptr);
  void add_unreadable(const std::string& file, Error error) {
    unreadable_.push_back(std::move(error));
    faulty_files_.insert(file);
  }
  // A directory that was not looked into, because that was not asked for.
  void pass_over_directory() { passed_over_ = true; }
  // Whether the caller wants more to be read, and no bound has been passed.
  bool goes_on() const { return !is_cut_ && is_wanted(); }
  // What was gathered, and everything that was wrong.
  Reading finish() &&;

 private:
  bool is_wanted() const { return !options_.goes_on || options_.goes_on(); }
  bool is_within(std::size_t count, std::size_t most, const std::string& of_what);
  void add_document(schema::TextDocument document);
  void add_node(schema::Node node);
  void note_faulty(const schema::Node& node);
  void add_list(schema::Node list);
  void add_object(schema::Node node, api::Kind kind);
  void fault(int line, std::string_view subject, std::string_view what);
  // A fault of an object whose key is known.
  void fault_of(const api::Key& key, int line, std::string_view what);
  void settle_claims();
  void settle(std::span<const std::size_t> places);
  bool came_from(const api::Key& key, const std::string& file) const {
    return options_.came_from && options_.came_from(key, file);
  }
  bool is_same_file(const std::string& a, const std::string& b) const;

  const LoadOptions& options_;
  std::string file_;
  std::vector<LoadedObject> objects_;
  std::vector<bool> surplus_;  // for each of them: it stands elsewhere, too, which counts
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> identities_;  // of files
  Faults faults_;
  std::string cut_;                                   // the bound that was passed
  std::map<api::Key, std::set<std::string>> faulty_;  // and in which files
  std::set<std::string> faulty_files_;
  std::vector<Error> unreadable_;
  std::size_t bytes_ = 0, documents_ = 0;  // of all files
  bool is_cut_ = false;
  bool passed_over_ = false;
};

}  // namespace certloop::spec
