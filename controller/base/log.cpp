#include "base/log.h"

#include "base/text.h"
#include "base/timestamp.h"

namespace certloop {
namespace {

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::warning: return "warning";
    case Level::error: return "error";
  }
  return "error";
}

// A JSON string; printable() has already dealt with control characters.
std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

Log::Log(const Clock& clock, Sink sink, Format format, Level least)
    : clock_(clock), sink_(std::move(sink)), format_(format), least_(least) {}

Log& Log::none() {
  static const SystemClock clock;
  static Log log(
      clock, [](std::string_view) {}, Format::text, Level::error);
  return log;
}

void Log::write(Level level, std::string_view message, const Fields& fields) {
  if (level < least_) return;
  std::string line;
  if (format_ == Format::json) {
    line = "{\"time\":" + in_quotes(rfc3339_millis(clock_.now())) +
           ",\"level\":" + in_quotes(name_of(level)) + ",\"message\":" + in_quotes(message);
    for (const auto& [key, value] : fields) line += ',' + in_quotes(key) + ':' + in_quotes(value);
    line += '}';
  } else {
    line =
        rfc3339_millis(clock_.now()) + ' ' + std::string(name_of(level)) + ' ' + printable(message);
    for (const auto& [key, value] : fields) {
      const bool plain = !value.empty() && value.find_first_of(" \"=") == std::string::npos;
      line += ' ' + key + '=' + (plain ? printable(value) : in_quotes(value));
    }
  }
  Lock lock(mutex_);
  sink_(line);
}

}  // namespace certloop
