// The load of `./dev bench plan`: how long plan::choose takes over everything that the catalogue has, both markets, with
// a quota for every family in every region. Prints the number of offers and the median of many runs in milliseconds.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "catalog/quotas.h"
#include "plan/choose.h"

int main() {
  using hotaru::plan::choose;
  auto market = hotaru::market::offline(hotaru::catalog::built_in());
  for (auto& region : market.regions) {
    region.round_trip = hotaru::Duration{100};
    for (const auto& family : hotaru::catalog::quota_families())
      for (const bool spot : {false, true}) region.rooms.push_back({std::string(family.name), spot, 1000, 8});
  }
  hotaru::plan::Wish wish;
  wish.spot = true;
  std::vector<double> times;
  std::size_t offers = 0;
  for (int run = 0; run < 101; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    const auto choice = choose(wish, market, {});
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    times.push_back(took.count());
    offers = choice.offers.size() + choice.refused.size();
  }
  std::ranges::sort(times);
  std::printf("%zu %.4f\n", offers, times[times.size() / 2]);
  return 0;
}
