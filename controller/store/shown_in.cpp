#include "store/shown_in.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace certloop::store {
namespace {

constexpr std::size_t kLeastToFind = 4;
constexpr std::size_t kLeastLine = 16;
// A text inside a text inside an annotation.
constexpr int kMaxEscapes = 4;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string without_space(std::string_view text) {
  std::string left;
  left.reserve(text.size());
  std::copy_if(text.begin(), text.end(), std::back_inserter(left),
               [](char c) { return !is_space(c); });
  return left;
}

void append_utf8(std::string& to, unsigned code) {
  if (code < 0x80) {
    to += static_cast<char>(code);
  } else if (code < 0x800) {
    to += static_cast<char>(0xc0 | (code >> 6));
    to += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    to += static_cast<char>(0xe0 | (code >> 12));
    to += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    to += static_cast<char>(0x80 | (code & 0x3f));
  }
}

// One level of backslashes less. Not every escape of every format, but those that writers use.
std::string unescaped(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      plain += text[i];
      continue;
    }
    const char next = text[++i];
    unsigned code = 0;
    const char* digits = text.data() + i + 1;
    if (next == 'u' && i + 4 < text.size() &&
        std::from_chars(digits, digits + 4, code, 16).ptr == digits + 4) {
      append_utf8(plain, code);
      i += 4;
    } else if (next != 'n' && next != 'r' && next != 't' && !is_space(next)) {
      plain += next;
    }
  }
  return plain;
}

}  // namespace

ShownIn::ShownIn(const std::vector<std::string>& values) {
  const auto add = [this](std::string needle, std::size_t least) {
    if (needle.size() >= least) needles_.push_back(std::move(needle));
  };
  for (const std::string& value : values) {
    add(without_space(value), kLeastToFind);
    if (value.find('\n') == std::string::npos) continue;
    // The lines around a PEM block are in every other one too.
    for (const std::string& line : split(value, '\n'))
      if (!line.starts_with("-----")) add(without_space(line), kLeastLine);
  }
  std::sort(needles_.begin(), needles_.end());
  needles_.erase(std::unique(needles_.begin(), needles_.end()), needles_.end());
}

bool ShownIn::any_in(std::string_view text) const {
  if (needles_.empty()) return false;
  std::string level(text);
  for (int i = 0; i <= kMaxEscapes; ++i) {
    const std::string view = without_space(level);
    const auto shows = [&](const std::string& needle) {
      return view.find(needle) != std::string::npos;
    };
    if (std::any_of(needles_.begin(), needles_.end(), shows)) return true;
    std::string next = unescaped(level);
    if (next == level) return false;
    level = std::move(next);
  }
  return false;
}

}  // namespace certloop::store
