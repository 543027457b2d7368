#include "price/price.h"

#include <gtest/gtest.h>

namespace hotaru::price {
namespace {

Purchase t4_in(const std::string& region) {
  return {.type = "g4dn.xlarge", .region = region, .usd_per_hour = 0.71, .price_as_of = "2025-04-04", .disk_gib = 73};
}

TEST(Price, IsInstanceDiskAndAddress) {
  const FullPrice price = full_price(t4_in("ap-northeast-1"));
  ASSERT_EQ(price.items.size(), 3U);
  EXPECT_NEAR(price.running(), 0.71 + 73 * 0.096 / 730 + 0.005, 1e-9);
  EXPECT_TRUE(price.complete());
}

TEST(Price, AStoppedInstanceStillPaysForItsDiskAlone) {
  EXPECT_NEAR(full_price(t4_in("us-east-1")).stopped(), 73 * 0.08 / 730, 1e-9);
}

TEST(Price, WhatIsNotKnownIsNotInvented) {
  const FullPrice price = full_price(t4_in("eu-west-3"));
  EXPECT_FALSE(price.complete());
  EXPECT_EQ(price.unknown(), std::vector<std::string>{"disk of 73 GiB (gp3)"});
  EXPECT_NEAR(price.running(), 0.715, 1e-9);
  Purchase unpriced = t4_in("us-east-1");
  unpriced.usd_per_hour.reset();
  EXPECT_EQ(full_price(unpriced).unknown(), std::vector<std::string>{"instance g4dn.xlarge"});
}

TEST(Price, OfADiskIsWhatTheCatalogueHasOfTheRegion) {
  const catalog::StoragePrice row{"eu-west-3", "gp3", 0.0928, "2026-11-20"};
  const catalog::Catalog refreshed({.storage = {&row, 1}}, {}, nullptr);
  const FullPrice price = full_price(t4_in("eu-west-3"), refreshed);
  EXPECT_TRUE(price.complete());
  EXPECT_NEAR(price.stopped(), 73 * 0.0928 / 730, 1e-9);
  EXPECT_EQ(price.items[1].as_of, "2026-11-20");
}

TEST(Price, AProductsSoftwareIsSaidToBeUnknown) {
  Purchase product = t4_in("us-east-1");
  product.product = true;
  EXPECT_EQ(full_price(product).unknown(), std::vector<std::string>{"software of the Marketplace product"});
}

TEST(Amount, ReadsAsPeopleWriteIt) {
  EXPECT_EQ(amount_text(0.5378, {}), "$0.538");
  EXPECT_EQ(amount_text(392.6, {}), "$392.60");
  EXPECT_EQ(amount_text(71'824.3, {}), "$71,824");
  const Taste yen{.tax_percent = 10, .currency = "jpy", .rate = 155, .rate_as_of = "2026-11-22"};
  EXPECT_EQ(amount_text(2, yen), "¥341");
  EXPECT_EQ(amount_text(0.01, yen), "¥1.71");
  EXPECT_EQ(amount_text(10'000, yen), "¥1,705,000");
  EXPECT_EQ(taste_text(yen), "with 10 % tax, at 155 jpy to the dollar (as of 2026-11-22)");
  EXPECT_EQ(taste_text({}), "before tax");
  EXPECT_EQ(amount_text(1, {.currency = "chf", .rate = 0.9}), "0.900 chf");
}

}  // namespace
}  // namespace hotaru::price
