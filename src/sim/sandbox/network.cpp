#include "sim/sandbox/network.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "base/file.h"
#include "base/text.h"
#include "sim/sandbox/cgroup.h"
#include "sim/sandbox/links.h"
#include "sim/sandbox/system.h"

namespace hotaru::sim {

namespace {

constexpr const char* namespaces = "/run/netns";  // where ip-netns(8) keeps them
constexpr std::size_t link_name_length = 15;      // IFNAMSIZ without the final zero

/// The names in a folder that begin so.
std::vector<std::string> names_with(const std::filesystem::path& folder, const std::string& beginning) {
  std::vector<std::string> names;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(folder, problem)) {
    const std::string name = entry.path().filename();
    if (name.starts_with(beginning)) names.push_back(name);
  }
  return names;
}

}  // namespace

Network::Network(Lease lease, std::filesystem::path cgroup, std::filesystem::path logs, Runner& runner, Clock& clock)
    : lease_(std::move(lease)), cgroup_(std::move(cgroup)), logs_(std::move(logs)), runner_(runner), clock_(clock) {}

std::string Network::router_name(const std::string& vpc) const { return lease_.prefix() + "-" + vpc; }

std::filesystem::path Network::router_path(const std::string& vpc) const {
  return std::filesystem::path(namespaces) / router_name(vpc);
}

std::string Network::uplink_name(const std::string& vpc) const {
  const std::string prefix = lease_.prefix();
  const std::size_t room = link_name_length - prefix.size();
  return prefix + (vpc.size() > room ? vpc.substr(vpc.size() - room) : vpc);
}

std::filesystem::path Network::way_out_cgroup(const std::string& vpc) const { return cgroup_ / ("router-" + vpc); }

Result<void> Network::reserve_range() {
  return ip_batch(runner_, fmt::format("route replace unreachable {} metric 4096\n", lease_.range().text()),
                  "reserve the sim's addresses");
}

void Network::unreserve_range() {
  static_cast<void>(ip_batch(runner_, fmt::format("route del unreachable {} metric 4096\n", lease_.range().text()),
                             "give the sim's addresses back", true));
}

Result<void> Network::ensure_router(const std::string& vpc) {
  const bool there = ::access(("/sys/class/net/" + uplink_name(vpc)).c_str(), F_OK) == 0 &&
                     ::access(router_path(vpc).c_str(), F_OK) == 0;
  if (!there) {
    remove_router(vpc);
    if (auto made = make_router(vpc); !made) return made;
  }
  if (!Cgroup(way_out_cgroup(vpc)).populated()) return open_way_out(vpc);
  return {};
}

Result<void> Network::make_router(const std::string& vpc) {
  const std::string name = router_name(vpc);
  const std::string uplink = uplink_name(vpc);
  if (auto made = run_program(runner_, {.argv = {"ip", "netns", "add", name}}, "make a router"); !made) return made;
  auto settled = in_network(router_path(vpc), [] {
    return settle_network({{"ipv4/ip_forward", "1"},
                           {"ipv4/conf/all/proxy_arp", "1"},
                           {"ipv4/neigh/default/proxy_delay", "0"},
                           {"ipv6/conf/default/disable_ipv6", "1"}});
  });
  if (!settled) return settled;
  auto linked = ip_batch(runner_,
                         fmt::format("link add {0} mtu {1} type veth peer name {2} mtu {1} netns {3}\n"
                                     "addr add {4}/32 dev {0}\n"
                                     "link set {0} up\n",
                                     uplink, link_mtu, router_uplink, name, lease_.caller_address()),
                         "connect a router");
  if (!linked) return linked;
  return in_network(router_path(vpc), [&] {
    return ip_batch(runner_,
                    fmt::format("link set lo up\n"
                                "addr add {0}/32 dev {1}\n"
                                "link set {1} up\n"
                                "route add {2}/32 dev {1}\n",
                                lease_.gateway_address(), router_uplink, lease_.caller_address()),
                    "set a router up");
  });
}

Result<void> Network::open_way_out(const std::string& vpc) {
  const Cgroup group(way_out_cgroup(vpc));
  if (auto made = group.make(); !made) return made;
  if (auto made = make_folder(logs_, 0700); !made) return made;
  const Command command{.argv = {"slirp4netns", "--configure", fmt::format("--mtu={}", 65520),
                                 fmt::format("--cidr={}", way_out_range), "--disable-host-loopback",
                                 "--netns-type=path", router_path(vpc).string(), router_way_out}};
  reap_way_out(vpc);
  auto process = runner_.detach(command, logs_ / (vpc + ".log"));
  if (!process) return pass(process);
  way_outs_[vpc] = *process;
  return group.add(*process);
}

std::filesystem::path Network::way_out_events(const std::string& vpc) const {
  return way_out_cgroup(vpc) / "cgroup.events";
}

bool Network::has_way_out(const std::string& vpc) const { return Cgroup(way_out_cgroup(vpc)).populated(); }

void Network::reap_way_out(const std::string& vpc) {
  const auto child = way_outs_.extract(vpc);
  if (!child) return;
  ::kill(child.mapped(), SIGKILL);  // ours and not yet reaped, so the number is still its own
  ::waitpid(child.mapped(), nullptr, 0);
}

std::filesystem::path Network::names_file(const std::string& vpc) const { return logs_ / (vpc + ".addresses"); }

Result<void> Network::apply_rules(const std::string& vpc, const std::vector<RouterMember>& members) {
  auto ruled = in_network(router_path(vpc), [&] {
    return run_program(runner_, {.argv = {"nft", "-f", "-"}, .input = router_rules(members)}, "set a router's rules");
  });
  if (!ruled) return ruled;
  std::string names;
  for (const RouterMember& member : members)
    for (const auto& [public_ip, private_ip] : public_addresses(member))
      names += fmt::format("{} {}\n", public_ip, private_ip);
  if (auto made = make_folder(logs_, 0700); !made) return made;
  if (auto written = replace_file(names_file(vpc), names, 0600); !written) return written;
  return route_public_addresses(vpc, members);
}

/// The host reaches the public addresses of machines whose subnets have a way to the internet, and no others.
Result<void> Network::route_public_addresses(const std::string& vpc, const std::vector<RouterMember>& members) {
  const std::string uplink = uplink_name(vpc);
  auto listed =
      runner_.run({.argv = {"ip", "-4", "route", "show", "dev", uplink}, .timeout = std::chrono::seconds(30)});
  if (!listed) return pass(listed);
  std::set<std::string> there;
  for (const std::string& line : lines(listed->out))
    if (line.find(" via ") != std::string::npos) there.insert(line.substr(0, line.find(' ')));
  std::string changes;
  for (const RouterMember& member : members)
    for (const auto& [public_ip, private_ip] : public_addresses(member))
      if (there.erase(public_ip) == 0)
        changes += fmt::format("route replace {}/32 via {} dev {} onlink src {}\n", public_ip, lease_.gateway_address(),
                               uplink, lease_.caller_address());
  for (const std::string& gone : there) changes += fmt::format("route del {}/32 dev {}\n", gone, uplink);
  if (changes.empty()) return {};
  return ip_batch(runner_, changes, "route public addresses", true);
}

void Network::remove_router(const std::string& vpc) {
  Cgroup(way_out_cgroup(vpc)).destroy(clock_, std::chrono::seconds(5));
  reap_way_out(vpc);
  // Links first, by name: a namespace goes when the kernel finds the time.
  static_cast<void>(ip_batch(runner_, fmt::format("link del {}\n", uplink_name(vpc)), "remove a router's link", true));
  static_cast<void>(run_program(runner_, {.argv = {"ip", "netns", "del", router_name(vpc)}}, "remove a router"));
  std::error_code ignored;
  std::filesystem::remove(logs_ / (vpc + ".log"), ignored);
  std::filesystem::remove(names_file(vpc), ignored);
}

std::vector<std::string> Network::routers() const { return names_with(namespaces, lease_.prefix() + "-"); }

std::vector<std::string> Network::uplinks() const { return names_with("/sys/class/net", lease_.prefix()); }

void Network::remove_all() {
  for (const std::string& name : routers()) remove_router(name.substr(lease_.prefix().size() + 1));
  std::string removals;
  for (const std::string& link : uplinks()) removals += fmt::format("link del {}\n", link);
  if (!removals.empty()) static_cast<void>(ip_batch(runner_, removals, "remove links", true));
}

bool Network::anything_left() const { return !routers().empty() || !uplinks().empty(); }

}  // namespace hotaru::sim
