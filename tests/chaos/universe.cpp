#include "universe.h"

#include <algorithm>

#include "base/text.h"
#include "sim/instances/life.h"
#include "sim/test_signer.h"

namespace hotaru::chaos {
namespace {

constexpr Duration boot_time{20'000};  ///< from `running` to a guard that is armed, and a shell

std::int64_t seconds(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

/// As the script writes it (parse_status).
std::string status_text(const guard::Status& status) {
  const auto time = [](const std::optional<TimePoint>& value) { return std::to_string(value ? seconds(*value) : 0); };
  const auto word = [](const std::string& text) { return text.empty() ? "-" : text; };
  const std::int64_t now = seconds(status.now);
  const std::int64_t idle = status.idle_for.value_or(Duration{0}).count() / 1000;
  return join({"hotaru-guard",
               std::to_string(now - idle),
               "1",
               "0",
               "0",
               std::to_string(status.spent * 3600),
               "0",
               "0",
               time(status.keep),
               time(status.grace),
               "-",
               "0",
               "0",
               word(status.active_by),
               "-",
               "t",
               word(status.instance),
               time(status.limits.until),
               std::to_string(status.limits.idle.value_or(Duration{0}).count() / 1000),
               std::to_string(status.limits.budget.value_or(0)),
               std::to_string(now),
               time(status.ends),
               word(status.ends_by),
               "end"},
              " ") +
         "\n";
}

}  // namespace

std::optional<guard::Orders> read_orders(const std::string& text) {
  // In a command each line is a word in quotes.
  std::string bare = text;
  std::ranges::replace(bare, '\'', '\n');
  std::optional<guard::Orders> orders;
  for (const std::string& line : lines(bare)) {
    const auto words = split(trim(line), ' ');
    if (words.size() == 1 && words[0] == "end" && orders) return orders;
    const auto number = words.size() == 2 ? parse_integer(words[1]) : std::nullopt;
    if (!number) continue;
    const std::string& name = words[0];
    if (name == "written") orders.emplace().written = TimePoint(std::chrono::seconds(*number));
    if (!orders) continue;
    if (name == "until") orders->limits.until = TimePoint(std::chrono::seconds(*number));
    if (name == "idle") orders->limits.idle = std::chrono::seconds(*number);
    if (name == "budget") orders->limits.budget = *number;
    if (name == "other") orders->rates.other_type = *number;
    if (name == "ip") orders->rates.address = *number;
    if (name == "disks") orders->rates.disks = *number;
    if (name == "sent") orders->rates.sent = *number;
    if (name == "spent") orders->rates.spent = *number;
    if (name.find('.') != std::string::npos) orders->rates.types[name] = *number;
  }
  return std::nullopt;
}

Universe::Universe(std::uint64_t seed, std::shared_ptr<SharedTime> time)
    : time_(std::move(time)),
      random_(seed),
      world_([&] {
        auto opened = std::move(sim::World::open("", script_.clock(), random_)).value();
        opened->follow(script_);
        return opened;
      }()),
      endpoint_({.account_id = account, .secrets = {{"AKIDTEST", "secret"}}}, *world_, &machines_),
      transport_([this](const http::ServerRequest& request) { return endpoint_.handle(request); }) {
  tell_time();
}

void Universe::load(const std::string& scenario) {
  auto parsed = sim::parse_scenario(scenario, "chaos");
  if (!parsed) throw std::runtime_error(parsed.error().message);
  script_.load(*parsed, clock_.now());
}

Message Universe::answer(const Message& question) {
  Message reply{"done"};
  if (question[0] == "sleep") pass(Duration(parse_integer(question[1]).value_or(0)));
  if (question[0] == "request") reply = message_of(transport_.send(request_of(question)));
  if (question[0] == "knock") {
    const auto id = id_at(question[1]);
    const Guarded* guarded = id ? guard_of(*id) : nullptr;
    reply = {guarded != nullptr && !guarded->dead ? "open" : "shut"};
  }
  if (question[0] == "command") reply = command(question[1], question[2]);
  pass(Duration{1});  // nothing takes no time: whoever looks again and again gets on
  return reply;
}

Message Universe::command(const std::string& address, const std::string& text) {
  const auto id = id_at(address);
  Guarded* guarded = id ? guard_of(*id) : nullptr;
  if (guarded == nullptr || guarded->dead) return {"silence"};
  if (const auto orders = read_orders(text)) guarded->model.change(*orders);
  if (const auto at = text.find(" keep "); at != std::string::npos)
    guarded->model.keep(
        std::chrono::seconds(parse_integer(text.substr(at + 6, text.find(';', at) - at - 6)).value_or(0)),
        seen_by(*guarded));
  tick(*id, *guarded);
  if (!guards_.contains(*id)) return {"silence"};
  return {"said", status_text(guarded->model.status())};
}

std::optional<std::string> Universe::id_at(const std::string& address) {
  for (const sim::Instance& instance : living())
    if (instance.public_ip.view() == address && instance.state.view() == "running") return std::string(instance.id);
  return std::nullopt;
}

Guarded* Universe::guard_of(const std::string& instance_id) {
  const auto found = guards_.find(instance_id);
  return found == guards_.end() ? nullptr : &found->second;
}

void Universe::settle() {
  sim::advance(*world_, machines_);
  sim::Later later;
  {
    const auto lock = world_->lock();
    sim::settle(*world_, world_->region(account, region), &machines_, later);
  }
  for (const auto& one : later) one();
}

std::vector<sim::Instance> Universe::living() {
  settle();
  const auto lock = world_->lock();
  std::vector<sim::Instance> found;
  for (const auto& [id, instance] : world_->region(account, region).instances.all())
    if (instance.state.view() != "terminated") found.push_back(instance);
  return found;
}

std::vector<std::string> Universe::groups() {
  const auto lock = world_->lock();
  std::vector<std::string> names;
  for (const auto& [id, group] : world_->region(account, region).security_groups.all())
    if (group.name != "default") names.emplace_back(group.name);
  return names;
}

std::size_t Universe::alarms() {
  const auto lock = world_->lock();
  return world_->region(account, region).alarms.all().size();
}

std::size_t Universe::templates() {
  const auto lock = world_->lock();
  return world_->region(account, region).launch_templates.all().size();
}

std::size_t Universe::volumes() {
  const auto lock = world_->lock();
  return world_->region(account, region).volumes.all().size();
}

sim::Bill Universe::bill() { return sim::bill_of(*world_, &machines_); }

void Universe::call(const std::string& action, const std::string& instance_id) {
  const sim::TestSigner signer{.key_id = "AKIDTEST", .secret = "secret"};
  (void)endpoint_.handle(
      signer.post("Action=" + action + "&Version=2016-11-15&InstanceId.1=" + instance_id, script_.clock().now()));
  pass(Duration{1});
}

guard::World Universe::seen_by(const Guarded& guarded) const {
  guard::World world;
  const std::int64_t now = seconds(clock_.now());
  world.uptime = now - seconds(guarded.boot);
  world.clock = now + guarded.clock_error;
  if (guarded.metadata) world.metadata_time = now;
  world.type = "g4dn.xlarge";
  if (clock_.now() < busy_until_) world.typed = now;
  return world;
}

/// Instances that have booted since; those that no longer run leave their disk.
void Universe::meet_guards() {
  std::map<std::string, sim::Instance> running;
  for (const sim::Instance& instance : living()) {
    const bool up = instance.state.view() == "running" && instance.booted && instance.state_since &&
                    clock_.now() - *instance.state_since >= boot_time;
    if (up) running.emplace(instance.id, instance);
  }
  std::erase_if(guards_, [&](auto& one) {
    if (running.contains(one.first)) return false;
    disks_.insert_or_assign(one.first, one.second.model);
    return true;
  });
  for (const auto& [id, instance] : running) {
    if (guards_.contains(id)) continue;
    const auto orders = read_orders(base64_decode(instance.user_data.view()).value_or(""));
    const auto console = machines_.console(id);
    if (!orders || !console || console->find("hotaru guard: armed") == std::string::npos) continue;
    const auto disk = disks_.find(id);
    Guarded guarded{.model = disk == disks_.end() ? guard::Model(id) : disk->second, .boot = *instance.state_since};
    if (chance(0.1)) guarded.clock_error = static_cast<std::int64_t>((random_.fraction() - 0.5) * 172'800);
    guarded.metadata = guarded.clock_error == 0 || !chance(0.2);
    guarded.dead = chance(0.02);
    guarded.model.boot(*orders, seen_by(guarded), seen_by(guarded));
    guarded.next = clock_.now();
    guards_.emplace(id, std::move(guarded));
  }
}

void Universe::tick(const std::string& id, Guarded& guarded) {
  guarded.model.tick(seen_by(guarded));
  guarded.next = clock_.now() + std::max(guarded.model.pause(), Duration{1'000});
  if (!guarded.model.ended()) return;
  log.push_back(iso8601(clock_.now()) + " the guard of " + id + " ends it: " + *guarded.model.ended());
  disks_.insert_or_assign(id, guarded.model);
  guards_.erase(id);
  (void)null_.end(id, "poweroff");
  settle();
}

void Universe::run_guards() {
  meet_guards();
  std::vector<std::string> due;
  for (auto& [id, guarded] : guards_)
    if (!guarded.dead && guarded.next <= clock_.now()) due.push_back(id);
  for (const std::string& id : due) tick(id, guards_.at(id));
}

void Universe::pass(Duration time) {
  constexpr Duration stride{60'000};  // between two looks at what EC2 does by itself
  const TimePoint end = clock_.now() + time;
  while (true) {
    TimePoint next = std::min(end, clock_.now() + stride);
    for (const auto& [id, guarded] : guards_)
      if (!guarded.dead) next = std::min(next, std::max(guarded.next, clock_.now()));
    if (next > clock_.now()) clock_.advance(next - clock_.now());
    run_guards();
    if (clock_.now() >= end) break;
  }
  tell_time();
}

}  // namespace hotaru::chaos
