#include "base/shared_text.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace hotaru {
namespace {

using namespace std::string_literals;

TEST(SharedText, IsWhatItWasMadeOf) {
  const SharedText text = "us-east-1a";
  EXPECT_EQ(text.view(), "us-east-1a");
  EXPECT_EQ(text, "us-east-1a"s);
  EXPECT_NE(text, "us-east-1b");
  EXPECT_EQ(std::string(text), "us-east-1a");
  EXPECT_EQ(fmt::format("<{:>11}>", text), "< us-east-1a>");
  EXPECT_EQ(text + "/32", "us-east-1a/32");
  EXPECT_EQ(SharedText("a\0b"s).view().size(), 3u);
}

TEST(SharedText, AnEmptyOneIsTheSameHoweverItWasMade) {
  SharedText text = "something";
  text = "";
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(text, SharedText());
  EXPECT_EQ(text.view(), "");
}

TEST(SharedText, IsOrderedAsItsText) {
  EXPECT_LT(SharedText("a"), SharedText("b"));
  EXPECT_LT(SharedText("a"), "b");
  EXPECT_GT(SharedText("b"), SharedText(""));
  EXPECT_LT(SharedText("i-0"), SharedText("i-00"));
}

TEST(SharedText, IsKeptOnceAndGoesWithItsLastUse) {
  const std::size_t before = SharedText::kept();
  {
    const SharedText one = "kept once, of all texts this one";
    std::vector<SharedText> copies(3, one);
    const SharedText again = "kept once, of all texts this one";
    EXPECT_EQ(SharedText::kept(), before + 1);
    copies.pop_back();
    EXPECT_EQ(SharedText::kept(), before + 1);
    EXPECT_EQ(one.view().data(), again.view().data());
  }
  EXPECT_EQ(SharedText::kept(), before);
}

TEST(SharedText, AnyNumberComeAndGoInAnyOrder) {
  const std::size_t before = SharedText::kept();
  std::mt19937 random(3);
  {
    std::vector<SharedText> texts(500);
    std::vector<std::string> plain(500);
    for (int step = 0; step < 20'000; ++step) {
      const std::size_t at = random() % texts.size();
      plain[at] = std::to_string(random() % 1'000);
      texts[at] = plain[at];
    }
    for (std::size_t at = 0; at < texts.size(); ++at) EXPECT_EQ(texts[at], plain[at]);
    EXPECT_EQ(SharedText::kept(), before + std::set<std::string>(plain.begin(), plain.end()).size());
  }
  EXPECT_EQ(SharedText::kept(), before);
}

TEST(SharedText, ManyThreadsTakeAndGiveBackTheSameOnes) {
  const std::size_t before = SharedText::kept();
  std::vector<std::thread> threads;
  for (unsigned seed = 0; seed < 4; ++seed) {
    threads.emplace_back([seed] {
      std::mt19937 random(seed);
      for (int step = 0; step < 20'000; ++step) {
        const std::string plain = "number " + std::to_string(random() % 8);
        const SharedText text = plain;
        std::vector<SharedText> copies(2, text);
        copies.pop_back();
        ASSERT_EQ(copies.front(), plain);
      }
    });
  }
  for (std::thread& one : threads) one.join();
  EXPECT_EQ(SharedText::kept(), before);
}

}  // namespace
}  // namespace hotaru
