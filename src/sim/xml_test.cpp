#include "sim/xml.h"

#include <gtest/gtest.h>

#include <vector>

namespace hotaru::sim {
namespace {

TEST(Xml, TextIsEscaped) {
  EXPECT_EQ(Xml{}.text("a", "<b> & \"c\" 'd'").str(), "<a>&lt;b&gt; &amp; &quot;c&quot; &apos;d&apos;</a>");
}

TEST(Xml, WhatXmlCannotHoldIsLeftOut) {
  EXPECT_EQ(escape_xml(std::string("a\0b\x01"
                                   "c\td\n",
                                   8)),
            "abc\td\n");
}

TEST(Xml, ListsHaveItems) {
  const std::vector<int> numbers = {1, 2};
  const Xml xml = Xml{}.set("all", numbers, [](int number, Xml& item) { item.number("n", number); });
  EXPECT_EQ(xml.str(), "<all><item><n>1</n></item><item><n>2</n></item></all>");
  EXPECT_EQ(Xml{}.set_of_texts("all", "", std::vector<std::string>{"x"}).str(), "<all><item>x</item></all>");
  EXPECT_EQ(Xml{}.set_of_texts("all", "", std::vector<std::string>{}).str(), "<all/>");
}

TEST(Xml, ElementsWrittenInPlaceAreTheSame) {
  Xml xml;
  xml.element("a", [](Xml& a) { a.element("b", [](Xml&) {}).element("c", [](Xml& c) { c.number("n", 1); }); });
  EXPECT_EQ(xml.str(), "<a><b/><c><n>1</n></c></a>");
  EXPECT_EQ(Xml{}.element("a", Xml{}).str(), "<a/>");
}

}  // namespace
}  // namespace hotaru::sim
