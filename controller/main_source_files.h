#pragma once
// What stands in a source, judged file by file. A file counts once its content was the same in two
// looks: somebody may be in the middle of writing it. One that keeps changing holds up only itself.
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "spec/load.h"
#include "spec/walk.h"

namespace certloop {

// Belongs to one thread.
class SourceFiles {
 public:
  // `files` outlives this.
  SourceFiles(const spec::Files& files, std::string source, bool recursive, std::stop_token stop)
      : files_(files), source_(std::move(source)), recursive_(recursive), stop_(std::move(stop)) {}

  // Looks at the whole tree, and reads what may have changed. Error: cancelled.
  Result<void> look();

  // Everything below is of the last look.

  // Changes with the files that count and what is in them, and with what cannot be read.
  const std::string& version() const { return version_; }
  // Whether all of it counts.
  bool is_at_rest() const { return looks_ > 1 && restless_.empty() && unread_ == unread_twice_; }
  // Whether it says anything: at the first look nothing does, and later an empty source does.
  bool has_news() const { return !counted_.empty() || !unread_twice_.empty() || is_at_rest(); }
  // Files that do not count, and in how many looks running they did not.
  const std::map<std::string, int>& restless() const { return restless_; }
  // What could not be read, files of the walk apart.
  const std::vector<spec::Unread>& unread() const { return unread_; }
  // Files that count and hold nothing, not even a comment.
  std::vector<std::string> blank() const;
  // Which of the words stand in that file, as it is now.
  std::set<std::string> mentioned(const std::string& path,
                                  const std::set<std::string>& words) const;

  // Checks and types what counts. A file that has changed since the look is left out, and counts no
  // more. The reading's error tells what could not be read, too.
  spec::Reading read(spec::LoadOptions options);

 private:
  struct Seen {
    spec::FileState state;
    std::string digest;  // of the content, or of why it cannot be read
    std::string last;    // as it was when it counted; empty: the last reading went without it
    bool counts = false;
    bool is_gone = false;  // since this look
    bool is_blank = false;
  };
  Seen judge(const spec::FoundFile& file, const Seen* before) const;
  void note_gone(std::map<std::string, Seen>& seen) const;
  std::string version_now() const;

  const spec::Files& files_;
  const std::string source_;
  const bool recursive_;
  const std::stop_token stop_;
  int looks_ = 0;
  std::map<std::string, Seen> seen_;
  std::vector<spec::FoundFile> counted_;  // in the order of the walk
  std::map<std::string, int> restless_;
  std::vector<spec::Unread> unread_;
  // What was so in the look before as well: files come and go while a directory is read.
  std::vector<spec::Unread> unread_twice_;
  bool skipped_directories_ = false;
  std::string version_;
};

}  // namespace certloop
