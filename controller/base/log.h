#pragma once
// What the program says while it works: one line an entry, JSON or text, on standard error.
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace certloop {

enum class Level { debug, info, warning, error };

// Fields are for programs; the message is for people. Bodies, Authorization headers, tokens and
// keys are never passed here at any level (SECURITY, "Secrets in memory"). Thread-safe.
class Log {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  enum class Format { text, json };
  // Receives whole lines without the line end. Called under the log's lock: must not log.
  using Sink = std::function<void(std::string_view line)>;

  Log(const Clock& clock, Sink sink, Format format = Format::text, Level least = Level::info);
  // Discards everything.
  static Log& none();

  void write(Level level, std::string_view message, const Fields& fields = {});
  void debug(std::string_view m, const Fields& f = {}) { write(Level::debug, m, f); }
  void info(std::string_view m, const Fields& f = {}) { write(Level::info, m, f); }
  void warning(std::string_view m, const Fields& f = {}) { write(Level::warning, m, f); }
  void error(std::string_view m, const Fields& f = {}) { write(Level::error, m, f); }

 private:
  const Clock& clock_;
  Mutex mutex_;
  Sink sink_ GUARDED_BY(mutex_);
  Format format_;
  Level least_;
};

}  // namespace certloop
