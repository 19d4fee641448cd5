// Holds every file of the project against the rules.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/tidy/citations.h"
#include "tests/tidy/layers.h"
#include "tests/tidy/rules.h"
#include "tests/tidy/source.h"

namespace certloop::tidy {
namespace {

const std::string kRoot = CERTLOOP_SOURCE_DIR;

const std::vector<Source>& tree() {
  static const std::vector<Source> sources = read_tree(kRoot);
  return sources;
}

std::string read(const std::string& path) {
  std::ifstream file(kRoot + '/' + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string report(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) text += text_of(finding) + '\n';
  return text;
}

TEST(Tree, IsReadWhole) {
  const auto has = [](const std::string& path) {
    return std::any_of(tree().begin(), tree().end(),
                       [&](const Source& source) { return source.path == path; });
  };
  for (const char* path :
       {"controller/base/error.h", "controller/loop/schedule.cpp", "controller/CMakeLists.txt",
        "tests/tidy/tree_test.cpp", "tests/run.sh", "bench/work_queue.cpp", "README.md"})
    EXPECT_TRUE(has(path)) << path;
}

TEST(Tree, KeepsTheHouseRules) {
  std::vector<Finding> findings;
  for (const Source& source : tree()) {
    const auto found = check(source);
    findings.insert(findings.end(), found.begin(), found.end());
  }
  const auto left = unexcused(findings, parse_exceptions(read("tests/tidy/exceptions.txt")));
  EXPECT_TRUE(left.empty()) << report(left)
                            << "Mend it, or excuse it with a reason in tests/tidy/exceptions.txt.";
}

TEST(Tree, IncludesDownwardOnly) {
  const Layers layers = parse_layers(read("tests/tidy/layers.txt"));
  ASSERT_FALSE(layers.empty());
  EXPECT_EQ(circles(layers), std::vector<std::string>{});
  std::vector<Finding> findings;
  for (const Source& source : tree()) {
    for (Finding& finding : check_includes(source, layers)) findings.push_back(std::move(finding));
    if (source.path.ends_with("CMakeLists.txt"))
      for (Finding& finding : check_uses(source, layers)) findings.push_back(std::move(finding));
  }
  EXPECT_TRUE(findings.empty()) << report(findings) << "The table stands in tests/tidy/layers.txt.";
}

TEST(Tree, CitesOnlyWhatIsThere) {
  const Pages pages = pages_of(tree());
  ASSERT_FALSE(pages.empty());
  std::vector<Finding> findings;
  for (const Source& source : tree())
    for (Finding& finding : check_citations(source, pages)) findings.push_back(std::move(finding));
  EXPECT_TRUE(findings.empty()) << report(findings) << "The pages stand in controller/docs.";
}

}  // namespace
}  // namespace certloop::tidy
