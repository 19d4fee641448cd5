#include "report/table.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <utility>

#include "base/text.h"

namespace certloop::report {
namespace {

constexpr std::size_t kGap = 3;
// No column is cut below these: half a date says nothing.
constexpr std::size_t kLeastOfSentences = 8;
constexpr std::size_t kLeast = 12;

struct Range {
  std::uint32_t from, to;
};
// Unicode's combining marks and joiners, as far as names and tags are likely to hold them.
constexpr std::array<Range, 5> kZeroWidth = {
    {{0x0300, 0x036f}, {0x1ab0, 0x1aff}, {0x200b, 0x200d}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}}};
// East Asian Wide and Fullwidth (UAX 11), and the emoji blocks.
constexpr std::array<Range, 9> kDoubleWidth = {{{0x1100, 0x115f},
                                                {0x2e80, 0xa4cf},
                                                {0xac00, 0xd7a3},
                                                {0xf900, 0xfaff},
                                                {0xfe30, 0xfe6f},
                                                {0xff00, 0xff60},
                                                {0xffe0, 0xffe6},
                                                {0x1f300, 0x1f9ff},
                                                {0x20000, 0x3fffd}}};

template <std::size_t N>
bool within(const std::array<Range, N>& ranges, std::uint32_t point) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& range) { return point >= range.from && point <= range.to; });
}

// The code point at the start of valid UTF-8, and its length in bytes.
std::pair<std::uint32_t, std::size_t> first_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (length == 1 || length > text.size()) return {lead, 1};
  std::uint32_t point = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) point = (point << 6U) | (byte(i) & 0x3fU);
  return {point, length};
}

std::size_t width_of(std::uint32_t point) {
  if (within(kZeroWidth, point)) return 0;
  return within(kDoubleWidth, point) ? 2 : 1;
}

// The longest beginning that fits, and an ellipsis if something is cut.
std::string cut(const std::string& text, std::size_t width) {
  if (display_width(text) <= width) return text;
  std::string out;
  std::size_t used = 1;  // the ellipsis
  for (std::string_view rest = text; !rest.empty();) {
    const auto [point, length] = first_point(rest);
    if (used + width_of(point) > width) break;
    used += width_of(point);
    out += rest.substr(0, length);
    rest.remove_prefix(length);
  }
  return out + "…";
}

// Takes a column's surplus away, the widest first, until `over` is gone or nothing may yield.
void narrow(std::vector<std::size_t>& widths, const std::vector<Column>& columns,
            Column::Yield yield, std::size_t& over) {
  const std::size_t least = yield == Column::Yield::first ? kLeastOfSentences : kLeast;
  while (over > 0) {
    std::size_t widest = columns.size();
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (columns[i].yield == yield && widths[i] > std::max(least, columns[i].name.size()) &&
          (widest == columns.size() || widths[i] > widths[widest]))
        widest = i;
    if (widest == columns.size()) return;
    --widths[widest];
    --over;
  }
}

}  // namespace

std::size_t display_width(std::string_view utf8) {
  std::size_t width = 0;
  while (!utf8.empty()) {
    const auto [point, length] = first_point(utf8);
    width += width_of(point);
    utf8.remove_prefix(length);
  }
  return width;
}

std::string in_tone(std::string text, Tone tone, bool colours) {
  constexpr std::array<std::string_view, 5> kCodes = {"", "32", "33", "31", "2"};
  if (!colours || tone == Tone::plain || text.empty()) return text;
  return "\x1b[" + std::string(kCodes.at(static_cast<std::size_t>(tone))) + "m" + text + "\x1b[0m";
}

void Table::add(std::vector<Cell> cells) {
  assert(cells.size() == columns_.size());
  for (Cell& cell : cells) cell.text = printable(cell.text);
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::widths(const Layout& layout) const {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = layout.headers ? display_width(columns_[i].name) : 0;
    for (const auto& row : rows_) width = std::max(width, display_width(row[i].text));
    out.push_back(width);
  }
  std::size_t total = kGap * (columns_.size() - 1);
  for (const std::size_t width : out) total += width;
  if (layout.width == 0 || total <= layout.width) return out;
  std::size_t over = total - layout.width;
  narrow(out, columns_, Column::Yield::first, over);
  narrow(out, columns_, Column::Yield::last, over);
  return out;
}

std::string Table::text(const Layout& layout) const {
  const std::vector<std::size_t> width = widths(layout);
  std::string out;
  const auto line = [&](const auto& cell_at) {
    std::string text;
    std::size_t owed = 0;  // spaces that are written only if something follows
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const Cell cell = cell_at(i);
      const std::string shown = cut(cell.text, width[i]);
      if (!shown.empty()) {
        text.append(owed, ' ');
        owed = 0;
        text += in_tone(shown, cell.tone, layout.colours);
      }
      owed += width[i] - display_width(shown) + kGap;
    }
    out += text + '\n';
  };
  if (layout.headers) line([&](std::size_t i) { return Cell(columns_[i].name); });
  for (const auto& row : rows_) line([&](std::size_t i) { return row[i]; });
  return out;
}

}  // namespace certloop::report
