#include "base/json.h"

#include <gtest/gtest.h>

namespace hotaru {
namespace {

TEST(OwnJson, HoldsWholeNumbers) {
  EXPECT_EQ(parse_own_json(R"({"a":[-1,{"b":9223372036854775807}]})").at("a").at(1).at("b").get<std::int64_t>(),
            std::numeric_limits<std::int64_t>::max());
}

TEST(OwnJson, IsDiscardedWhereANumberIsNoInteger) {
  for (const char* text : {"1.5", R"({"a":[1,{"b":1e31}]})", "99999999999999999999999", R"({"a":1.0})"})
    EXPECT_TRUE(parse_own_json(text).is_discarded()) << text;
}

TEST(OwnJson, IsDiscardedWhereItIsNoJson) {
  for (const char* text : {"", "{", R"({"a":1}x)", "{\"a\":1e999}"})
    EXPECT_TRUE(parse_own_json(text).is_discarded()) << text;
}

}  // namespace
}  // namespace hotaru
