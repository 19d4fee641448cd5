#include "cli/text_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace certloop::cli {
namespace {

using Lines = std::vector<std::string>;

constexpr std::size_t kContext = 3;

struct Edit {
  char mark;             // ' ', '-', '+'
  std::size_t from, to;  // indexes of the line in either text
};

Lines lines_of(const std::string& text) {
  Lines lines = split(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

// Walks the recorded frontiers back from the end.
std::vector<Edit> backtrack(const std::vector<std::vector<long>>& trace, long from, long to,
                            long offset) {
  std::vector<Edit> edits;
  for (long depth = static_cast<long>(trace.size()) - 1; depth >= 0; --depth) {
    const std::vector<long>& front = trace[static_cast<std::size_t>(depth)];
    const auto at = [&](long k) { return front[static_cast<std::size_t>(k + offset)]; };
    const long k = from - to;
    const bool down = k == -depth || (k != depth && at(k - 1) < at(k + 1));
    const long before_k = down ? k + 1 : k - 1;
    const long before_from = depth == 0 ? 0 : at(before_k);
    const long before_to = depth == 0 ? 0 : before_from - before_k;
    while (from > before_from && to > before_to) {
      --from, --to;
      edits.push_back({' ', static_cast<std::size_t>(from), static_cast<std::size_t>(to)});
    }
    if (depth == 0) break;
    if (down)
      edits.push_back({'+', static_cast<std::size_t>(from), static_cast<std::size_t>(--to)});
    else
      edits.push_back({'-', static_cast<std::size_t>(--from), static_cast<std::size_t>(to)});
  }
  std::reverse(edits.begin(), edits.end());
  return edits;
}

// E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986): the shortest edit script.
std::vector<Edit> edits_between(const Lines& a, const Lines& b) {
  const long n = static_cast<long>(a.size());
  const long m = static_cast<long>(b.size());
  const long most = n + m;
  std::vector<long> front(static_cast<std::size_t>(2 * most + 3), 0);
  const long offset = most + 1;
  std::vector<std::vector<long>> trace;
  for (long depth = 0; depth <= most; ++depth) {
    trace.push_back(front);
    for (long k = -depth; k <= depth; k += 2) {
      const auto at = [&](long diagonal) -> long& {
        return front[static_cast<std::size_t>(diagonal + offset)];
      };
      long x = k == -depth || (k != depth && at(k - 1) < at(k + 1)) ? at(k + 1) : at(k - 1) + 1;
      while (x < n && x - k < m &&
             a[static_cast<std::size_t>(x)] == b[static_cast<std::size_t>(x - k)])
        ++x;
      at(k) = x;
      if (x >= n && x - k >= m) return backtrack(trace, n, m, offset);
    }
  }
  return {};
}

std::string range(std::size_t begin, std::size_t count) {
  if (count == 1) return fmt::format("{}", begin + 1);
  return fmt::format("{},{}", count == 0 ? begin : begin + 1, count);
}

std::string hunk(const std::vector<Edit>& edits, std::size_t begin, std::size_t end, const Lines& a,
                 const Lines& b) {
  std::size_t from_count = 0, to_count = 0;
  std::string body;
  for (std::size_t i = begin; i < end; ++i) {
    const Edit& edit = edits[i];
    if (edit.mark != '+') ++from_count;
    if (edit.mark != '-') ++to_count;
    body += edit.mark + (edit.mark == '+' ? b[edit.to] : a[edit.from]) + '\n';
  }
  return fmt::format("@@ -{} +{} @@\n", range(edits[begin].from, from_count),
                     range(edits[begin].to, to_count)) +
         body;
}

}  // namespace

std::string unified_diff(const std::string& from_name, const std::string& from,
                         const std::string& to_name, const std::string& to) {
  if (from == to) return "";
  const Lines a = from.empty() ? Lines{} : lines_of(from);
  const Lines b = to.empty() ? Lines{} : lines_of(to);
  const std::vector<Edit> edits = edits_between(a, b);
  std::string out = fmt::format("--- {}\n+++ {}\n", from_name, to_name);
  std::size_t next = 0;  // the first edit that is not printed yet
  for (std::size_t i = 0; i < edits.size(); ++i) {
    if (edits[i].mark == ' ') continue;
    const std::size_t begin = std::max(next, i < kContext ? 0 : i - kContext);
    std::size_t last = i;  // the last change of this hunk
    for (std::size_t j = i; j < edits.size() && j <= last + 2 * kContext; ++j)
      if (edits[j].mark != ' ') last = j;
    const std::size_t end = std::min(edits.size(), last + kContext + 1);
    out += hunk(edits, begin, end, a, b);
    next = end;
    i = end - 1;
  }
  return out;
}

}  // namespace certloop::cli
