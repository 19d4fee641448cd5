#pragma once
// What is said on standard error while something takes long: one line that is rewritten on a
// terminal, a plain line for each news elsewhere. Not thread-safe.
#include <cstddef>
#include <map>
#include <string>

#include "cli/session.h"

namespace certloop::cli {

class ProgressLine {
 public:
  explicit ProgressLine(Session& session) : session_(session) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const Progress& progress);
  // Takes the line off the terminal before anything else is printed.
  void clear();

 private:
  Session& session_;
  bool shown_ = false;
  std::map<api::Key, std::string> said_;  // so that a plain log does not repeat itself
};

}  // namespace certloop::cli
