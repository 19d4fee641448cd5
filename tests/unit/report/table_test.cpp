#include "report/table.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace certloop::report {
namespace {

Table example() {
  Table table({{"NAME", Column::Yield::never}, {"READY"}, {"MESSAGE", Column::Yield::first}});
  table.add({"shop", "False", "waits for the validation record of shop.example.com"});
  table.add({"a-much-longer-name", "True", ""});
  return table;
}

TEST(Table, LooksAsKubectlsDo) {
  EXPECT_EQ(example().text({}),
            "NAME                 READY   MESSAGE\n"
            "shop                 False   waits for the validation record of shop.example.com\n"
            "a-much-longer-name   True\n");
}

TEST(Table, FitsTheTerminalAndCutsSentencesFirst) {
  EXPECT_EQ(example().text({.width = 50}),
            "NAME                 READY   MESSAGE\n"
            "shop                 False   waits for the valida…\n"
            "a-much-longer-name   True\n");
  for (const std::size_t width : {44U, 60U, 80U})
    for (const std::string& line : split(example().text({.width = width}), '\n'))
      EXPECT_LE(display_width(line), width) << line;
}

TEST(Table, NeverCutsNames) {
  EXPECT_NE(example().text({.width = 10}).find("a-much-longer-name"), std::string::npos);
}

TEST(Table, EscapesForeignTextBeforeItMeasures) {
  Table table({{"NAME"}, {"VALUE"}});
  table.add({"tag\x1b[31m", "x"});
  EXPECT_EQ(table.text({}), "NAME          VALUE\ntag\\x1b[31m   x\n");
}

TEST(Table, ColoursOnlyOnRequestAndOutsideTheWidths) {
  Table table({{"A"}, {"B"}});
  table.add({{"bad", Tone::bad}, "x"});
  EXPECT_EQ(table.text({.colours = true}), "A     B\n\x1b[31mbad\x1b[0m   x\n");
  EXPECT_EQ(table.text({}), "A     B\nbad   x\n");
}

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width("shop"), 4U);
  EXPECT_EQ(display_width("bücher"), 6U);
  EXPECT_EQ(display_width("e\u0301"), 1U);
  EXPECT_EQ(display_width("証明書"), 6U);
}

}  // namespace
}  // namespace certloop::report
