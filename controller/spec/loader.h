#pragma once
// Private to this folder: what gathers objects and faults over all files.
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/node.h"
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
  void add_text(std::string text, const std::string& file);
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
  bool find_twice(const LoadedObject& loaded);

  const LoadOptions& options_;
  std::string file_;
  std::vector<LoadedObject> objects_;
  std::map<api::Key, std::pair<std::string, int>> places_;
  std::vector<std::string> faults_;
  std::set<api::Key> faulty_;
  std::set<std::string> faulty_files_;
  std::vector<Error> unreadable_;
  std::size_t bytes_ = 0, documents_ = 0;  // of all files
  bool is_cut_ = false;
  bool passed_over_ = false;
};

}  // namespace certloop::spec
