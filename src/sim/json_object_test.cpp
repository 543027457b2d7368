#include "sim/json_object.h"

#include <gtest/gtest.h>

#include <vector>

namespace hotaru::sim {
namespace {

TEST(JsonObject, WritesWhatAwsJsonHas) {
  JsonObject object;
  object.text("Name", "a \"b\"\n").number("Count", 3).real("Value", 64).flag("Yes", true).text_unless_empty("No", "");
  object.time("When", TimePoint{Duration{1'790'000'000'050}});
  object.object("Part", JsonObject{}).texts("Names", std::vector<std::string>{"x", "y"});
  object.objects("Parts", std::vector{1, 2}, [](int one, JsonObject& part) { part.number("N", one); });
  EXPECT_EQ(object.str(), R"({"Name":"a \"b\"\n","Count":3,"Value":64.0,"Yes":true,"When":1790000000.050,"Part":{},)"
                          R"("Names":["x","y"],"Parts":[{"N":1},{"N":2}]})");
}

TEST(JsonObject, IsJsonWhateverTextItHolds) {
  EXPECT_EQ(json_string("a\xff"), "\"a\xEF\xBF\xBD\"");
  EXPECT_EQ(JsonObject{}.str(), "{}");
}

}  // namespace
}  // namespace hotaru::sim
