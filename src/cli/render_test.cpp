#include "cli/render.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/talk.h"

namespace hotaru::cli {
namespace {

using Json = nlohmann::ordered_json;

lifecycle::Facts facts(const std::string& name) {
  lifecycle::Facts facts;
  facts.name = name;
  facts.id = "i-" + name;
  facts.volumes = {"vol-1", "vol-2"};
  facts.price = lifecycle::HourlyPrice{0.526, "2025-04-04"};
  return facts;
}

TEST(ListingText, InPiecesIsTheTextOfTheWhole) {
  ListingText text(true);
  std::string whole = text.part({});
  whole += text.part({facts("a\nb\"\x1b"), facts("é")});
  whole += text.part({facts("c")});
  whole += text.end({{"us-east-1", Error{ErrorClass::unauthorized, "No.", "Ask."}}});
  const Json json = Json::parse(whole);
  EXPECT_EQ(whole, json.dump(2) + "\n");
  ASSERT_EQ(json["instances"].size(), 3U);
  EXPECT_EQ(json["instances"][0]["name"], "a\nb\"\x1b");
  EXPECT_EQ(json["instances"][2]["id"], "i-c");
  EXPECT_EQ(json["errors"][0]["error"]["class"], "unauthorized");
}

TEST(ListingText, OfNothingIsTwoEmptyLists) {
  ListingText text(false);
  EXPECT_EQ(text.part({}) + text.end({}), "{\n  \"instances\": [],\n  \"errors\": []\n}\n");
}

TEST(Table, GrowsWiderWhereALaterPartNeedsIt) {
  Table table;
  EXPECT_EQ(table.part({{"NAME", "STATE"}, {"ember", "running"}}), "NAME   STATE\nember  running\n");
  EXPECT_EQ(table.part({{"é", "x"}}), "é      x\n");
  EXPECT_EQ(table.part({{"longer-ember", "x"}, {"b", "y"}}), "longer-ember  x\nb             y\n");
  EXPECT_EQ(table.part({{"c", "z"}}), "c             z\n");
}

}  // namespace
}  // namespace hotaru::cli
