#include "catalog/stored.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace hotaru::catalog {
namespace {

class StoredCatalog : public testing::Test {
 protected:
  Catalog read() {
    return with_stored(built_in(), folder.path(), [this](const std::string& text) { notes.push_back(text); });
  }
  void write(const char* part, const std::string& text) {
    ASSERT_TRUE(write_file(folder.path() / (std::string(part) + ".txt"), text));
  }
  TemporaryFolder folder;
  std::vector<std::string> notes;
};

const StoredRegion price_of_tokyo{"2026-11-22T01:02:03Z", "2026-11-20", "g4dn.xlarge\t0.71\nz1.new\t9.25\n"};

TEST_F(StoredCatalog, IsTheBuiltInOneWhereNothingIsStored) {
  EXPECT_EQ(read().tables().types.data(), built_in().tables().types.data());
  EXPECT_TRUE(notes.empty());
}

TEST_F(StoredCatalog, ReplacesTheRegionsThatItHasAndLeavesTheOthers) {
  ASSERT_TRUE(write_stored_part(folder.path(), part::prices, {{"ap-northeast-1", price_of_tokyo}}));
  const Catalog catalog = read();
  EXPECT_EQ(catalog.on_demand_price("ap-northeast-1", "z1.new")->usd_per_hour, 9.25);
  EXPECT_EQ(catalog.on_demand_price("ap-northeast-1", "g4dn.xlarge")->as_of, "2026-11-20");
  EXPECT_FALSE(catalog.on_demand_price("ap-northeast-1", "g4dn.2xlarge")) << "what AWS does not tell any more is gone";
  for (const char* region : {"af-south-1", "us-west-2"}) {
    EXPECT_EQ(catalog.on_demand_price(region, "g4dn.xlarge")->usd_per_hour,
              built_in().on_demand_price(region, "g4dn.xlarge")->usd_per_hour);
  }
  const Part& prices = catalog.parts().at(2);
  EXPECT_EQ(prices.name, "prices");
  EXPECT_EQ(prices.as_of, "2026-11-20");
  EXPECT_EQ(prices.source, "AWS Price List, 1 region; others built in");
  EXPECT_EQ(catalog.parts().at(1).source, "built in");
}

TEST_F(StoredCatalog, KeepsRowsOfEveryPartAsTheyWere) {
  InstanceType type = *built_in().find_type("g6f.large");
  type.name = "g9.new";
  type.network = "a\tb\nc";
  ASSERT_TRUE(
      write_stored_part(folder.path(), part::types, {{"all", {"2026-11-22T00:00:00Z", "2026-11-22", row_of(type)}}}));
  const Offering offering{"", "g9.new", "use1-az1+use1-az2"};
  ASSERT_TRUE(write_stored_part(folder.path(), part::offerings,
                                {{"us-east-1", {"2026-11-22T00:00:00Z", "2026-11-22", row_of(offering)}}}));
  const std::string spot =
      row_of(SpotPrice{"", "g9.new", "use1-az1", 0.3, ""}) + row_of(SpotPrice{"", "g9.new", "use1-az2", 0.25, ""});
  ASSERT_TRUE(
      write_stored_part(folder.path(), part::spot, {{"us-east-1", {"2026-11-22T00:00:00Z", "2026-11-22", spot}}}));
  const Catalog catalog = read();
  EXPECT_TRUE(notes.empty()) << notes.front();
  const InstanceType* found = catalog.find_type("g9.new");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->network, "a b c");
  EXPECT_EQ(found->gpu_partition, type.gpu_partition);
  EXPECT_EQ(found->logical_gpu_count, 1);
  EXPECT_EQ(found->current_generation, type.current_generation);
  EXPECT_EQ(found->usage_classes, type.usage_classes);
  EXPECT_NE(catalog.find_type("g4dn.xlarge"), nullptr);
  EXPECT_EQ(catalog.types().size(), built_in().types().size() + 1);
  EXPECT_EQ(catalog.zones_offering("us-east-1", "g9.new"), "use1-az1+use1-az2");
  EXPECT_EQ(catalog.spot_price("us-east-1", "g9.new")->usd_per_hour, 0.25);
  EXPECT_FALSE(catalog.spot_price("us-east-1", "g9.new", "use1-az1")->estimated);
  EXPECT_EQ(read_stored_part(folder.path(), part::spot)->at("us-east-1").rows, spot);
}

TEST_F(StoredCatalog, OutlivesTheOneThatItWasMadeFrom) {
  ASSERT_TRUE(write_stored_part(folder.path(), part::prices, {{"ap-northeast-1", price_of_tokyo}}));
  std::optional<Catalog> first = read();
  const Catalog copy = *first;
  first.reset();
  EXPECT_EQ(copy.on_demand_price("ap-northeast-1", "z1.new")->usd_per_hour, 9.25);
}

TEST_F(StoredCatalog, IgnoresADamagedFileWithANote) {
  const std::string good =
      "hotaru catalogue 1\tprices\t2\n@us-east-1\t2026-11-22T00:00:00Z\t2026-11-22\na.b\t1\na.c\t2\n";
  write("prices", good);
  EXPECT_EQ(read().on_demand_price("us-east-1", "a.c")->usd_per_hour, 2);
  for (const std::string& damaged :
       {good.substr(0, good.size() - 1), good.substr(0, good.size() - 6), "x" + good, good + "a.d\t3\n", std::string(),
        std::string("hotaru catalogue 1\tprices\t1\na.b\t1\n"),
        std::string("hotaru catalogue 1\tprices\t1\n@us-east-1\t2026\n") + "a.b\t1\n",
        std::string("hotaru catalogue 1\tprices\t1\n@r\tx\t2026\na.b\t-1\n"),
        std::string("hotaru catalogue 1\tprices\t1\n@r\tx\t2026\na.b\tnan\n"),
        std::string("hotaru catalogue 1\tprices\t1\n@r\tx\t2026\na.b\t1\t2\n"),
        std::string("hotaru catalogue 1\tprices\t2\n@r\tx\t2026\na.c\t1\na.b\t2\n"),
        std::string("hotaru catalogue 1\tprices\t0\n@s\tx\t2026\n@r\tx\t2026\n"),
        std::string("hotaru catalogue 1\tprices\t2000000000\n@r\tx\t2026\na.c\t1\n")}) {
    notes.clear();
    write("prices", damaged);
    EXPECT_EQ(read().on_demand_price("us-east-1", "g4dn.xlarge")->as_of,
              built_in().on_demand_price("us-east-1", "g4dn.xlarge")->as_of);
    ASSERT_EQ(notes.size(), 1U) << damaged;
    EXPECT_NE(notes[0].find("prices.txt is damaged and was ignored"), std::string::npos);
    EXPECT_EQ(read_stored_part(folder.path(), part::prices).error().kind, ErrorClass::invalid);
  }
}

TEST_F(StoredCatalog, TakesAnEmptyListOfARegionForWhatItSays) {
  ASSERT_TRUE(write_stored_part(folder.path(), part::prices, {{"us-east-1", {"t", "2026-11-22", ""}}}));
  EXPECT_FALSE(read().on_demand_price("us-east-1", "g4dn.xlarge"));
  EXPECT_TRUE(read_stored_part(folder.path(), part::offerings)->empty());
}

}  // namespace
}  // namespace hotaru::catalog
