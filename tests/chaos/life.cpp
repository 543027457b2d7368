#include "life.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "base/text.h"
#include "lifecycle/lifecycle.h"
#include "lifecycle/limits.h"
#include "price/price.h"

namespace hotaru::chaos {
namespace {

using lifecycle::Context;

constexpr Duration minute{60'000};
constexpr Duration hour = 60 * minute;
/// Its guard is at most so late (docs/reliability.md); CloudWatch by so much, where the guard is dead.
constexpr Duration guard_lateness = minute;
constexpr Duration alarm_lateness = 3 * hour;
constexpr Duration grace = 15 * minute;
constexpr double usd_per_minute = 0.54 / 60;  // of a g4dn.xlarge with its address and its disk

/// ssh-keygen hands out the one key; all else succeeds and does nothing.
class Programs final : public Runner {
 public:
  explicit Programs(std::filesystem::path keys) : keys_(std::move(keys)) {}
  Result<Exit> run(const Command& command) override {
    const auto file = std::ranges::find(command.argv, "-f");
    if (command.argv[0] != "ssh-keygen" || file == command.argv.end()) return Exit{};
    std::error_code failed;
    std::filesystem::copy_file(keys_ / "key", *(file + 1), failed);
    std::filesystem::copy_file(keys_ / "key.pub", *(file + 1) + ".pub", failed);
    return Exit{failed ? 1 : 0, "", ""};
  }
  Result<std::unique_ptr<Child>> spawn(const Command&) override { return fail(ErrorClass::unsupported, "chaos"); }
  Result<pid_t> detach(const Command&, const std::filesystem::path&) override {
    return fail(ErrorClass::unsupported, "chaos");
  }

 private:
  std::filesystem::path keys_;
};

/// A hotaru, in the process that may be killed.
class Client {
 public:
  Client(int socket, const SharedTime& time, const std::filesystem::path& home, const std::filesystem::path& keys,
         std::uint64_t seed)
      : folders_{.home = home,
                 .config = home / "config",
                 .state = home / "state",
                 .cache = home / "cache",
                 .runtime = home / "run"},
        programs_(keys),
        clock_(socket, time),
        transport_(socket),
        login_(socket, clock_),
        random_(seed),
        journal_(std::move(store::Journal::open(folders_, clock_)).value()),
        known_(std::move(store::Known::open(folders_, clock_)).value()),
        client_(settings(), {transport_, clock_, random_, credentials, {}, {}}),
        context{.client = client_,
                .transport = transport_,
                .runner = programs_,
                .clock = clock_,
                .random = random_,
                .journal = journal_,
                .known = known_,
                .folders = folders_,
                .environment = Environment(std::map<std::string, std::string>{{"USER", "chaos"}}),
                .scope = "sim/1",
                .region = Universe::region,
                .login = &login_,
                .one_by_one = true} {}

 private:
  static aws::Settings settings() {
    aws::Settings settings;
    settings.endpoint = "http://sim.test";
    return settings;
  }
  static Result<aws::Credentials> credentials() { return aws::Credentials{"AKIDTEST", "secret", "", {}, "chaos"}; }

  Folders folders_;
  Programs programs_;
  PipeClock clock_;
  PipeTransport transport_;
  PipeLogin login_;
  SeededRandom random_;
  store::Journal journal_;
  store::Known known_;
  aws::Client client_;

 public:
  Context context;
};

/// "" or why a command failed.
using Work = std::function<std::string(Context&)>;

template <class T>
std::string said(const Result<T>& result) {
  return result ? "" : result.error().message;
}

class Life {
 public:
  Life(std::uint64_t seed, const std::shared_ptr<SharedTime>& time, std::filesystem::path keys)
      : universe_(seed, time), time_(time), keys_(std::move(keys)), seed_(seed) {
    if (::access("/dev/shm", W_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 1);  // the journal is flushed at every step
    folder_ = std::make_unique<TemporaryFolder>();
  }

  Outcome run() {
    const std::string scenario = trouble();
    for (const std::string& line : lines(scenario)) note(line);
    universe_.load(scenario);
    launch();
    const int acts = 2 + below(6);
    for (int act = 0; act < acts && outcome_.complaints.empty(); ++act) {
      do_something();
      expect_not_lost();
    }
    if (universe_.chance(0.5)) wait_for_limit();
    universe_.load("seed: 1\n");
    settle();
    expect_nothing_left();
    compare_bills();
    outcome_.log.insert(outcome_.log.end(), universe_.log.begin(), universe_.log.end());
    return outcome_;
  }

 private:
  int below(int limit) { return static_cast<int>(universe_.random().fraction() * limit); }
  void note(const std::string& line) { universe_.log.push_back(iso8601(universe_.now()) + " " + line); }
  void complain(const std::string& line) {
    note("COMPLAINT " + line);
    outcome_.complaints.push_back(line);
  }

  /// Not all lives are hard.
  std::string trouble() {
    std::string text = fmt::format("seed: {}\n", seed_ % 100'000);
    if (universe_.chance(0.3)) text += "late: {reads: 30s, tags: 30s}\n";
    if (universe_.chance(0.3)) text += "throttling:\n  - {action: \"*\", burst: 5, per_second: 1}\n";
    text += "errors:\n  - {action: \"*\", code: Unavailable, rate: 0.01}\n";
    if (universe_.chance(0.2)) text += "  - {action: RunInstances, code: InsufficientInstanceCapacity, times: 2}\n";
    if (universe_.chance(0.1)) text += "  - {action: StartInstances, code: InsufficientInstanceCapacity, times: 1}\n";
    if (universe_.chance(0.1)) text += "  - {action: PutMetricAlarm, code: AccessDenied}\n";
    text += fmt::format("lost_replies:\n  - {{action: \"*\", rate: {}}}\n", universe_.chance(0.5) ? 0.02 : 0.0);
    if (universe_.chance(0.1)) text += "deaths:\n  - {code: Server.InsufficientInstanceCapacity, times: 1}\n";
    text += "boots:\n";
    if (universe_.chance(0.05)) text += "  - {never: true, times: 1}\n";
    if (universe_.chance(0.05)) text += "  - {unarmed: true, times: 1}\n";
    text += fmt::format("  - {{takes: {}s, rate: 0.3}}\n", 1 + below(90));
    if (universe_.chance(0.1))
      text += fmt::format("clock:\n  jumps:\n    - {{at: {}m, by: {}m}}\n", 1 + below(300), below(8) - 4);
    return text;
  }

  /// Runs a command in a process of its own, which may be killed at any of its questions; "killed" then.
  std::string command(const std::string& what, const Work& work, bool may_be_killed = true) {
    int sockets[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) throw std::runtime_error("socketpair");
    const std::uint64_t seed = universe_.random().next();
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(sockets[0]);
      std::string text = "ended without a word";
      {
        Client client(sockets[1], *time_, folder_->path(), keys_, seed);
        text = work(client.context);
      }
      send(sockets[1], {"end", text});
      ::_exit(0);
    }
    ::close(sockets[1]);
    const int kill_at = may_be_killed && universe_.chance(0.25) ? 1 + below(20) : 0;
    const bool after = universe_.chance(0.5);
    ++outcome_.commands;
    std::string result = converse(sockets[0], child, kill_at, after);
    ::close(sockets[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (result.empty() && WIFSIGNALED(status)) complain(what + " crashed");
    note(fmt::format("{}: {}", what, result.empty() ? "done" : result));
    return result;
  }

  std::string converse(int socket, pid_t child, int kill_at, bool after) {
    for (int number = 1;; ++number) {
      const auto question = receive(socket);
      if (!question) return "died";
      if ((*question)[0] == "end") return (*question)[1];
      const bool now = number == kill_at;
      if (now && !after) return kill(child);
      const Message answer = universe_.answer(*question);
      if (now) return kill(child);
      send(socket, answer);
    }
  }

  std::string kill(pid_t child) {
    ::kill(child, SIGKILL);
    ++outcome_.kills;
    return "killed";
  }

  void launch() {
    lifecycle::Request request;
    request.name = "ember";
    request.type = "g4dn.xlarge";
    request.from = {"198.51.100.7/32"};
    request.limits.time = minute * (30 + below(600));
    if (universe_.chance(0.3)) request.limits.idle = minute * (10 + below(60));
    if (universe_.chance(0.2)) request.limits.then = guard::End::terminate;
    if (universe_.chance(0.2)) {
      request.limits.budget = 2'000'000 + below(6) * 500'000;  // a week of its disk is 1.2 dollars
      allowed_usd_ = static_cast<double>(*request.limits.budget) / 1e6 + usd_per_minute * 12;  // clocks jump, ticks last
    }
    promised_ = universe_.now() + *request.limits.time;
    const std::string result = command("up", [&](Context& context) {
      auto planned = lifecycle::plan(context, request);
      if (!planned) return planned.error().message;
      return said(lifecycle::launch(context, *planned));
    });
    promised_ += 20 * minute;  // its own patience: the time runs from the launch call on
    // Where limits only stop, nothing but `down` may end what `up` called ready.
    must_live_ = result.empty() && !request.limits.then;
  }

  void do_something() {
    const double what = universe_.random().fraction();
    if (what < 0.35) return work();
    if (what < 0.50) return stop();
    if (what < 0.65) return start();
    if (what < 0.75) return extend();
    if (what < 0.80) return keep();
    if (what < 0.90) return list();
    if (what < 0.95) return elsewhere();
    return kill_guard();
  }

  void work() {
    const Duration time = minute * (1 + below(120));
    if (universe_.chance(0.5)) universe_.work_until(universe_.now() + time);
    note("time passes: " + human_duration(time));
    universe_.pass(time);
    expect_limits_kept();
    expect_budget_kept();
  }

  void stop() {
    command("stop", [](Context& context) { return said(lifecycle::stop(context, {"ember", ""})); });
  }

  void start() {
    lifecycle::StartRequest request;
    if (universe_.chance(0.6)) request.limits.time = minute * (10 + below(300));
    const std::string result =
        command("start", [&](Context& context) { return said(lifecycle::start(context, {"ember", ""}, request)); });
    if (request.limits.time) promise(universe_.now() + *request.limits.time + 20 * minute);
    allow_grace();
  }

  void extend() {
    const Duration time = minute * (10 + below(200));
    command("extend", [&](Context& context) { return said(lifecycle::extend(context, {"ember", ""}, time)); });
    promise(std::max(promised_, universe_.now()) + time);
  }

  void keep() {
    const Duration time = minute * (10 + below(100));
    command("keep", [&](Context& context) { return said(lifecycle::keep(context, {"ember", ""}, time)); });
  }

  void list() {
    command("ls", [](Context& context) { return further(context); });
  }

  static std::string further(Context& context) {
    auto settled = lifecycle::reconcile(context);
    if (!settled) return settled.error().message;
    return said(lifecycle::list(context, {}));
  }

  /// By the console: whoever starts it past its limit has a quarter of an hour.
  void elsewhere() {
    for (const sim::Instance& instance : universe_.living()) {
      const bool running = instance.state.view() == "running";
      if (!running && instance.state.view() != "stopped") continue;
      note(running ? "stopped by the console" : "started by the console");
      universe_.call(running ? "StopInstances" : "StartInstances", std::string(instance.id));
      if (running) continue;
      promise(universe_.now() + grace + 2 * minute);
      allow_grace();
    }
  }

  void kill_guard() {
    for (const sim::Instance& instance : universe_.living())
      if (Guarded* guarded = universe_.guard_of(std::string(instance.id))) {
        note("the guard's process is killed");
        universe_.restart(*guarded);
      }
  }

  /// A start past the budget has a quarter of an hour.
  void allow_grace() {
    if (allowed_usd_) *allowed_usd_ += usd_per_minute * 17;
  }

  void promise(TimePoint time) { promised_ = std::max(promised_, time); }

  void wait_for_limit() {
    note("nobody does anything");
    const TimePoint end = promised_ + alarm_lateness + 10 * minute;
    while (universe_.now() < end && outcome_.complaints.empty()) {
      universe_.pass(10 * minute);
      expect_limits_kept();
      expect_budget_kept();
    }
  }

  void expect_limits_kept() {
    for (const sim::Instance& instance : universe_.living()) {
      if (instance.state.view() != "running") continue;
      const Guarded* guarded = universe_.guard_of(std::string(instance.id));
      // Neither a metadata service nor a clock: after a stop it cannot know what time it is.
      const bool lost = guarded != nullptr && !guarded->metadata && guarded->clock_error < 0;
      const bool alone = guarded == nullptr || guarded->dead || lost;
      if (alone) allowed_usd_.reset();  // nobody else counts money
      // Where the guard is dead CloudWatch ends it, if its alarms could be set.
      if (alone && universe_.alarms() < 2) continue;
      if (universe_.now() <= promised_ + (alone ? alarm_lateness : guard_lateness)) continue;
      if (guarded != nullptr) {
        const guard::Status status = guarded->model.status();
        note(
            fmt::format("its guard (booted {}, next look {}, clock {} s off, metadata {}): now {}, until {}, grace {}, "
                        "keep {}, ends {} by {}",
                        iso8601(guarded->boot), iso8601(guarded->next), guarded->clock_error, guarded->metadata,
                        iso8601(status.now), status.limits.until ? iso8601(*status.limits.until) : "-",
                        status.grace ? iso8601(*status.grace) : "-", status.keep ? iso8601(*status.keep) : "-",
                        status.ends ? iso8601(*status.ends) : "-", status.ends_by));
      }
      complain(fmt::format("{} runs {} past its limit{}", instance.id.view(),
                           human_duration(universe_.now() - promised_), alone ? " (its guard is of no use)" : ""));
    }
  }

  void expect_budget_kept() {
    if (!allowed_usd_) return;
    const double spent = static_cast<double>(universe_.bill().total()) / 1e9;
    if (spent > *allowed_usd_) complain(fmt::format("${:.3f} were spent, ${:.3f} allowed", spent, *allowed_usd_));
  }

  void expect_not_lost() {
    if (must_live_ && universe_.living().empty()) complain("the instance is lost");
  }

  /// Nothing goes wrong any more: a further command, a `down`, another command.
  void settle() {
    universe_.pass(3 * minute);
    command("ls", [](Context& context) { return further(context); }, false);
    const auto before = universe_.living();
    if (before.size() > 1) complain("two instances for one request");
    if (!before.empty()) {
      const std::string result =
          command("down", [](Context& context) { return said(lifecycle::end(context, {"ember", ""})); }, false);
      if (!result.empty()) complain("down: " + result);
    }
    universe_.pass(2 * hour);  // deadlines pass, and the hour between two sweeps
    command("ls", [](Context& context) { return further(context); }, false);
    universe_.pass(2 * hour);
    command("ls", [](Context& context) { return further(context); }, false);
  }

  void expect_nothing_left() {
    for (const sim::Instance& instance : universe_.living()) complain(std::string(instance.id) + " is left");
    for (const std::string& group : universe_.groups()) complain(group + " is left");
    if (universe_.alarms() > 0) complain("alarms are left");
    if (universe_.templates() > 0) complain("launch templates are left");
    if (universe_.volumes() > 0) complain("volumes are left");
  }

  /// What hotaru says that it costs, for the times on the bill.
  void compare_bills() {
    const sim::Bill bill = universe_.bill();
    const auto price = price::full_price(
        {.type = "g4dn.xlarge", .region = Universe::region, .usd_per_hour = 0.526, .price_as_of = "", .disk_gib = 64});
    for (const sim::BillLine& line : bill.lines) predict(line, price);
    outcome_.exact_usd += static_cast<double>(bill.total()) / 1e9;
  }

  void predict(const sim::BillLine& line, const price::FullPrice& price);

  Universe universe_;
  std::shared_ptr<SharedTime> time_;
  std::filesystem::path keys_;
  std::uint64_t seed_;
  std::unique_ptr<TemporaryFolder> folder_;
  TimePoint promised_{};
  std::optional<double> allowed_usd_;  ///< by its budget; none where it has none, or nobody who keeps it
  bool must_live_ = false;
  Outcome outcome_;
};

void Life::predict(const sim::BillLine& line, const price::FullPrice& price) {
  const double hours = std::chrono::duration<double, std::ratio<3600>>(line.usage.until - line.usage.since).count();
  const std::string& kind = line.usage.kind;
  if (kind == "compute") outcome_.predicted_usd += std::max(hours, 1.0 / 60) * *price.items[0].usd_per_hour;
  if (kind == "disk") outcome_.predicted_usd += hours * *price.items[1].usd_per_hour;
  if (kind == "address") outcome_.predicted_usd += hours * *price.items[2].usd_per_hour;
  if (kind == "alarm") outcome_.predicted_usd += hours * 0.1 / price::hours_per_month;
}

}  // namespace

Outcome live(std::uint64_t seed, const std::shared_ptr<SharedTime>& time, const std::filesystem::path& keys) {
  return Life(seed, time, keys).run();
}

}  // namespace hotaru::chaos
