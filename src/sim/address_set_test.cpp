#include "sim/address_set.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace hotaru::sim {
namespace {

TEST(AddressSet, FindsTheNextThatNobodyHas) {
  AddressSet taken;
  EXPECT_EQ(taken.next_free(7), 7u);
  for (const std::uint32_t address : {5u, 7u, 6u}) taken.add(address);
  EXPECT_EQ(taken.next_free(4), 4u);
  EXPECT_EQ(taken.next_free(5), 8u);
  taken.remove(6);
  EXPECT_EQ(taken.next_free(5), 6u);
  EXPECT_EQ(taken.next_free(7), 8u);
}

TEST(AddressSet, OneThatTwoHaveIsTakenUntilBothGaveItBack) {
  AddressSet taken;
  taken.add(9);
  taken.add(9);
  taken.remove(9);
  EXPECT_TRUE(taken.contains(9));
  taken.remove(9);
  EXPECT_FALSE(taken.contains(9));
  EXPECT_TRUE(taken.empty());
  taken.remove(9);
  EXPECT_TRUE(taken.empty());
}

TEST(AddressSet, KnowsTheSameAsAPlainSetAfterAnything) {
  SeededRandom random(5);
  AddressSet taken;
  std::multiset<std::uint32_t> plain;
  for (int step = 0; step < 5'000; ++step) {
    const auto address = static_cast<std::uint32_t>(random.next() % 40);
    if (random.next() % 2 == 0) {
      taken.add(address);
      plain.insert(address);
    } else {
      taken.remove(address);
      if (const auto found = plain.find(address); found != plain.end()) plain.erase(found);
    }
    for (std::uint32_t one = 0; one < 42; ++one) {
      std::uint32_t free = one;
      while (plain.contains(free)) ++free;
      ASSERT_EQ(taken.next_free(one), free) << "after step " << step;
    }
  }
}

}  // namespace
}  // namespace hotaru::sim
