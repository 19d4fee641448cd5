#include "base/foreign.h"

#include "base/text.h"
#include "base/utf8.h"

namespace certloop {
namespace {

bool is_control(std::uint32_t point) { return point < 0x20 || (point >= 0x7f && point < 0xa0); }

constexpr std::string_view kCut = "...";

// Shortened by whole characters until kCut fits behind.
std::string cut(std::string text, std::size_t most_bytes) {
  while (!text.empty() && text.size() + kCut.size() > most_bytes) {
    while (text.size() > 1 && (text.back() & 0xc0) == 0x80) text.pop_back();
    text.pop_back();
  }
  return text.append(kCut);
}

}  // namespace

bool is_clean_text(std::string_view text, std::size_t most_bytes) {
  if (text.size() > most_bytes) return false;
  while (!text.empty()) {
    const auto [point, length] = decode_utf8(text);
    if (length == 0 || is_control(point)) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string foreign_text(std::string text, std::size_t most_bytes) {
  constexpr std::string_view kReplacement = "\xef\xbf\xbd";
  constexpr std::string_view kLayout = "\t\n\r";
  std::string out;
  std::string_view rest = text;
  bool unchanged = text.size() <= most_bytes;
  while (!rest.empty()) {
    const auto [point, length] = decode_utf8(rest);
    const bool layout = kLayout.find(rest.front()) != std::string_view::npos;
    const bool fit = length > 0 && (layout || !is_control(point));
    const std::string_view next = fit ? rest.substr(0, length) : kReplacement;
    if (!fit && unchanged) {
      unchanged = false;
      out = text.substr(0, text.size() - rest.size());
    }
    if (out.size() + next.size() + kCut.size() > most_bytes && !unchanged)
      return cut(std::move(out), most_bytes);
    if (!unchanged) out += next;
    rest.remove_prefix(length == 0 ? 1 : length);
  }
  return unchanged ? std::move(text) : out;
}

std::string printable_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("\n\t");
    out += printable(text.substr(0, end));
    if (end == std::string_view::npos) break;
    out += text[end];
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace certloop
