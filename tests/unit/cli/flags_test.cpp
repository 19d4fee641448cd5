#include "cli/flags.h"

#include <gtest/gtest.h>

#include <chrono>

namespace certloop::cli {
namespace {

using namespace std::chrono_literals;

TEST(Duration, IsReadInEveryUnit) {
  EXPECT_EQ(*parse_duration("90s"), 90s);
  EXPECT_EQ(*parse_duration("15m"), 15min);
  EXPECT_EQ(*parse_duration("12h"), 12h);
  EXPECT_EQ(*parse_duration("7d"), 7 * 24h);
  EXPECT_EQ(*parse_duration("2w"), 14 * 24h);
  EXPECT_EQ(*parse_duration("1h30m"), 90min);
  EXPECT_EQ(*parse_duration("250ms"), 250ms);
  EXPECT_EQ(*parse_duration("0"), 0ms);
  for (const char* wrong : {"", "5", "-1s", "s", "1x", "1 h", "h1", "99999999999s", "1.5h"}) {
    const auto duration = parse_duration(wrong);
    ASSERT_FALSE(duration.ok()) << wrong;
    EXPECT_EQ(duration.error().code(), Code::invalid);
  }
}

struct Values {
  std::string output, dry_run = "none";
  std::vector<std::string> files, arguments;
  std::optional<std::string> space;
  bool wait = true, all = false;
  std::size_t workers = 16;
  Duration timeout{0};
};

Result<Values> parse(std::vector<std::string> words) {
  Values values;
  Flags flags;
  flags.text("-o,--output", values.output, "FORMAT", "");
  flags.text("-n,--namespace", values.space, "NAME", "");
  flags.texts("-f,--filename", values.files, "FILE", "");
  flags.choice("--dry-run", values.dry_run, "server", "");
  flags.toggle("--wait", values.wait, "");
  flags.toggle("-A,--all-namespaces", values.all, "");
  flags.number("--workers", values.workers, "");
  flags.duration("--timeout", values.timeout, "");
  flags.arguments(values.arguments);
  TRY(flags.parse(std::move(words)));
  return values;
}

TEST(Flags, TakeTheFormsThatKubectlTakes) {
  const auto values = parse({"certificate/a", "-f", "a.yaml", "b", "-fc", "--filename=-", "-oyaml",
                             "--wait=false", "-A", "--dry-run", "--timeout=5m", "-n", "pay"});
  ASSERT_TRUE(values.ok()) << values.error().message();
  EXPECT_EQ(values->files, (std::vector<std::string>{"a.yaml", "c", "-"}));
  EXPECT_EQ(values->arguments, (std::vector<std::string>{"certificate/a", "b"}));
  EXPECT_EQ(values->output, "yaml");
  EXPECT_EQ(values->dry_run, "server");
  EXPECT_EQ(values->space, "pay");
  EXPECT_EQ(values->timeout, 5min);
  EXPECT_FALSE(values->wait);
  EXPECT_TRUE(values->all);
  EXPECT_EQ(parse({"--dry-run=client", "x"}).value().dry_run, "client");
  EXPECT_EQ(parse({"--dry-run", "x"}).value().arguments, std::vector<std::string>{"x"});
  EXPECT_EQ(parse({"-f", "-"}).value().files, std::vector<std::string>{"-"});
}

TEST(Flags, NameTheMistakeAndWhatWasMeant) {
  const auto says = [](std::vector<std::string> words, const char* what) {
    const auto values = parse(std::move(words));
    ASSERT_FALSE(values.ok());
    EXPECT_NE(values.error().message().find(what), std::string::npos) << values.error().message();
  };
  says({"--namspace=x"}, "unknown flag --namspace; did you mean --namespace?");
  says({"--zzzzzzzzzzzz"}, "unknown flag --zzzzzzzzzzzz");
  says({"--workers=many"}, "workers");
  says({"--timeout=soon"}, "invalid duration 'soon'; use for example 90s");
  says({"--output"}, "output");
  Flags none;
  const auto parsed = none.parse({"stray"});
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().message(), "unexpected argument 'stray'");
}

}  // namespace
}  // namespace certloop::cli
