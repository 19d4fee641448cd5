#include "main_source_files.h"

#include <algorithm>
#include <functional>

#include "base/digest.h"
#include "base/secret.h"

namespace certloop {
namespace {

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

std::string digest_of(const Result<std::string>& text) {
  return text.ok() ? sha256_hex(*text) : "unreadable: " + text.error().message();
}

// Gives only what is still as it was judged, and reads nothing more once the process is to end.
class JudgedFiles final : public spec::Files {
 public:
  JudgedFiles(const spec::Files& behind,
              std::function<bool(const std::string&, const Result<std::string>&)> is_same)
      : behind_(behind), is_same_(std::move(is_same)) {}

  Result<spec::FileState> state(const std::string& path) const override {
    return behind_.state(path);
  }
  Result<std::string> real_path(const std::string& path) const override {
    return behind_.real_path(path);
  }
  Result<std::vector<std::string>> list(const std::string& path,
                                        std::size_t max_names) const override {
    return behind_.list(path, max_names);
  }
  Result<std::string> read(const std::string& path, std::size_t max_bytes,
                           const spec::FileState* expected) const override {
    auto text = behind_.read(path, max_bytes, expected);
    if (is_same_(path, text)) return text;
    if (text.ok()) wipe(*text);
    return std::string();
  }

 private:
  const spec::Files& behind_;
  const std::function<bool(const std::string&, const Result<std::string>&)> is_same_;
};

}  // namespace

SourceFiles::Seen SourceFiles::judge(const spec::FoundFile& file, const Seen* before) const {
  if (before != nullptr && before->counts && before->state == file.state) return *before;
  auto text = files_.read(file.path, spec::kMaxFileBytes, &file.state);
  Seen seen{.state = file.state,
            .digest = digest_of(text),
            .last = before == nullptr ? std::string() : before->last,
            .is_blank = text.ok() && is_blank(*text)};
  if (text.ok()) wipe(*text);
  seen.counts = before != nullptr && before->digest == seen.digest;
  if (seen.counts) seen.last = seen.digest;
  return seen;
}

// That a file is gone is a change, too: believed when it has been seen twice.
void SourceFiles::note_gone(std::map<std::string, Seen>& seen) const {
  for (const auto& [path, before] : seen_) {
    if (before.is_gone || seen.contains(path)) continue;
    Seen& gone = seen[path] = before;
    gone.counts = false;
    gone.is_gone = true;
  }
}

Result<void> SourceFiles::look() {
  const Error stopped(Code::cancelled, "stopped while reading the source");
  if (stop_.stop_requested()) return stopped;
  spec::Walk walk = spec::walk(files_, source_, recursive_);
  std::map<std::string, Seen> seen;
  counted_.clear();
  for (spec::FoundFile& file : walk.files) {
    if (stop_.stop_requested()) return stopped;
    const auto before = seen_.find(file.path);
    const Seen& now = seen[file.path] =
        judge(file, before == seen_.end() ? nullptr : &before->second);
    if (now.counts) counted_.push_back(std::move(file));
  }
  note_gone(seen);
  seen_ = std::move(seen);
  std::map<std::string, int> restless;
  for (const auto& [path, now] : seen_)
    if (!now.counts) restless[path] = restless_.contains(path) ? restless_[path] + 1 : 1;
  restless_ = std::move(restless);
  unread_twice_.clear();
  for (const spec::Unread& unread : walk.errors)
    if (std::find(unread_.begin(), unread_.end(), unread) != unread_.end())
      unread_twice_.push_back(unread);
  unread_ = std::move(walk.errors);
  skipped_directories_ = walk.skipped_directories;
  version_ = version_now();
  ++looks_;
  return {};
}

std::string SourceFiles::version_now() const {
  std::string all;
  for (const auto& [path, seen] : seen_)
    if (!seen.last.empty()) all += path + '\n' + seen.last + '\n';
  for (const spec::Unread& unread : unread_twice_) all += unread.error.message() + '\n';
  return sha256_hex(all);
}

std::vector<std::string> SourceFiles::blank() const {
  std::vector<std::string> blank;
  for (const auto& [path, seen] : seen_)
    if (seen.counts && seen.is_blank) blank.push_back(path);
  return blank;
}

std::set<std::string> SourceFiles::mentioned(const std::string& path,
                                             const std::set<std::string>& words) const {
  std::set<std::string> found;
  const auto seen = seen_.find(path);
  if (seen == seen_.end()) return found;
  auto text = files_.read(path, spec::kMaxFileBytes, &seen->second.state);
  if (!text.ok()) return found;
  for (const std::string& word : words)
    if (text->find(word) != std::string::npos) found.insert(word);
  wipe(*text);
  return found;
}

spec::Reading SourceFiles::read(spec::LoadOptions options) {
  const JudgedFiles judged(files_,
                           [this](const std::string& path, const Result<std::string>& text) {
                             Seen& seen = seen_.at(path);
                             if (digest_of(text) == seen.digest) return true;
                             seen.counts = false;
                             restless_.try_emplace(path, 1);
                             return false;
                           });
  options.paths = {source_};
  options.goes_on = [this] { return !stop_.stop_requested(); };
  const spec::Walk found{counted_, unread_twice_, skipped_directories_};
  spec::Reading reading = spec::load_found(judged, found, options);
  std::erase_if(counted_, [this](const auto& file) { return !seen_.at(file.path).counts; });
  for (auto& [path, seen] : seen_)
    if (!seen.counts) seen.last.clear();
  version_ = version_now();
  return reading;
}

}  // namespace certloop
