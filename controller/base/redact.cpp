#include "base/redact.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace certloop {
namespace {

constexpr std::string_view kHidden = "***";
constexpr std::string_view kSpaces = " \t\r\n";
// What ends a word that is neither a URL nor an assignment.
constexpr std::string_view kWordEnds = " \t\r\n\"'`<>(){}[],;";

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_name_character(char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; }

std::size_t end_at(std::string_view text, std::string_view ends, std::size_t from = 0) {
  return std::min(text.find_first_of(ends, from), text.size());
}

// "-----BEGIN ... PRIVATE KEY-----" up to its end, or to the end of the text.
std::size_t private_key_length(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN ", kEnd = "-----END ", kDashes = "-----";
  if (!text.starts_with(kBegin)) return 0;
  const auto label_end = text.find(kDashes, kBegin.size());
  const std::string_view label = text.substr(kBegin.size(), label_end - kBegin.size());
  if (label_end != std::string_view::npos && !label.ends_with("PRIVATE KEY")) return 0;
  const auto end = text.find(kEnd, kBegin.size());
  if (end == std::string_view::npos) return text.size();
  const auto close = text.find(kDashes, end + kEnd.size());
  return close == std::string_view::npos ? text.size() : close + kDashes.size();
}

// 40 characters are a secret access key; longer ones tokens and keys.
std::size_t opaque_length(std::string_view text) {
  constexpr std::size_t kLeast = 40;
  std::size_t length = 0;
  bool upper = false, small = false, digit = false;
  for (const char c : text) {
    if (!is_letter_or_digit(c) && c != '+' && c != '/' && c != '=') break;
    upper = upper || (c >= 'A' && c <= 'Z');
    small = small || (c >= 'a' && c <= 'z');
    digit = digit || (c >= '0' && c <= '9');
    ++length;
  }
  return length >= kLeast && upper && small && digit ? length : 0;
}

// The part of a word before its last '@', if it may be "user:password" of a URL.
std::size_t user_information_length(std::string_view word) {
  const auto at = word.rfind('@');
  if (at == std::string_view::npos) return 0;
  return word.substr(0, at).find(':') == std::string_view::npos ? 0 : at;
}

// Reads the text once from the front. Not thread-safe.
class Redactor {
 public:
  explicit Redactor(std::string_view text) : rest_(text) {}

  std::string run() {
    while (!rest_.empty()) step();
    return std::move(out_);
  }

 private:
  void copy(std::size_t length) {
    out_ += rest_.substr(0, length);
    rest_.remove_prefix(length);
  }
  void hide(std::size_t length) {
    out_ += kHidden;
    rest_.remove_prefix(length);
  }

  void step() {
    if (const std::size_t key = private_key_length(rest_); key > 0) return hide(key);
    if (!is_name_character(rest_.front()) && rest_.front() != '/' && rest_.front() != '+')
      return copy(1);
    // The longest that could begin here first: a URL may hold what looks like the others.
    const std::string_view word = rest_.substr(0, end_at(rest_, kSpacesAndQuotes));
    if (word.starts_with("arn:")) return copy(word.size());
    if (const std::size_t user = user_information_length(word); user > 0) {
      const auto scheme = word.find("://");
      const std::size_t kept = scheme < user ? scheme + 3 : 0;
      copy(kept);
      return hide(user - kept);
    }
    if (const std::size_t opaque = opaque_length(rest_); opaque > 0) return hide(opaque);
    if (rest_.starts_with("eyJ") && word.size() > 20) return hide(end_at(rest_, kWordEnds));
    name();
  }

  // A word, and the value that it introduces if it is the name of something secret.
  void name() {
    std::size_t length = 0;
    while (length < rest_.size() && is_name_character(rest_[length])) ++length;
    if (length == 0) return copy(1);
    const std::string word(rest_.substr(0, length));
    copy(length);
    if (lower(word) == "bearer") return hide_word();
    if (lower(word) == "value" && rest_.starts_with(" '")) return quoted_by_aws();
    if (!is_secret_name(word)) return;
    std::size_t gap = 0;  // "name": value, name = value
    while (gap < rest_.size() && (rest_[gap] == '"' || rest_[gap] == '\'' || rest_[gap] == '\\'))
      ++gap;
    gap = std::min(rest_.find_first_not_of(' ', gap), rest_.size());
    if (gap == rest_.size() || (rest_[gap] != ':' && rest_[gap] != '=')) return;
    copy(std::min(rest_.find_first_not_of(' ', gap + 1), rest_.size()));
    value(lower(word) == "authorization" || lower(word).ends_with("-authorization") ||
          lower(word).ends_with("cookie"));
  }

  void hide_word() {
    const std::size_t spaces = std::min(rest_.find_first_not_of(' '), rest_.size());
    if (spaces == 0 || spaces == rest_.size()) return;
    copy(spaces);
    hide(std::max<std::size_t>(end_at(rest_, kWordEnds), 1));
  }

  // Headers hold several words; other values end where a word does.
  void value(bool whole_line) {
    if (rest_.empty()) return;
    std::size_t quotes = 0;
    while (quotes < rest_.size() && rest_[quotes] == '\\') ++quotes;
    const char quote = quotes < rest_.size() ? rest_[quotes] : '\0';
    if (quote == '"' || quote == '\'') {
      copy(quotes + 1);
      std::size_t end = 0;
      while (end < rest_.size() && rest_[end] != quote)
        end += rest_[end] == '\\' && quotes == 0 ? 2 : 1;
      return hide(std::min(end, rest_.size()));
    }
    hide(end_at(rest_, whole_line ? "\r\n\"" : " \t\r\n\"'<>(){},;&"));
  }

  // "Value 'x' at 'name' failed to satisfy constraint": AWS quotes what it was given.
  void quoted_by_aws() {
    constexpr std::string_view kAt = "' at '";
    const auto end = rest_.find(kAt);
    if (end == std::string_view::npos || end < 2) return;
    const std::string_view field = rest_.substr(end + kAt.size());
    if (!is_secret_name(field.substr(0, end_at(field, "'")))) return;
    copy(2);
    hide(end - 2);
  }

  static constexpr std::string_view kSpacesAndQuotes = " \t\r\n\"'`<>(),;";

  std::string_view rest_;
  std::string out_;
};

}  // namespace

bool is_secret_name(std::string_view name) {
  constexpr std::array<std::string_view, 14> kParts = {
      "authorization", "password", "passwd",     "passphrase", "secret",  "token",  "credential",
      "privatekey",    "apikey",   "signingkey", "signature",  "session", "cookie", "stringdata"};
  std::string plain;
  for (const char c : lower(name))
    if (is_letter_or_digit(c)) plain += c;
  for (const char* reference : {"ref", "name", "arn", "type", "reference"})
    if (plain.ends_with(reference)) return false;
  return std::any_of(kParts.begin(), kParts.end(), [&](std::string_view part) {
    return plain.find(part) != std::string::npos;
  });
}

std::string redacted(std::string_view text) {
  constexpr std::size_t kMost = 8U << 10;  // the walk looks ahead, so its length is bounded
  if (text.size() <= kMost) return Redactor(text).run();
  // Half a word might hide what its other half gives away.
  const auto space = text.substr(0, kMost).find_last_of(kSpaces);
  return Redactor(text.substr(0, space == std::string_view::npos ? 0 : space)).run() + "...";
}

}  // namespace certloop
