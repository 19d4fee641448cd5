#include "base/foreign.h"

#include <gtest/gtest.h>

namespace certloop {
namespace {

TEST(CleanText, IsUtf8WithoutControlCharacters) {
  EXPECT_TRUE(is_clean_text("", 0));
  EXPECT_TRUE(is_clean_text("shop.example.com", 16));
  EXPECT_TRUE(is_clean_text("Bücher", 7));
  EXPECT_FALSE(is_clean_text("shop.example.com", 15));
  for (const char* text : {"a\nb", "a\tb", "\x1b[m", "\x7f", "\xc2\x85", "\xff", "\xc3",
                           "\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80"})
    EXPECT_FALSE(is_clean_text(text, 100)) << text;
  EXPECT_FALSE(is_clean_text(std::string_view("a\0b", 3), 100));
}

TEST(ForeignText, LeavesTextThatIsFit) {
  for (const char* text : {"", "plain", "Bücher\n\tund mehr\r\n", "\xf0\x9f\x98\x80"})
    EXPECT_EQ(foreign_text(text, 100), text);
  EXPECT_EQ(foreign_text("exactly", 7), "exactly");
}

TEST(ForeignText, ReplacesWhatIsNoText) {
  EXPECT_EQ(foreign_text("a\xff" "b", 100), "a\xef\xbf\xbd" "b");
  EXPECT_EQ(foreign_text("a\x1b[1m\x07", 100), "a\xef\xbf\xbd[1m\xef\xbf\xbd");
  EXPECT_EQ(foreign_text(std::string("a\0b", 3), 100), "a\xef\xbf\xbd" "b");
}

TEST(ForeignText, CutsAtWholeCharacters) {
  EXPECT_EQ(foreign_text("abcdefghij", 8), "abcde...");
  EXPECT_EQ(foreign_text("abcd\xc3\xbc" "efghij", 8), "abcd...");
  for (std::size_t most = 3; most < 40; ++most) {
    const std::string text =
        foreign_text("\xff\xc3\xbc" "abc\xff\xff\xf0\x9f\x98\x80 and so on", most);
    EXPECT_LE(text.size(), most);
    EXPECT_EQ(foreign_text(text, 100), text);
  }
}

TEST(PrintableLines, KeepsLineFeedsAndTabs) {
  EXPECT_EQ(printable_lines("a\n\tb\x1b" "c\r\n"), "a\n\tb\\x1bc\\x0d\n");
  EXPECT_EQ(printable_lines(""), "");
}

}  // namespace
}  // namespace certloop
