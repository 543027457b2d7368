#include "catalog/catalog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace hotaru::catalog {
namespace {

TEST(Catalog, KnowsATypeWithItsGpu) {
  const InstanceType* type = find_type("g4dn.xlarge");
  ASSERT_NE(type, nullptr);
  EXPECT_EQ(type->vcpus, 4);
  EXPECT_EQ(type->memory_mib, 16'384);
  EXPECT_EQ(type->gpu_name, "T4");
  EXPECT_EQ(type->gpu_count, 1);
  EXPECT_EQ(type->gpu_memory_mib, 16'384);
  EXPECT_EQ(type->local_nvme_gb, 125);
  EXPECT_EQ(find_type("g4dn.nolarge"), nullptr);
}

TEST(Catalog, AFractionOfAGpuIsAGpu) {
  const InstanceType* type = find_type("g6f.xlarge");
  ASSERT_NE(type, nullptr);
  EXPECT_EQ(type->gpu_count, 0);
  EXPECT_EQ(type->gpu_partition, 0.125);
  EXPECT_TRUE(type->has_gpu());
  EXPECT_FALSE(find_type("c6i.2xlarge")->has_gpu());
}

TEST(Catalog, EveryTypeIsFoundByItsName) {
  EXPECT_GT(types().size(), 100U);
  for (const InstanceType& type : types()) EXPECT_EQ(find_type(type.name), &type);
}

TEST(Catalog, PricesCarryTheirDates) {
  const auto price = on_demand_price("ap-northeast-1", "g4dn.xlarge");
  ASSERT_TRUE(price);
  EXPECT_DOUBLE_EQ(price->usd_per_hour, 0.71);
  EXPECT_EQ(price->as_of, "2025-04-04");
  EXPECT_FALSE(on_demand_price("mars-north-1", "g4dn.xlarge"));
}

TEST(Catalog, ZonesComeFromTheOfferings) {
  EXPECT_EQ(zones_offering("ap-northeast-1", "g4dn.xlarge"),
            (std::vector<std::string>{"apne1-az1", "apne1-az2", "apne1-az4"}));
  EXPECT_TRUE(zones_offering("af-south-1", "p5.48xlarge").empty());
  EXPECT_TRUE(std::ranges::is_sorted(zone_ids("us-east-1")));
  for (const Region& region : regions()) EXPECT_FALSE(zone_ids(region.name).empty()) << region.name;
}

TEST(Catalog, RegionsThatMustBeEnabledAreMarked) {
  EXPECT_TRUE(is_region("us-east-1"));
  EXPECT_FALSE(is_region("us-east-9"));
  std::set<std::string_view> opt_in;
  for (const Region& region : regions()) {
    if (region.opt_in) opt_in.insert(region.name);
  }
  EXPECT_TRUE(opt_in.contains("ap-east-1"));
  EXPECT_FALSE(opt_in.contains("ap-northeast-1"));
}

TEST(Catalog, RetiredTypesNameASuccessorOfToday) {
  for (const RetiredType& retired : retired_types()) {
    EXPECT_NE(find_type(retired.successor), nullptr) << retired.pattern;
  }
}

}  // namespace
}  // namespace hotaru::catalog
