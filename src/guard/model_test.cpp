#include "guard/model.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "base/text.h"
#include "guard/script_lab_test.h"

/// Random lives through the real script and the model: after every tick they must say the same.
namespace hotaru::guard::lab {
namespace {

using namespace std::chrono_literals;

std::string said(const Status& status, std::int64_t pause, const std::optional<std::string>& end) {
  const auto time = [](const std::optional<TimePoint>& value) { return value ? iso8601(*value, false) : "-"; };
  return fmt::format(
      "until {} idle {} budget {} now {} quiet {} by '{}' keep {} grace {} spent {} ends {} '{}' pause {} end {}",
      time(status.limits.until), status.limits.idle.value_or(0s).count(), status.limits.budget.value_or(0),
      time(status.now), status.idle_for.value_or(-1s).count(), status.active_by, time(status.keep), time(status.grace),
      status.spent, time(status.ends), status.ends_by, pause, end.value_or("-"));
}

/// One instance's life, twice.
class Life {
 public:
  Life(const std::vector<std::string>& shell, std::uint64_t seed) : random_(seed), instance_(shell), model_("i-1") {
    world_.init_started = chance(0.3) ? 50'000 : 0;
    truth_ = 1'800'000'000 + below(86'400);
    clock_error_ = 0;
    world_.type = "g4dn.xlarge";
    orders_ = new_orders();
    boot(0);
  }

  void step() {
    if (model_.ended()) return boot(30 + below(2000));
    const double what = random_.fraction();
    if (what < 0.03) return boot(30 + below(600));
    if (what < 0.05) clock_error_ += below(14'400) - 7'200;
    if (what < 0.08) return kill();
    if (what < 0.11) change();
    if (what < 0.14) keep();
    pass(nap_.seconds + (chance(0.1) ? below(4) : 0));
    nap_ = instance_.go_on();
    model_.tick(world_);
    compare("tick");
  }

 private:
  std::int64_t below(std::int64_t limit) {
    return static_cast<std::int64_t>(random_.fraction() * static_cast<double>(limit));
  }
  bool chance(double probability) { return random_.fraction() < probability; }

  Orders new_orders() {
    Orders orders;
    orders.written = TimePoint(std::chrono::seconds(truth_ + (chance(0.2) ? 0 : -below(40))));
    if (chance(0.5)) orders.limits.until = TimePoint(std::chrono::seconds(truth_ + below(2400) - 200));
    if (chance(0.6)) orders.limits.idle = std::chrono::minutes(1 + below(6));
    if (chance(0.5)) orders.limits.budget = 200'000 + below(1'500'000);
    orders.rates = {.types = {{"g4dn.xlarge", 526'000}, {"p4d.24xlarge", 21'957'642}},
                    .other_type = 4'000'000,
                    .address = 5'000,
                    .disks = chance(0.5) ? 1'000 : 0,
                    .sent = 90'000,
                    .spent = chance(0.3) ? below(300'000) : 0};
    return orders;
  }

  void pass(std::int64_t seconds) {
    truth_ += seconds;
    world_.uptime += seconds;
    world_.clock = truth_ + clock_error_;
    if (world_.metadata_time || chance(0.1)) world_.metadata_time = truth_;
    if (chance(0.02)) world_.metadata_time.reset();
    // Long times of quiet, or it would never be idle; else near what counts as activity.
    if (chance(0.08)) quiet_ = !quiet_;
    const std::int64_t more = quiet_ ? 0 : seconds;
    world_.cpu += below(more * 45);
    world_.sectors += below(more * 3'000);
    world_.received += below(more * 60'000);
    world_.sent += below(more * 60'000) + (chance(0.02) ? below(2'000'000'000) : 0);
    world_.gpu = !quiet_ && chance(0.2);
    world_.typed += !quiet_ && chance(0.2) ? 1 : 0;
    world_.job = !quiet_ && chance(0.1);
    world_.notebook = !quiet_ && chance(0.1);
    instance_.show(world_);
  }

  /// Away for so long, and back.
  void boot(std::int64_t away) {
    instance_.kill();
    truth_ += away;
    world_.uptime = world_.init_started + 5 + below(90);
    world_.cpu = world_.sectors = world_.received = world_.sent = 0;
    world_.metadata_time.reset();
    if (chance(0.6)) world_.metadata_time = truth_;
    if (chance(0.2)) world_.type = chance(0.5) ? "p4d.24xlarge" : "x1.32xlarge";
    if (chance(0.3)) orders_ = new_orders();
    pass(0);
    instance_.boot(orders_);
    const World start = world_;
    nap_ = instance_.start();
    ASSERT_EQ(nap_.seconds, 5);
    pass(chance(0.7) ? 0 : 5);
    nap_ = instance_.go_on();
    model_.boot(orders_, start, world_);
    compare("boot");
  }

  void kill() {
    instance_.kill();
    pass(1);
    nap_ = instance_.start();
    model_.restart(world_);
    compare("kill");
  }

  void change() {
    Orders orders = new_orders();
    instance_.change(orders);
    model_.change(orders);
  }

  void keep() {
    const Duration time = std::chrono::minutes(below(20));
    instance_.keep(time);
    model_.keep(time, world_);
  }

  void compare(const char* what) {
    ASSERT_TRUE(nap_.status) << what << ": " << nap_.line;
    // While it powers off it naps for 20 s.
    const std::int64_t pause =
        model_.ended() ? 20 : std::chrono::duration_cast<std::chrono::seconds>(model_.pause()).count();
    ASSERT_EQ(said(*nap_.status, nap_.seconds, nap_.end), said(model_.status(), pause, model_.ended()))
        << what << ": " << nap_.line;
  }

  SeededRandom random_;
  Instance instance_;
  Model model_;
  World world_;
  Orders orders_;
  std::int64_t truth_ = 0;
  std::int64_t clock_error_ = 0;
  bool quiet_ = false;
  Nap nap_;
};

class ModelTest : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(ModelTest, DecidesAsTheScriptDoes) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Life life(GetParam(), seed);
    for (int step = 0; step < 50; ++step) {
      life.step();
      if (HasFatalFailure()) return;
    }
  }
}

std::string name(const testing::TestParamInfo<std::vector<std::string>>& shell) { return shell.param.front(); }

INSTANTIATE_TEST_SUITE_P(Shells, ModelTest, testing::ValuesIn(shells().found), name);

}  // namespace
}  // namespace hotaru::guard::lab
