#include "base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace certloop {
namespace {

using testing::ElementsAre;
using testing::Optional;

TEST(Text, LowersAsciiOnly) { EXPECT_EQ(lower("ABC-xyz_09 Ü"), "abc-xyz_09 Ü"); }

TEST(Text, TrimsSpacesTabsAndLineEndsAtBothEnds) {
  EXPECT_EQ(trim(" \t\r\n a b \n"), "a b");
  EXPECT_EQ(trim(" \n "), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Text, SplitsAndJoins) {
  EXPECT_THAT(split("a,b,,c", ','), ElementsAre("a", "b", "", "c"));
  EXPECT_THAT(split("", ','), ElementsAre(""));
  EXPECT_THAT(split(",", ','), ElementsAre("", ""));
  EXPECT_EQ(join({"a", "b", ""}, ", "), "a, b, ");
  EXPECT_EQ(join({}, ", "), "");
}

struct Vector {
  std::string plain, encoded;
};

TEST(Hex, IsThatOfRfc4648InLowerCase) {
  // RFC 4648 section 10, base16.
  const Vector vectors[] = {{"", ""},
                            {"f", "66"},
                            {"fo", "666f"},
                            {"foo", "666f6f"},
                            {"foob", "666f6f62"},
                            {"fooba", "666f6f6261"},
                            {"foobar", "666f6f626172"},
                            {std::string("\0\xff", 2), "00ff"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(to_hex(plain), encoded);
    EXPECT_THAT(from_hex(encoded), Optional(plain));
  }
  EXPECT_THAT(from_hex("00FFaB"), Optional(std::string("\0\xff\xab", 3)));
  for (const char* wrong : {"0", "0g", "g0", " 00", "0x", "00 "})
    EXPECT_EQ(from_hex(wrong), std::nullopt) << wrong;
}

TEST(Base64, IsThatOfRfc4648) {
  // RFC 4648 section 10.
  const Vector vectors[] = {{"", ""},
                            {"f", "Zg=="},
                            {"fo", "Zm8="},
                            {"foo", "Zm9v"},
                            {"foob", "Zm9vYg=="},
                            {"fooba", "Zm9vYmE="},
                            {"foobar", "Zm9vYmFy"},
                            {"\xfb\xff\xfe", "+//+"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(to_base64(plain), encoded);
    EXPECT_THAT(from_base64(encoded), Optional(plain));
  }
}

TEST(Base64, DecodingIgnoresWhiteSpaceAndRefusesEverythingElse) {
  EXPECT_THAT(from_base64(" Zm9v\r\n\tYg = =\n"), Optional(std::string("foob")));
  for (const char* wrong :
       {"Z", "Zg", "Zg=", "Z===", "====", "=Zg=", "Zg==Zg==", "Zm9v=", "Zm-_", "Zm9v!", "Zg==="})
    EXPECT_EQ(from_base64(wrong), std::nullopt) << wrong;
}

TEST(Base64, KeepsEveryByte) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_THAT(from_base64(to_base64(bytes)), Optional(bytes));
    bytes += static_cast<char>(i * 7);
  }
}

TEST(Percent, EncodesAllButTheUnreserved) {
  // RFC 3986 section 2.3.
  const std::string unreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  EXPECT_EQ(percent_encode(unreserved), unreserved);
  EXPECT_EQ(percent_encode("a/b c+d%é"), "a%2Fb%20c%2Bd%25%C3%A9");
  EXPECT_EQ(percent_encode("a/b c", "/"), "a/b%20c");
}

TEST(Percent, DecodesWhatIsWellFormedAndLeavesTheRest) {
  EXPECT_EQ(percent_decode("a%2Fb%20c%c3%A9"), "a/b cé");
  EXPECT_EQ(percent_decode("100%"), "100%");
  EXPECT_EQ(percent_decode("%2"), "%2");
  EXPECT_EQ(percent_decode("%zz%2g+"), "%zz%2g+");
  EXPECT_EQ(percent_decode("%41"), "A");
  EXPECT_EQ(percent_decode("%2541"), "%41");
}

TEST(NormalizedDomain, ComparesNamesAsDnsDoes) {
  const Vector vectors[] = {
      {"Shop.Example.COM", "shop.example.com"},
      {"shop.example.com.", "shop.example.com"},
      {" shop.example.com\n", "shop.example.com"},
      {"*.Example.com", "*.example.com"},
      {"Bücher.example", "xn--bcher-kva.example"},
      {"BÜCHER.example.", "xn--bcher-kva.example"},
      {"*.bücher.example", "*.xn--bcher-kva.example"},
      {"faß.de", "xn--fa-hia.de"},  // UTS 46, non-transitional
      {"xn--bcher-kva.example", "xn--bcher-kva.example"},
      {"_token.shop.example.com", "_token.shop.example.com"},
      {"", ""},
  };
  for (const auto& [given, normal] : vectors) EXPECT_EQ(normalized_domain(given), normal) << given;
}

TEST(NormalizedDomain, GivesBackWhatIsNoName) {
  EXPECT_EQ(normalized_domain("NOT A\xff NAME"), "not a\xff name");
}

TEST(Printable, LeavesReadableTextAlone) {
  for (const char* text : {"", "plain ~!@#", "naïve Straße", "日本語", "🙂", "a\\b"})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, DisarmsWhatCouldMoveTheCursorOrHideText) {
  EXPECT_EQ(printable("\x1b[2Jgone"), "\\x1b[2Jgone");
  EXPECT_EQ(printable("a\nb\tc\r"), "a\\x0ab\\x09c\\x0d");
  EXPECT_EQ(printable(std::string("a\0b\x7f", 4)), "a\\x00b\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"), "\\u{009b}") << "C1 control sequence introducer";
  EXPECT_EQ(printable("user\xe2\x80\xaegpj.exe"), "user\\u{202e}gpj.exe");
  EXPECT_EQ(printable("a\xe2\x80\x8b\xef\xbb\xbfz"), "a\\u{200b}\\u{feff}z");
}

TEST(Printable, ShowsTheBytesOfWhatIsNotUtf8) {
  EXPECT_EQ(printable("\xff\xfe"), "\\xff\\xfe");
  EXPECT_EQ(printable("\xc3"), "\\xc3") << "cut short";
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf") << "overlong";
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "above U+10FFFF";
}

TEST(Nearest, FindsWhatWasMeant) {
  const std::vector<std::string> fields = {"domainName", "additionalNames", "region", "issuer"};
  EXPECT_THAT(nearest("domainNam", fields), Optional(std::string("domainName")));
  EXPECT_THAT(nearest("DomainName", fields), Optional(std::string("domainName")));
  EXPECT_THAT(nearest("regoin", fields), Optional(std::string("region")));
  EXPECT_THAT(nearest("additonalName", fields), Optional(std::string("additionalNames")));
  EXPECT_EQ(nearest("banana", fields), std::nullopt);
  EXPECT_EQ(nearest("region", {}), std::nullopt);
}

}  // namespace
}  // namespace certloop
