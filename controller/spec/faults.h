#pragma once
// What is wrong in files, for people.
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace certloop::spec {

// Bounded for each file, so that the many faults of one hide no other's: its first 20; and once
// there are 1,000 in all, the first one of each further file. Not thread-safe.
class Faults {
 public:
  // The faults of this file stand before those of files that are opened later.
  void open(const std::string& file) { place_of(file); }
  // Opens the file, too. Line 0: of the file as a whole.
  void add(const std::string& file, int line, std::string_view what);
  bool empty() const { return told_ == 0; }
  // "file:line: what", for each file in the order of its lines, and how many more there are.
  std::vector<std::string> lines() const;

 private:
  struct File {
    std::string name;
    std::vector<std::pair<int, std::string>> told;
    std::size_t untold = 0;
  };
  File& place_of(const std::string& file);

  std::vector<File> files_;
  std::map<std::string, std::size_t> places_;
  std::size_t told_ = 0;
  std::size_t faulty_ = 0;  // files
  bool is_cut_ = false;     // there are more of them
};

}  // namespace certloop::spec
