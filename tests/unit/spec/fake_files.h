#pragma once
// Files that stand in memory.
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "spec/files.h"

namespace certloop::spec {

class FakeFiles final : public Files {
 public:
  explicit FakeFiles(std::map<std::string, std::string> files) : files_(std::move(files)) {}

  Result<FileState> state(const std::string& path) const override {
    FileState state;
    state.inode = std::hash<std::string>()(path);
    if (const auto found = files_.find(path); found != files_.end()) {
      state.size = found->second.size();
      return state;
    }
    state.type = FileState::Type::directory;
    const auto below = files_.lower_bound(path + "/");
    if (below != files_.end() && below->first.starts_with(path + "/")) return state;
    return Error(Code::not_found, path + ": no such file or directory");
  }
  Result<std::string> real_path(const std::string& path) const override { return path; }
  Result<std::vector<std::string>> list(const std::string& path, std::size_t) const override {
    std::set<std::string> names;
    for (const auto& [file, text] : files_)
      if (file.starts_with(path + "/")) {
        const std::string rest = file.substr(path.size() + 1);
        names.insert(rest.substr(0, rest.find('/')));
      }
    return std::vector<std::string>(names.begin(), names.end());
  }
  Result<std::string> read(const std::string& path, std::size_t,
                           const FileState*) const override {
    const auto found = files_.find(path);
    if (found == files_.end()) return Error(Code::not_found, path + ": no such file");
    return found->second;
  }

 private:
  std::map<std::string, std::string> files_;
};

}  // namespace certloop::spec
