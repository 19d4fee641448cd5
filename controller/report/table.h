#pragma once
// Columns of text with kubectl's look: upper-case headers, a gap of three spaces, nothing behind
// the last column. Not thread-safe.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace certloop::report {

// Colours, used only where the reader is a terminal that wants them.
enum class Tone { plain, good, warning, bad, faint };

struct Cell {
  Cell(std::string its_text, Tone its_tone = Tone::plain)
      : text(std::move(its_text)), tone(its_tone) {}
  Cell(const char* its_text) : text(its_text) {}
  std::string text;  // foreign text is welcome: it is made printable here
  Tone tone = Tone::plain;
};

struct Column {
  // What gives way where the terminal is too narrow: sentences first, then the rest; names never,
  // because people copy them.
  enum class Yield { first, last, never };
  std::string name;
  Yield yield = Yield::last;
};

struct Layout {
  std::size_t width = 0;  // columns of the terminal; 0: no limit, as for a pipe
  bool colours = false;
  bool headers = true;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as there are columns.
  void add(std::vector<Cell> cells);
  bool empty() const { return rows_.empty(); }

  // Lines, each with its line end. Cut cells end with "…".
  std::string text(const Layout& layout) const;

 private:
  std::vector<std::size_t> widths(const Layout& layout) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// The columns that a terminal needs to show the text.
std::size_t display_width(std::string_view utf8);
// The text in the tone's colour, or as it is.
std::string in_tone(std::string text, Tone tone, bool colours);

}  // namespace certloop::report
