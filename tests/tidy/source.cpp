#include "tests/tidy/source.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>

namespace certloop::tidy {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 6> kFolders = {"controller", "reconcilers", "tests",
                                                      "bench",      "examples",    "manifests"};
constexpr std::array<std::string_view, 8> kEndings = {".cpp", ".h",  ".txt",  ".cmake",
                                                      ".sh",  ".py", ".yaml", ".md"};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Walks over C++ and tells code from comments and from literals.
class Blanker {
 public:
  explicit Blanker(std::string_view text) : text_(text), code_(text), comments_(text) {
    for (char& c : comments_)
      if (c != '\n') c = ' ';
    run();
  }

  std::string code() && { return std::move(code_); }
  std::string comments() && { return std::move(comments_); }

 private:
  void run() {
    while (at_ < text_.size()) {
      if (starts("//"))
        take_comment(text_.find('\n', at_));
      else if (starts("/*"))
        take_comment(after("*/", at_ + 2));
      else if (text_[at_] == '"')
        blank_to(is_raw() ? raw_end() : quoted_end('"'));
      else if (text_[at_] == '\'' && !separates_digits())
        blank_to(quoted_end('\''));
      else
        ++at_;
    }
  }

  bool starts(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  std::size_t after(std::string_view what, std::size_t from) const {
    const auto found = text_.find(what, from);
    return found == std::string_view::npos ? text_.size() : found + what.size();
  }
  bool is_raw() const { return at_ > 0 && text_[at_ - 1] == 'R'; }
  std::size_t raw_end() const {
    const auto open = text_.find('(', at_);
    if (open == std::string_view::npos) return text_.size();
    return after(')' + std::string(text_.substr(at_ + 1, open - at_ - 1)) + '"', open);
  }
  std::size_t quoted_end(char quote) const {
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == '\\')
        ++i;
      else if (text_[i] == quote || text_[i] == '\n')
        return i + 1;
    }
    return text_.size();
  }
  // The one in 10'000: the word before it begins with a digit.
  bool separates_digits() const {
    std::size_t first = at_;
    while (first > 0 && (is_word(text_[first - 1]) || text_[first - 1] == '\'')) --first;
    return first < at_ && std::isdigit(static_cast<unsigned char>(text_[first])) != 0;
  }
  void take_comment(std::size_t end) {
    end = std::min(end, text_.size());
    comments_.replace(at_, end - at_, text_.substr(at_, end - at_));
    blank_to(end);
  }
  void blank_to(std::size_t end) {
    for (end = std::min(end, text_.size()); at_ < end; ++at_)
      if (text_[at_] != '\n') code_[at_] = ' ';
  }

  std::string_view text_;
  std::string code_, comments_;
  std::size_t at_ = 0;
};

bool is_left_out(const fs::path& folder) {
  const std::string name = folder.filename().string();
  const bool is_data = name == "data" && folder.parent_path().filename() == "tests";
  return is_data || name.starts_with('.') || name == "build" || name == "out" ||
         name == "__pycache__" || name == "corpus";
}

bool is_text(const fs::directory_entry& entry) {
  const std::string ending = entry.path().extension().string();
  return entry.is_regular_file() &&
         std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

Source read_file(const fs::path& root, const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return source(fs::relative(path, root).generic_string(),
                {std::istreambuf_iterator<char>(file), {}});
}

}  // namespace

std::string code_of(std::string_view text) { return Blanker(text).code(); }
std::string comments_of(std::string_view text) { return Blanker(text).comments(); }

Source source(std::string path, std::string text) {
  Source made{std::move(path), std::move(text), {}};
  if (is_cpp(made)) made.code = code_of(made.text);
  return made;
}

std::vector<Source> read_tree(const fs::path& root) {
  std::vector<Source> all;
  for (const auto& entry : fs::directory_iterator(root))
    if (is_text(entry)) all.push_back(read_file(root, entry.path()));
  for (const std::string_view folder : kFolders) {
    if (!fs::exists(root / folder)) continue;
    for (auto at = fs::recursive_directory_iterator(root / folder); at != fs::end(at); ++at) {
      if (at->is_directory() && is_left_out(at->path())) at.disable_recursion_pending();
      if (is_text(*at)) all.push_back(read_file(root, at->path()));
    }
  }
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.path < b.path; });
  return all;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

bool is_header(const Source& source) { return source.path.ends_with(".h"); }
bool is_cpp(const Source& source) { return is_header(source) || source.path.ends_with(".cpp"); }

}  // namespace certloop::tidy
