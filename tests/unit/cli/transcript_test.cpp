#include "transcript.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

namespace certloop::cli {
namespace {

std::vector<std::string> transcripts() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(CERTLOOP_SOURCE_DIR "/tests/cli"))
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

class Transcript : public testing::TestWithParam<std::string> {};

TEST_P(Transcript, GoesAsWritten) {
  std::ifstream file(CERTLOOP_SOURCE_DIR "/tests/cli/" + GetParam() + ".txt");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(run_transcript(text.str()), "");
}

INSTANTIATE_TEST_SUITE_P(Cli, Transcript, testing::ValuesIn(transcripts()),
                         [](const auto& parameter) { return parameter.param; });

// The runner itself: what differs is found.
TEST(Transcripts, FailWhereWordsOrCodesDiffer) {
  EXPECT_EQ(run_transcript("$ certloop version\ncertloop 0.1.0\ncertloop.dev/v1alpha1\n"), "");
  EXPECT_NE(run_transcript("$ certloop version\ncertloop 0.2.0\ncertloop.dev/v1alpha1\n"), "");
  EXPECT_NE(run_transcript("$ certloop version\ncertloop 0.1.0\ncertloop.dev/v1alpha1\n? 1\n"), "");
  EXPECT_NE(run_transcript("$ certloop version\ncertloop 0.1.0\ncertloop.dev/v1alpha1\n! x\n"), "");
  EXPECT_NE(run_transcript("stray\n"), "");
}

}  // namespace
}  // namespace certloop::cli
