#include "sim/parameters.h"

#include <gtest/gtest.h>

namespace hotaru::sim {
namespace {

std::string code(const Parameters& parameters) {
  const auto no = parameters.finish();
  return no ? no->code : "";
}

TEST(Parameters, AreReadFromAForm) {
  const Parameters parameters("Name=a%20b+c&Empty=&Flag=true&Count=12");
  EXPECT_EQ(parameters.text("Name"), "a b c");
  EXPECT_EQ(parameters.optional_text("Empty"), "");
  EXPECT_EQ(parameters.optional_text("Missing"), std::nullopt);
  EXPECT_TRUE(parameters.flag("Flag"));
  EXPECT_EQ(parameters.integer("Count", 0), 12);
  EXPECT_EQ(code(parameters), "");
}

TEST(Parameters, ListsComeInTheOrderOfTheirNumbersNotOfTheirText) {
  const Parameters parameters("Id.10=j&Id.2=b&Id.1=a");
  EXPECT_EQ(parameters.list("Id"), (std::vector<std::string>{"a", "b", "j"}));
}

TEST(Parameters, AnEmptyListOfTheQueryProtocolIsItsBareName) {
  const Parameters empty("Tags=");
  EXPECT_TRUE(empty.structures("Tags.member").empty());
  EXPECT_EQ(code(empty), "");
  const Parameters text("Tags=x");
  EXPECT_TRUE(text.list("Tags.member").empty());
  EXPECT_EQ(code(text), "UnknownParameter");
}

TEST(Parameters, StructuresNest) {
  const Parameters parameters(
      "TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=k&TagSpecification.1.Tag.1.Value=v");
  const auto specifications = parameters.structures("TagSpecification");
  ASSERT_EQ(specifications.size(), 1u);
  EXPECT_EQ(specifications[0].text("ResourceType"), "instance");
  const auto tags = specifications[0].structures("Tag");
  ASSERT_EQ(tags.size(), 1u);
  EXPECT_EQ(tags[0].text("Key") + tags[0].text("Value"), "kv");
  EXPECT_EQ(code(parameters), "");
}

TEST(Parameters, TheFirstErrorIsKept) {
  const Parameters parameters("Flag=perhaps");
  EXPECT_EQ(parameters.required("VpcId"), "");
  parameters.flag("Flag");
  const auto no = parameters.finish();
  ASSERT_TRUE(no);
  EXPECT_EQ(no->code, "MissingParameter");
  EXPECT_EQ(no->message, "The request must contain the parameter VpcId");
}

TEST(Parameters, ValuesOfAnotherTypeAreRefused) {
  const Parameters flag("A=perhaps");
  flag.flag("A");
  EXPECT_EQ(code(flag), "InvalidParameterValue");
  const Parameters number("A=many");
  number.integer("A", 0);
  EXPECT_EQ(code(number), "InvalidParameterValue");
  const Parameters word("A=c");
  word.one_of("A", {"a", "b"}, "a");
  EXPECT_EQ(code(word), "InvalidParameterValue");
}

TEST(Parameters, WhatNobodyReadIsUnknown) {
  const Parameters parameters("Action=X&Version=1&DryRun=true&Colour.1=red");
  const auto no = parameters.finish();
  ASSERT_TRUE(no);
  EXPECT_EQ(no->code, "UnknownParameter");
  EXPECT_EQ(no->message, "The parameter Colour.1 is not recognized");
  parameters.ignore("Colour");
  EXPECT_EQ(code(parameters), "");
}

TEST(Parameters, OddFormsAreNoHarm) {
  for (const char* form : {"", "&", "=", "a", "a=%", "a=%zz", "&&a.=1", "a..1=1", "a.99999999999999999999=1"}) {
    const Parameters parameters(form);
    parameters.list("a");
    parameters.structures("a");
    parameters.finish();
  }
}

}  // namespace
}  // namespace hotaru::sim
