#pragma once
// The flags of one command: declared once, parsed by CLI11, and the source of the help text and of
// suggestions after a typing mistake. Not thread-safe.
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace certloop::cli {

// How a flag is shown: "-o, --output FORMAT", what it does, and its default.
struct FlagHelp {
  std::string names, placeholder, text;
};

class Flags {
 public:
  Flags();
  ~Flags();
  Flags(const Flags&) = delete;
  Flags& operator=(const Flags&) = delete;

  // `names` as "-o,--output". What is set where the flag is not given stays as it is. The referents
  // outlive parse().
  void text(const std::string& names, std::string& into, const char* placeholder, const char* help);
  void text(const std::string& names, std::optional<std::string>& into, const char* placeholder,
            const char* help);
  void texts(const std::string& names, std::vector<std::string>& into, const char* placeholder,
             const char* help);
  // --wait and --wait=false.
  void toggle(const std::string& names, bool& into, const char* help);
  // --dry-run and --dry-run=VALUE: without a value it is `bare`.
  void choice(const std::string& names, std::string& into, const char* bare, const char* help);
  void number(const std::string& names, std::size_t& into, const char* help);
  // 90s, 15m, 12h, 7d, 1h30m; 0.
  void duration(const std::string& names, Duration& into, const char* help);
  void duration(const std::string& names, std::optional<Duration>& into, const char* help);
  // Everything that is no flag. Without this call, such arguments are refused.
  void arguments(std::vector<std::string>& into);

  // Error: invalid, with the remedy.
  Result<void> parse(std::vector<std::string> arguments);

  const std::vector<FlagHelp>& help() const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

// Error: invalid, showing the form.
Result<Duration> parse_duration(const std::string& text);

}  // namespace certloop::cli
