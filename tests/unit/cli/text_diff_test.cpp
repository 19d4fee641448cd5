#include "cli/text_diff.h"

#include <gtest/gtest.h>

#include <random>

#include "base/text.h"

namespace certloop::cli {
namespace {

TEST(UnifiedDiff, LooksAsDiffDoes) {
  EXPECT_EQ(unified_diff("a", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "b", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
            "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
  EXPECT_EQ(unified_diff("a", "", "b", "x\ny\n"), "--- a\n+++ b\n@@ -0,0 +1,2 @@\n+x\n+y\n");
  EXPECT_EQ(unified_diff("a", "x\n", "b", ""), "--- a\n+++ b\n@@ -1 +0,0 @@\n-x\n");
  EXPECT_EQ(unified_diff("a", "x\n", "b", "x\n"), "");
}

TEST(UnifiedDiff, SeparatesChangesThatStandFarApart) {
  std::string from, to;
  for (int i = 0; i < 30; ++i) {
    from += std::to_string(i) + '\n';
    to += (i == 5 || i == 20 ? "x" : std::to_string(i)) + '\n';
  }
  const std::string diff = unified_diff("a", from, "b", to);
  EXPECT_NE(diff.find("@@ -3,7 +3,7 @@"), std::string::npos) << diff;
  EXPECT_NE(diff.find("@@ -18,7 +18,7 @@"), std::string::npos) << diff;
}

// Applies a unified diff, as patch(1) does.
std::string patched(const std::string& from, const std::string& diff) {
  const auto lines = split(from, '\n');
  std::string out;
  std::size_t at = 0;
  const auto edits = split(diff, '\n');
  for (std::size_t i = 2; i < edits.size(); ++i) {
    const std::string& edit = edits[i];
    if (edit.starts_with("@@")) {
      std::size_t begin = std::stoul(edit.substr(4));
      if (edit.find(",0 +") == std::string::npos) --begin;
      while (at < begin) out += lines[at++] + '\n';
    } else if (edit.starts_with('+')) {
      out += edit.substr(1) + '\n';
    } else if (edit.starts_with('-')) {
      ++at;
    } else if (edit.starts_with(' ')) {
      out += lines[at++] + '\n';
    }
  }
  while (at + 1 < lines.size()) out += lines[at++] + '\n';
  return out;
}

TEST(UnifiedDiff, TurnsOneTextIntoTheOther) {
  std::mt19937 engine(7);
  for (int round = 0; round < 300; ++round) {
    std::string from, to;
    for (int i = 0; i < 40; ++i) {
      const std::string line = std::to_string(engine() % 6) + '\n';
      if (engine() % 5 != 0) from += line;
      if (engine() % 5 != 0) to += line;
    }
    const std::string diff = unified_diff("a", from, "b", to);
    EXPECT_EQ(diff.empty() ? from : patched(from, diff), to) << diff;
  }
}

}  // namespace
}  // namespace certloop::cli
