#include "guard/guard.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "guard/script.h"

namespace hotaru::guard {
namespace {

using namespace std::chrono_literals;

TimePoint at(std::int64_t seconds) { return TimePoint(std::chrono::seconds(seconds)); }

Orders some_orders() {
  Orders orders;
  orders.limits = {.until = at(1'800'000'000), .idle = 30min, .budget = 5'000'000};
  orders.rates = {.types = {{"g4dn.2xlarge", 752'000}, {"g4dn.xlarge", 526'000}},
                  .other_type = 752'000,
                  .address = 5'000,
                  .disks = 12'329,
                  .sent = 90'000,
                  .spent = 42};
  orders.written = at(1'799'990'000);
  return orders;
}

TEST(Orders, AreLinesOfNamesAndNumbers) {
  EXPECT_EQ(orders_text(some_orders()),
            "written 1799990000\nuntil 1800000000\nidle 1800\nbudget 5000000\ng4dn.2xlarge 752000\n"
            "g4dn.xlarge 526000\nother 752000\nip 5000\ndisks 12329\nsent 90000\nspent 42\nend\n");
}

TEST(Orders, WithoutLimitsNameNone) {
  Orders orders = some_orders();
  orders.limits = {};
  const std::string text = orders_text(orders);
  for (const char* limit : {"until ", "idle ", "budget "}) EXPECT_EQ(text.find(limit), text.npos) << limit;
}

TEST(CloudConfig, IsOneBootCommandThatHoldsScriptAndOrders) {
  const auto config = lines(cloud_config(some_orders()));
  ASSERT_GT(config.size(), 2U);
  EXPECT_EQ(config[0], "bootcmd:");
  EXPECT_EQ(config[1], "- |");
  std::string inside;
  for (std::size_t i = 2; i < config.size(); ++i) {
    ASSERT_TRUE(config[i].starts_with(" ")) << config[i];
    inside += config[i].substr(1) + "\n";
  }
  EXPECT_NE(inside.find(script()), inside.npos);
  EXPECT_NE(inside.find(orders_text(some_orders())), inside.npos);
}

TEST(CloudConfig, IsSmallWithTheTypesOfAFamily) {
  Orders orders = some_orders();
  for (const char* size : {"4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge", "48xlarge", "metal", "medium"})
    orders.rates.types.emplace(std::string("g4dn.") + size, 98'765'432);
  EXPECT_LE(cloud_config(orders).size(), 8U * 1024);
}

TEST(Script, HasNoCommentsAndEndsNoDocumentOfTheBootCommand) {
  for (const std::string& line : lines(script())) {
    EXPECT_FALSE(line.starts_with("#")) << line;
    EXPECT_FALSE(line.starts_with(" ")) << line;
    EXPECT_NE(line, "G");
  }
}

TEST(SaysArmed, OnceTheGuardHasSaidIt) {
  EXPECT_FALSE(says_armed("[    1.2] cloud-init[49]: running\r\n"));
  EXPECT_TRUE(says_armed("\r\nhotaru guard: armed: i-1 until 0 idle 0 budget 0\r\n"));
}

constexpr std::string_view kStatus =
    "hotaru-guard 1799989000 1 60 1000 15271200 5 940 1799991000 0 1799990000 0 0 gpu - g4dn.xlarge i-1 1800000000 "
    "1800 "
    "5000000 1799990000 1799991740 idle end    \n";

TEST(ParseStatus, ReadsWhatAGuardSays) {
  const auto status = parse_status(kStatus);
  ASSERT_TRUE(status);
  EXPECT_TRUE(status->armed);
  EXPECT_EQ(status->instance, "i-1");
  EXPECT_EQ(status->limits, (Limits{.until = at(1'800'000'000), .idle = 30min, .budget = 5'000'000}));
  EXPECT_EQ(status->now, at(1'799'990'000));
  EXPECT_EQ(status->idle_for, 60s);
  EXPECT_EQ(status->active_by, "gpu");
  EXPECT_EQ(status->keep, at(1'799'991'000));
  EXPECT_FALSE(status->grace);
  EXPECT_EQ(status->spent, 4242);
  EXPECT_EQ(status->ends, at(1'799'991'740));
  EXPECT_EQ(status->ends_by, "idle");
}

TEST(ParseStatus, SkipsAMessageOfTheDay) {
  EXPECT_TRUE(parse_status("Welcome to Ubuntu\r\nnow 12\n" + std::string(kStatus) + "You have mail.\n"));
  EXPECT_EQ(parse_status("hotaru-guard 1 2 end\n" + std::string(kStatus))->spent, 4242);
}

TEST(ParseStatus, ReadsOneWithoutLimits) {
  const auto status =
      parse_status("hotaru-guard 1799989000 0 60 1000 0 0 940 0 0 1799990000 0 0 - - - i-1 0 0 0 1799990000 0 - end\n");
  ASSERT_TRUE(status);
  EXPECT_FALSE(status->limits.any());
  EXPECT_FALSE(status->idle_for);
  EXPECT_EQ(status->active_by, "");
  EXPECT_FALSE(status->ends);
}

TEST(ParseStatus, RefusesWhatIsNone) {
  EXPECT_EQ(parse_status("").error().kind, ErrorClass::invalid);
  EXPECT_EQ(parse_status("sh: 1: not found").error().kind, ErrorClass::invalid);
  EXPECT_FALSE(parse_status(kStatus.substr(0, 100))) << "cut short";
  const auto with_now = [](const std::string& now) {
    return "hotaru-guard 1 0 60 1000 0 0 940 0 0 1 0 0 - - - i-1 0 0 0 " + now + " 0 - end\n";
  };
  EXPECT_TRUE(parse_status(with_now("12")));
  for (const char* now : {"-1", "x", "99999999999999999999", "-"}) EXPECT_FALSE(parse_status(with_now(now))) << now;
}

TEST(Commands, AreOneLineEach) {
  for (const std::string& command : {change_command(some_orders()), keep_command(45min), status_command()})
    EXPECT_EQ(lines(command).size(), 1U) << command;
  EXPECT_NE(keep_command(45min).find("keep 2700"), std::string::npos);
}

}  // namespace
}  // namespace hotaru::guard
