#pragma once
// The project's own files, as the rules read them.
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace certloop::tidy {

struct Source {
  std::string path;  // from the source root, with slashes
  std::string text;
  std::string code;  // C++ only: the text with comments, strings and characters blanked out
};

// Blanks comments, string and character literals, raw ones too; keeps every line end and column.
std::string code_of(std::string_view text);

// The comments of C++ alone, at their places: everything else is blanked.
std::string comments_of(std::string_view text);

// As if it had been read from a file.
Source source(std::string path, std::string text);

// All text files at the root and below the folders that hold the project's sources. Hidden and
// build folders are left out, and tests/data, which others wrote.
std::vector<Source> read_tree(const std::filesystem::path& root);

std::vector<std::string_view> lines_of(std::string_view text);
bool is_header(const Source& source);
bool is_cpp(const Source& source);  // headers too

}  // namespace certloop::tidy
