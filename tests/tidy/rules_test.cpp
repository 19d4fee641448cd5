// Each rule is shown what it must refuse, and what it must let pass: a check that cannot fail would
// be worse than none.
#include "tests/tidy/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace certloop::tidy {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

auto is(const std::string& rule, int line) {
  return testing::AllOf(Field(&Finding::rule, rule), Field(&Finding::line, line));
}

std::string repeated(const std::string& line, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += line;
  return text;
}

TEST(Code, BlanksCommentsStringsAndCharactersAndKeepsThePlaces) {
  EXPECT_EQ(code_of("a(); // rand()\nb();"), "a();          \nb();");
  EXPECT_EQ(code_of("a /* x\ny */ b"), "a     \n     b");
  EXPECT_EQ(code_of(R"(f("\"//", 'x', '\'');)"), "f(      ,    ,     );");
  EXPECT_EQ(code_of("R\"x(a\n\")\" )x\" b"), "R    \n        b");
  EXPECT_EQ(code_of("10'000 + 0xff'ff + f(u8'x')"), "10'000 + 0xff'ff + f(u8   )");
}

TEST(BannedNames, AreFoundInCode) {
  const char* const samples[][2] = {
      {"clock", "auto t = std::chrono::system_clock::now();"},
      {"clock", "auto t = steady_clock::now();"},
      {"clock", "time_t t = time(nullptr);"},
      {"sleep", "std::this_thread::sleep_for(1s);"},
      {"sleep", "usleep(1);"},
      {"chance", "int i = rand();"},
      {"chance", "std::random_device device;"},
      {"chance", "std::mt19937_64 engine;"},
      {"environment", "auto home = std::getenv(\"HOME\");"},
      {"mutex", "std::mutex mutex;"},
      {"mutex", "std::lock_guard lock(mutex);"},
      {"macro", "#define TWICE(x) x x"},
  };
  for (const auto& [rule, line] : samples)
    EXPECT_THAT(check_banned_names(source("controller/x/y.cpp", std::string("\n") + line)),
                ElementsAre(is(rule, 2)))
        << line;
}

TEST(BannedNames, AreWordsNotParts) {
  for (const char* line :
       {"operand(1);", "get_time(nullptr_value);", "// sleep_for is banned", "f(\"rand(\");",
        "my_sleep_for_ever();", "std::condition_variable_any changed;", "int mutex;"})
    EXPECT_THAT(check_banned_names(source("controller/x/y.cpp", line)), IsEmpty()) << line;
}

TEST(BannedNames, TestsMayDrawNumbersThatCanBeDrawnAgainAndMeasure) {
  EXPECT_THAT(check_banned_names(source("tests/x_test.cpp", "std::mt19937 r(1);")), IsEmpty());
  EXPECT_THAT(check_banned_names(source("bench/x.cpp", "auto t = steady_clock::now();")),
              IsEmpty());
  EXPECT_THAT(check_banned_names(source("tests/x_test.cpp", "auto t = system_clock::now();")),
              ElementsAre(is("clock", 1)));
  EXPECT_THAT(check_banned_names(source("tests/x_test.cpp", "std::random_device r;")),
              ElementsAre(is("chance", 1)));
  EXPECT_THAT(check_banned_names(source("tests/x_test.cpp", "std::this_thread::sleep_for(1s);")),
              ElementsAre(is("sleep", 1)));
}

TEST(HeavyHeaders, AreRefusedInOurHeadersOnly) {
  for (const char* header :
       {"<nlohmann/json.hpp>", "<openssl/evp.h>", "<curl/curl.h>", "<boost/asio.hpp>",
        "<sqlite3.h>", "<yaml-cpp/yaml.h>", "<pugixml.hpp>", "<fmt/format.h>", "<CLI/CLI.hpp>"}) {
    const std::string text = "#pragma once\n// What.\n#include " + std::string(header) + "\n";
    EXPECT_THAT(check_heavy_headers(source("controller/x/y.h", text)),
                ElementsAre(is("heavy-header", 3)))
        << header;
    EXPECT_THAT(check_heavy_headers(source("controller/x/y.cpp", text)), IsEmpty());
    EXPECT_THAT(check_heavy_headers(source("tests/support/y.h", text)), IsEmpty());
  }
  for (const char* light : {"#include <string>\n", "#include <nlohmann/json_fwd.hpp>\n"})
    EXPECT_THAT(check_heavy_headers(source("controller/x/y.h", light)), IsEmpty());
  const std::string json = "#include <nlohmann/json.hpp>\n";
  EXPECT_THAT(check_heavy_headers(source("controller/x/wire_json.h", json)), IsEmpty());
  EXPECT_THAT(check_heavy_headers(source("controller/x/wire_json.h", "#include <curl/curl.h>\n")),
              ElementsAre(is("heavy-header", 1)));
}

TEST(Lengths, OfLinesAreCountedInCharacters) {
  EXPECT_THAT(check_lengths(source("a.cpp", std::string(100, 'x') + "\n")), IsEmpty());
  EXPECT_THAT(check_lengths(source("a.cpp", "\n" + std::string(101, 'x'))),
              ElementsAre(is("columns", 2)));
  EXPECT_THAT(check_lengths(source("a.cpp", repeated("é", 100))), IsEmpty());
  EXPECT_THAT(check_lengths(source("a.sh", std::string(101, 'x'))), ElementsAre(is("columns", 1)));
}

TEST(Lengths, OfFilesAreBounded) {
  EXPECT_THAT(check_lengths(source("a.cpp", repeated("\n", 500))), IsEmpty());
  EXPECT_THAT(check_lengths(source("a.py", repeated("\n", 501))),
              ElementsAre(is("file-length", 501)));
}

TEST(Lengths, OfFunctionsAreBounded) {
  const auto function = [](const std::string& head, int lines) {
    return source("a.cpp", "namespace a {\n" + head + " {\n" + repeated("  f();\n", lines - 2) +
                               "}\n}  // namespace a\n");
  };
  EXPECT_THAT(check_lengths(function("void f()", 70)), IsEmpty());
  EXPECT_THAT(check_lengths(function("void f()", 71)), ElementsAre(is("function-length", 2)));
}

TEST(Functions, AreToldFromOtherBraces) {
  const auto spans = [](const std::string& text) {
    std::vector<std::pair<int, int>> found;
    for (const Function& function : functions_of(source("a.cpp", text)))
      found.emplace_back(function.first, function.last);
    return found;
  };
  using Spans = std::vector<std::pair<int, int>>;
  EXPECT_EQ(spans("int f() {\n  if (x) {\n  }\n}\n"), (Spans{{1, 4}}));
  EXPECT_EQ(spans("struct A {\n  int f() const {\n  }\n  int x = 1;\n};\n"), (Spans{{2, 3}}));
  EXPECT_EQ(spans("class B final : public C {\n  ~B() override {\n  }\n};\n"), (Spans{{2, 3}}));
  EXPECT_EQ(spans("A::A(int x) : x_{x}, y_(1), z_{2} {\n  f();\n}\n"), (Spans{{1, 3}}));
  EXPECT_EQ(spans("A::A()\n    : x_{1},\n      y_{2} {\n  f();\n}\n"), (Spans{{3, 5}}));
  EXPECT_EQ(spans("int f(A a = {}) {\n}\n"), (Spans{{1, 2}}));
  EXPECT_EQ(spans("auto f() -> Result<int> {\n}\n"), (Spans{{1, 2}}));
  EXPECT_EQ(spans("const int x[] = {\n1,\n2};\n"), (Spans{}));
  EXPECT_EQ(spans("const auto x = f({\n1});\n"), (Spans{}));
  EXPECT_EQ(spans("enum class E {\n a\n};\nnamespace {\nTEST(A, B) {\n}\n}\n"), (Spans{{5, 6}}));
  EXPECT_EQ(spans("#if defined(A)\nvoid f() {\n}\n#endif\n"), (Spans{{2, 3}}));
  EXPECT_EQ(spans("template <class T>\nclass [[nodiscard]] R {\n  T f() {\n  }\n};\n"),
            (Spans{{3, 4}}));
}

TEST(Promises, AreRefusedEverywhere) {
  const std::string todo = std::string("TO") + "DO";
  EXPECT_THAT(check_promises(source("a.cpp", "// " + todo + ": later\n")),
              ElementsAre(is("later", 1)));
  EXPECT_THAT(check_promises(source("a.sh",
                                    "\n# FIX"
                                    "ME\n")),
              ElementsAre(is("later", 2)));
  EXPECT_THAT(check_promises(source("a.sh", "mktemp /tmp/aXXXXXX\n")), IsEmpty());
}

TEST(HeaderStart, SaysWhatTheHeaderIsFor) {
  EXPECT_THAT(check_header_start(source("a.h", "#pragma once\n// What it is for.\n")), IsEmpty());
  EXPECT_THAT(check_header_start(source("a.h", "#pragma once\n#include <string>\n")),
              ElementsAre(is("header", 2)));
  EXPECT_THAT(check_header_start(source("a.h", "#ifndef A_H\n#define A_H\n#endif\n")),
              ElementsAre(is("header", 1)));
  EXPECT_THAT(check_header_start(source("a.cpp", "#include <string>\n")), IsEmpty());
}

TEST(Check, AppliesEveryRule) {
  const auto findings = check(source(
      "controller/x/y.h", "#include <sqlite3.h>\nint i = rand();\n// " + std::string(101, 'x') +
                              "\n// XX"
                              "X\n"));
  EXPECT_THAT(findings,
              testing::UnorderedElementsAre(is("header", 1), is("heavy-header", 1), is("chance", 2),
                                            is("columns", 3), is("later", 4)));
}

TEST(Exceptions, ExcuseOneRuleInOneFile) {
  const auto exceptions = parse_exceptions("# comment\n\nclock  a.cpp   the door to time\n");
  const Finding here{"clock", "a.cpp", 3, ""}, there{"clock", "b.cpp", 3, ""};
  EXPECT_THAT(unexcused({here}, exceptions), IsEmpty());
  EXPECT_THAT(unexcused({here, there}, exceptions), ElementsAre(there));
}

TEST(Exceptions, ThatExcuseNothingOrGiveNoReasonAreFindings) {
  EXPECT_THAT(unexcused({}, parse_exceptions("clock a.cpp why")), ElementsAre(is("exception", 0)));
  EXPECT_THAT(unexcused({{"clock", "a.cpp", 3, ""}}, parse_exceptions("clock a.cpp")),
              ElementsAre(is("exception", 0)));
}

}  // namespace
}  // namespace certloop::tidy
