#include "tests/tidy/layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certloop::tidy {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const Layers kLayers = parse_layers(
    "# comment: with a colon\n"
    "base :\n"
    "api  : base\n"
    "loop : base api\n"
    "reconcilers : base api loop\n");

auto says(const std::string& what) { return Field(&Finding::what, HasSubstr(what)); }

TEST(Layers, AreReadFromTheTable) {
  EXPECT_THAT(kLayers, SizeIs(4));
  EXPECT_THAT(kLayers.at("base"), IsEmpty());
  EXPECT_THAT(kLayers.at("loop"), ElementsAre("api", "base"));
}

TEST(Layers, OfAPathIsItsFolder) {
  EXPECT_EQ(layer_of("controller/aws/acm.h"), "aws");
  EXPECT_EQ(layer_of("controller/cli/certificate/get.cpp"), "cli");
  EXPECT_EQ(layer_of("reconcilers/zone/plan.cpp"), "reconcilers");
  EXPECT_EQ(layer_of("controller/main.cpp"), "");
  EXPECT_EQ(layer_of("tests/unit/loop/x_test.cpp"), "");
}

TEST(Layers, ThatGoInACircleAreFound) {
  EXPECT_THAT(circles(kLayers), IsEmpty());
  EXPECT_THAT(circles(parse_layers("a : b\nb : c\nc : a\nd : a\n")), ElementsAre("a", "b", "c"));
}

TEST(Includes, GoDownwardOnly) {
  const auto at = [](const char* path, const char* text) {
    return check_includes(source(path, text), kLayers);
  };
  EXPECT_THAT(at("controller/loop/a.h", "#include \"api/kind.h\"\n#include <string>\n"), IsEmpty());
  EXPECT_THAT(at("controller/loop/a.h", "#include \"loop/b.h\"\n"), IsEmpty());
  EXPECT_THAT(at("controller/api/a.cpp", "\n#include \"loop/b.h\"\n"),
              ElementsAre(testing::AllOf(Field(&Finding::line, 2), says("api may not include"))));
  EXPECT_THAT(at("controller/base/a.cpp", "#  include \"api/kind.h\"\n"), SizeIs(1));
  EXPECT_THAT(at("controller/loop/a.cpp", "#include \"reconcilers/zone/plan.h\"\n"), SizeIs(1));
  EXPECT_THAT(at("controller/loop/a.cpp", "#include \"unheard/of.h\"\n"), SizeIs(1));
  EXPECT_THAT(at("controller/loop/a.cpp", "#include \"tests/support/x.h\"\n"), SizeIs(1));
  EXPECT_THAT(at("controller/loop/a.cpp", "#include \"b.h\"\n"), ElementsAre(says("no folder")));
}

TEST(Includes, OfMainTestsAndBenchmarksAreFree) {
  for (const char* path : {"controller/main.cpp", "tests/unit/api/a.cpp", "bench/a.cpp"})
    EXPECT_THAT(check_includes(source(path, "#include \"loop/b.h\"\n"), kLayers), IsEmpty())
        << path;
}

TEST(Includes, KeepReconcilersApart) {
  const auto at = [](const char* path, const char* text) {
    return check_includes(source(path, text), kLayers);
  };
  EXPECT_THAT(at("reconcilers/zone/a.cpp", "#include \"reconcilers/zone/plan.h\"\n"), IsEmpty());
  EXPECT_THAT(at("reconcilers/zone/a.cpp", "#include \"reconcilers/placement/plan.h\"\n"),
              ElementsAre(says("one another")));
  EXPECT_THAT(at("reconcilers/engine.cpp", "#include \"reconcilers/zone/plan.h\"\n"), IsEmpty());
}

TEST(Uses, AreThoseOfTheTable) {
  const auto uses = [](const char* text) {
    return check_uses(source("controller/x/CMakeLists.txt", text), kLayers);
  };
  EXPECT_THAT(uses("certloop_library(loop USES base api LINKS fmt::fmt)"), IsEmpty());
  EXPECT_THAT(uses("certloop_library(base LINKS OpenSSL::Crypto)"), IsEmpty());
  EXPECT_THAT(uses("certloop_library(api USES base\n  loop)"),
              ElementsAre(says("api may not use loop")));
  EXPECT_THAT(uses("certloop_library(unknown USES base)"), SizeIs(1));
}

}  // namespace
}  // namespace certloop::tidy
