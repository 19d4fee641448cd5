#include "tests/tidy/rules.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "base/text.h"

namespace certloop::tidy {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Whether `name` stands in the line as a whole word (names may contain "::" and end in "(").
bool mentions(std::string_view line, std::string_view name) {
  for (auto at = line.find(name); at != std::string_view::npos; at = line.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool starts = at == 0 || !is_word(line[at - 1]) || !is_word(name.front());
    const bool ends = end == line.size() || !is_word(line[end]) || !is_word(name.back());
    if (starts && ends) return true;
  }
  return false;
}

struct Ban {
  std::string_view rule, name, instead;
};

constexpr std::array kBans = {
    Ban{"clock", "system_clock::now", "take a Clock"},
    Ban{"clock", "steady_clock::now", "take a Clock"},
    Ban{"clock", "high_resolution_clock", "take a Clock"},
    Ban{"clock", "clock_gettime(", "take a Clock"},
    Ban{"clock", "gettimeofday(", "take a Clock"},
    Ban{"clock", "time(nullptr)", "take a Clock"},
    Ban{"clock", "time(NULL)", "take a Clock"},
    Ban{"clock", "localtime", "all times are UTC: base/timestamp.h"},
    Ban{"sleep", "sleep_for", "answer Next::after, or wait on a condition"},
    Ban{"sleep", "sleep_until", "answer Next::after, or wait on a condition"},
    Ban{"sleep", "usleep(", "answer Next::after, or wait on a condition"},
    Ban{"sleep", "nanosleep(", "answer Next::after, or wait on a condition"},
    Ban{"chance", "rand(", "take a Random"},
    Ban{"chance", "srand(", "take a Random"},
    Ban{"chance", "random_device", "take a Random"},
    Ban{"chance", "mt19937", "take a Random"},
    Ban{"chance", "mt19937_64", "take a Random"},
    Ban{"environment", "getenv(", "main.cpp reads the environment and passes values on"},
    Ban{"environment", "secure_getenv(", "main.cpp reads the environment and passes values on"},
    Ban{"environment", "setenv(", "nobody changes the environment"},
    Ban{"mutex", "std::mutex", "clang cannot check it: base/mutex.h"},
    Ban{"mutex", "std::recursive_mutex", "base/mutex.h"},
    Ban{"mutex", "std::shared_mutex", "clang cannot check it: base/mutex.h"},
    Ban{"mutex", "std::lock_guard", "clang cannot check it: Lock, base/mutex.h"},
    Ban{"mutex", "std::scoped_lock", "clang cannot check it: Lock, base/mutex.h"},
    Ban{"macro", "#define", "a function, a template or a constant"},
};

constexpr std::array<std::string_view, 10> kHeavy = {
    "<nlohmann/", "<yaml-cpp/", "<openssl/", "<curl/", "<boost/",
    "<pugixml",   "<sqlite3.h", "<idn2.h",   "<CLI/",  "<fmt/"};

constexpr std::string_view kForwardDeclarations = "#include <nlohmann/json_fwd.hpp>";

// Split, so that this file does not promise anything itself.
constexpr std::array<std::string_view, 4> kPromises = {
    "TO"
    "DO",
    "FIX"
    "ME",
    "XX"
    "X",
    "HA"
    "CK"};

bool is_test(const Source& source) {
  return source.path.starts_with("tests/") || source.path.starts_with("bench/");
}
bool is_program(const Source& source) {
  return source.path.starts_with("controller/") || source.path.starts_with("reconcilers/");
}

// Tests may draw numbers that can be drawn again, and measure how long something took.
bool is_free_in_tests(std::string_view name) {
  return name.starts_with("mt19937") || name == "steady_clock::now";
}

// Calls `visit` with each line of `text` and its number.
template <class Visit>
void each_line(std::string_view text, const Visit& visit) {
  int number = 0;
  for (const std::string_view line : lines_of(text)) visit(line, ++number);
}

int columns(std::string_view line) {
  return static_cast<int>(
      std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

// Follows braces through code and tells the bodies of functions from namespaces, types and
// initializers, by what stands before each brace.
class Braces {
 public:
  std::vector<Function> run(std::string_view code) {
    for (const char c : code) {
      if (c == '\n') {
        ++line_;
        directive_ = false;
      }
      if (c == '#' && trim(head_).empty()) directive_ = true;
      if (directive_) continue;
      if (c == '{')
        open();
      else if (c == '}')
        close();
      else
        character(c);
    }
    return std::move(found_);
  }

 private:
  enum class Kind { scope, function, other };
  struct Brace {
    Kind kind;
    int line;
    bool keeps_head;
    std::string head;
    int parentheses;
  };

  void character(char c) {
    if (c == '(') ++parentheses_;
    if (c == ')') --parentheses_;
    if (c == ';' && parentheses_ <= 0) {
      head_.clear();
      parentheses_ = 0;
    } else {
      head_ += c;
    }
  }

  void open() {
    const bool inner = parentheses_ > 0 || initializes_member();
    const Kind kind = inner ? Kind::other : kind_of_head();
    stack_.push_back({kind, line_, inner, head_, parentheses_});
    head_.clear();
    parentheses_ = 0;
  }

  void close() {
    if (stack_.empty()) return;
    const Brace brace = std::move(stack_.back());
    stack_.pop_back();
    if (brace.kind == Kind::function) found_.push_back({brace.line, line_});
    // What goes on after an argument's or a member's braces is still the same declaration.
    head_ = brace.keeps_head ? brace.head + "{}" : std::string();
    parentheses_ = brace.keeps_head ? brace.parentheses : 0;
  }

  // The brace of `a_{1}` in `Type() : a_{1}, b_(2) {`.
  bool initializes_member() const {
    const std::string_view head = trim(head_);
    if (head.empty() || !(is_word(head.back()) || head.back() == '>')) return false;
    for (auto at = head.find(')'); at != std::string_view::npos; at = head.find(')', at + 1)) {
      const std::string_view rest = trim(head.substr(at + 1));
      if (rest.starts_with(':') && !rest.starts_with("::")) return true;
    }
    return false;
  }

  Kind kind_of_head() const {
    for (const Brace& brace : stack_)
      if (brace.kind != Kind::scope) return Kind::other;
    const std::string_view head = head_;
    if (mentions(head, "namespace") || mentions(head, "extern")) return Kind::scope;
    const auto parenthesis = head.find('(');
    const auto equals = head.find(" = ");
    if (parenthesis != std::string_view::npos && equals > parenthesis) return Kind::function;
    for (const std::string_view word : {"class", "struct", "union", "enum"})
      if (mentions(head, word)) return Kind::scope;
    return Kind::other;
  }

  std::vector<Function> found_;
  std::vector<Brace> stack_;
  std::string head_;  // since the last statement, at this depth
  int parentheses_ = 0;
  int line_ = 1;
  bool directive_ = false;
};

}  // namespace

std::string text_of(const Finding& finding) {
  return finding.path + ':' + std::to_string(finding.line) + ": " + finding.rule + ": " +
         finding.what;
}

std::vector<Finding> check_banned_names(const Source& source) {
  std::vector<Finding> findings;
  each_line(source.code, [&](std::string_view line, int number) {
    for (const Ban& ban : kBans) {
      if (is_test(source) && is_free_in_tests(ban.name)) continue;
      if (mentions(line, ban.name))
        findings.push_back({std::string(ban.rule), source.path, number,
                            std::string(ban.name) + ": " + std::string(ban.instead)});
    }
  });
  return findings;
}

std::vector<Finding> check_heavy_headers(const Source& source) {
  std::vector<Finding> findings;
  if (!is_header(source) || !is_program(source)) return findings;
  each_line(source.text, [&](std::string_view line, int number) {
    if (!line.starts_with("#include <")) return;
    for (const std::string_view heavy : kHeavy) {
      const bool json = heavy == "<nlohmann/" || heavy == "<fmt/";
      if (json && source.path.ends_with("_json.h")) continue;
      if (line.find(heavy) != std::string_view::npos && line != kForwardDeclarations)
        findings.push_back({"heavy-header", source.path, number,
                            std::string(line.substr(9)) + " belongs in a .cpp file"});
    }
  });
  return findings;
}

std::vector<Function> functions_of(const Source& source) { return Braces().run(source.code); }

std::vector<Finding> check_lengths(const Source& source) {
  std::vector<Finding> findings;
  if (!is_cpp(source) && !source.path.ends_with(".sh") && !source.path.ends_with(".py"))
    return findings;
  int lines = 0;
  each_line(source.text, [&](std::string_view line, int number) {
    lines = number;
    if (const int width = columns(line); width > kMostColumns)
      findings.push_back({"columns", source.path, number, std::to_string(width) + " columns wide"});
  });
  if (lines > kMostLines)
    findings.push_back({"file-length", source.path, lines,
                        std::to_string(lines) + " lines: it is more than one thing"});
  for (const Function& function : functions_of(source))
    if (const int length = function.last - function.first + 1; length > kMostFunctionLines)
      findings.push_back({"function-length", source.path, function.first,
                          "a function of " + std::to_string(length) + " lines"});
  return findings;
}

std::vector<Finding> check_promises(const Source& source) {
  std::vector<Finding> findings;
  each_line(source.text, [&](std::string_view line, int number) {
    for (const std::string_view word : kPromises)
      if (mentions(line, word))
        findings.push_back({"later", source.path, number, std::string(word)});
  });
  return findings;
}

std::vector<Finding> check_header_start(const Source& source) {
  if (!is_header(source)) return {};
  const auto lines = lines_of(source.text);
  if (lines.empty() || lines[0] != "#pragma once")
    return {{"header", source.path, 1, "does not begin with #pragma once"}};
  if (lines.size() < 2 || !lines[1].starts_with("// "))
    return {{"header", source.path, 2, "does not say what it is for"}};
  return {};
}

std::vector<Finding> check(const Source& source) {
  std::vector<Finding> all;
  for (const auto rule : {check_banned_names, check_heavy_headers, check_lengths, check_promises,
                          check_header_start}) {
    const auto findings = rule(source);
    all.insert(all.end(), findings.begin(), findings.end());
  }
  return all;
}

std::vector<Exception> parse_exceptions(std::string_view text) {
  std::vector<Exception> exceptions;
  for (std::string_view line : lines_of(text)) {
    if (line.starts_with('#') || trim(line).empty()) continue;
    std::array<std::string, 2> words;
    for (std::string& word : words) {
      line = trim(line);
      word = line.substr(0, line.find(' '));
      line.remove_prefix(word.size());
    }
    exceptions.push_back({words[0], words[1], std::string(trim(line))});
  }
  return exceptions;
}

std::vector<Finding> unexcused(const std::vector<Finding>& findings,
                               const std::vector<Exception>& exceptions) {
  std::vector<Finding> left;
  const auto excuses = [](const Exception& exception, const Finding& finding) {
    return exception.rule == finding.rule && exception.path == finding.path;
  };
  for (const Finding& finding : findings)
    if (std::none_of(exceptions.begin(), exceptions.end(),
                     [&](const auto& exception) { return excuses(exception, finding); }))
      left.push_back(finding);
  for (const Exception& exception : exceptions) {
    const bool used = std::any_of(findings.begin(), findings.end(),
                                  [&](const auto& finding) { return excuses(exception, finding); });
    if (!used || exception.reason.empty())
      left.push_back({"exception", exception.path, 0,
                      exception.rule + (used ? " is excused without a reason"
                                             : " is excused, but nothing is wrong there")});
  }
  return left;
}

}  // namespace certloop::tidy
