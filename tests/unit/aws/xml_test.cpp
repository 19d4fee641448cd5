#include "aws/xml.h"

#include <gtest/gtest.h>

#include "aws/form.h"

namespace certloop::aws {
namespace {

TEST(Xml, ReadsElementsTextAndAttributesWithoutTheirPrefixes) {
  const auto root = parse_xml(
      "<?xml version=\"1.0\"?><!-- hello --><ns:A xmlns:ns=\"http://x\" k=\"v&amp;w\"><B>one</B>"
      "<L><m>1</m><m>2</m><other/></L><C><![CDATA[a<b]]>&#x41;&lt;</C></ns:A>");
  ASSERT_TRUE(root.ok()) << root.error().message();
  EXPECT_EQ(root->name, "A");
  EXPECT_EQ(root->attributes.at(1).second, "v&w");
  EXPECT_EQ(root->child_text("B"), "one");
  EXPECT_EQ(root->child_text("C"), "a<bA<");
  EXPECT_EQ(root->child_text("D"), "");
  EXPECT_EQ(root->child("D"), nullptr);
  const auto members = root->list("L", "m");
  ASSERT_EQ(members.size(), 2u);
  EXPECT_EQ(members[1]->text, "2");
}

TEST(Xml, KeepsTheWhiteSpaceOfAValue) {
  EXPECT_EQ(parse_xml("<A><B>  x </B><C>  </C></A>").value().child_text("B"), "  x ");
  EXPECT_EQ(parse_xml("<A><B>  x </B><C>  </C></A>").value().child_text("C"), "  ");
}

TEST(Xml, RefusesDocumentTypesAndWhatIsBroken) {
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<a>";
  for (int i = 0; i < 100; ++i) deep += "</a>";
  for (const std::string& text :
       {std::string("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>"),
        std::string("<!DOCTYPE html><html></html>"), std::string(""), std::string("text"),
        std::string("<a><b></a>"), std::string("<a"), deep}) {
    const auto root = parse_xml(text);
    ASSERT_FALSE(root.ok()) << text.substr(0, 80);
    EXPECT_EQ(root.error().code(), Code::internal);
  }
}

TEST(XmlWriter, EscapesValuesSoThatAReaderFindsThemUnchanged) {
  const std::string value = "a&b<c>\"d\"\r\n\te'";
  XmlWriter xml;
  xml.open("Root", {{"xmlns", "http://x"}, {"k", value}});
  xml.text("V", value);
  xml.open("Empty");
  xml.close();
  xml.close();
  const std::string document = std::move(xml).take();
  EXPECT_TRUE(document.starts_with("<Root xmlns=\"http://x\" k=\"a&amp;b&lt;c&gt;"));
  const auto root = parse_xml(document);
  ASSERT_TRUE(root.ok());
  EXPECT_EQ(root->child_text("V"), value);
  EXPECT_EQ(root->attributes.at(1).second, value);
  EXPECT_NE(root->child("Empty"), nullptr);
}

TEST(FormWriter, NamesNestedMembersWithDots) {
  FormWriter form;
  form.text("Action", "X");
  form.open("Tags");
  form.open("member");
  form.text("1", "a b&c=d");
  form.close();
  form.close();
  form.text("Z", "\xc3\xa9+");
  EXPECT_EQ(std::move(form).take(), "Action=X&Tags.member.1=a%20b%26c%3Dd&Z=%C3%A9%2B");
}

TEST(WithLabel, EncodesTheValueIntoThePath) {
  EXPECT_EQ(with_label("/a/{Id}/b", "Id", "x/../y z"), "/a/x%2F..%2Fy%20z/b");
}

}  // namespace
}  // namespace certloop::aws
