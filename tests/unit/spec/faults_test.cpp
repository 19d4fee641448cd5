#include "spec/faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/text.h"
#include "spec/load.h"
#include "tests/unit/spec/fake_files.h"

namespace certloop::spec {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

// So that nobody's many faults hide another's few.
TEST(Faults, AreBoundedForEachFileAndThenInAll) {
  const auto faults_in = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "---\n{}\n";
    return text;
  };
  std::map<std::string, std::string> texts = {{"d/z.yaml", faults_in(3)}};
  for (int i = 100; i < 200; ++i) texts["d/" + std::to_string(i) + ".yaml"] = faults_in(25);
  LoadOptions options;
  options.paths = {"d"};
  const auto faults = split(load(FakeFiles(texts), options).error().message(), '\n');
  ASSERT_EQ(faults.size(), 50u * 21 + 50 * 2 + 2);
  EXPECT_THAT(faults[19], StartsWith("d/100.yaml:40: "));
  EXPECT_EQ(faults[20], "d/100.yaml: (5 more in this file)");
  EXPECT_THAT(faults[21], StartsWith("d/101.yaml:2: "));
  EXPECT_THAT(faults[50 * 21], StartsWith("d/150.yaml:2: "));
  EXPECT_EQ(faults[50 * 21 + 1], "d/150.yaml: (24 more in this file)");
  EXPECT_THAT(faults[faults.size() - 2], StartsWith("d/z.yaml:2: "));
  EXPECT_EQ(faults.back(), "d/z.yaml: (2 more in this file)");
}

TEST(Faults, StandInTheOrderOfFilesAndLines) {
  Faults faults;
  EXPECT_TRUE(faults.empty());
  for (const char* file : {"b", "a", "c"}) faults.open(file);
  EXPECT_TRUE(faults.empty());
  faults.add("a", 7, "x");
  faults.add("b", 0, "y");
  faults.add("a", 3, "z");
  EXPECT_THAT(faults.lines(), ElementsAre("b: y", "a:3: z", "a:7: x"));
}

TEST(Faults, SayThatThereAreMoreFilesThanAnybodyReads) {
  Faults faults;
  for (int i = 0; i < 10'001; ++i) faults.add(std::to_string(i), 1, "x");
  ASSERT_EQ(faults.lines().size(), 10'001u);
  EXPECT_EQ(faults.lines().back(), "(more files have errors; correct these first)");
}

}  // namespace
}  // namespace certloop::spec
