#include "sim/json_input.h"

#include <gtest/gtest.h>

namespace hotaru::sim {
namespace {

TEST(JsonInput, ReadsMembersByType) {
  const auto input = JsonInput::parse(
      R"({"Name":"a/é","Flag":true,"Most":7,"Wanted":8.5,"Names":["a","b"],"Filters":[{"Field":"x"}],"None":null})");
  ASSERT_TRUE(input);
  EXPECT_EQ(input->required("Name"), "a/é");
  EXPECT_TRUE(input->flag("Flag"));
  EXPECT_EQ(input->integer("Most", 1, 1, 10), 7);
  EXPECT_EQ(input->optional_real("Wanted"), 8.5);
  EXPECT_EQ(input->optional_real("Most"), 7.0);
  EXPECT_EQ(input->list("Names"), (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(input->objects("Filters").size(), 1u);
  EXPECT_EQ(input->objects("Filters")[0].text("Field"), "x");
  EXPECT_FALSE(input->has("None"));
  EXPECT_EQ(input->text("None"), "");
  EXPECT_FALSE(input->finish());
}

TEST(JsonInput, IsAnObjectOrNothing) {
  EXPECT_TRUE(JsonInput::parse("{}"));
  EXPECT_TRUE(JsonInput::parse(""));
  for (const char* text : {"[]", "1", "{", "{\"a\":}", "null", "{} x", "\"\xff\""})
    EXPECT_FALSE(JsonInput::parse(text)) << text;
}

TEST(JsonInput, RefusesAnotherTypeThanTheMembers) {
  const auto code = [](const char* json, auto read) {
    const auto input = JsonInput::parse(json);
    read(*input);
    return input->finish() ? input->finish()->code : "";
  };
  EXPECT_EQ(code(R"({"a":1})", [](const JsonInput& one) { one.text("a"); }), "SerializationException");
  EXPECT_EQ(code(R"({"a":"1"})", [](const JsonInput& one) { one.optional_integer("a"); }), "SerializationException");
  EXPECT_EQ(code(R"({"a":1.5})", [](const JsonInput& one) { one.optional_integer("a"); }), "SerializationException");
  EXPECT_EQ(code(R"({"a":18446744073709551615})", [](const JsonInput& one) { one.optional_integer("a"); }),
            "SerializationException");
  EXPECT_EQ(code(R"({"a":{}})", [](const JsonInput& one) { one.list("a"); }), "SerializationException");
  EXPECT_EQ(code(R"({"a":[1]})", [](const JsonInput& one) { one.list("a"); }), "SerializationException");
  EXPECT_EQ(code(R"({"a":["b"]})", [](const JsonInput& one) { one.objects("a"); }), "SerializationException");
  EXPECT_EQ(code(R"({"a":"true"})", [](const JsonInput& one) { one.flag("a"); }), "SerializationException");
}

TEST(JsonInput, RemembersTheFirstErrorAlsoOfItsParts) {
  const auto input = JsonInput::parse(R"({"Parts":[{"Name":3}],"Most":11})");
  input->objects("Parts")[0].text("Name");
  input->required("Absent");
  input->integer("Most", 1, 1, 10);
  ASSERT_TRUE(input->finish());
  EXPECT_EQ(input->finish()->code, "SerializationException");
  const auto absent = JsonInput::parse("{}");
  absent->required("Name");
  EXPECT_EQ(absent->finish()->message,
            "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null");
}

}  // namespace
}  // namespace hotaru::sim
