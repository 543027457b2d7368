#include "sim/sandbox/network.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "sim/sandbox/cgroup.h"
#include "sim/sandbox/system.h"

namespace hotaru::sim {

namespace {

constexpr const char* namespaces = "/run/netns";  // where ip-netns(8) keeps them
constexpr int link_mtu = 9001;                    // EC2's, inside a VPC
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

/// Settings of a network namespace, made before its links so that they inherit them.
Result<void> settle(const std::vector<std::pair<const char*, const char*>>& settings) {
  for (const auto& [name, value] : settings) {
    const std::filesystem::path file = std::filesystem::path("/proc/sys/net") / name;
    if (::access(file.c_str(), F_OK) != 0) continue;  // a kernel without IPv6
    if (auto written = write_setting(file, value); !written) return written;
  }
  return {};
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
    return settle({{"ipv4/ip_forward", "1"},
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
                                 "--disable-host-loopback", "--netns-type=path", router_path(vpc).string(),
                                 router_way_out}};
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

namespace {

constexpr int first_table = 1000;  // routing tables of interfaces beyond the first

std::string gateway_of(const MachineLink& link) {
  const auto subnet = parse_range(link.subnet_cidr);
  return subnet ? subnet->at(1) : "";
}

int length_of(const MachineLink& link) {
  const auto subnet = parse_range(link.subnet_cidr);
  return subnet ? subnet->length : 32;
}

/// In the router. `process`: the machine's, by its network namespace.
Result<void> make_link(Runner& runner, const MachineLink& link, pid_t process) {
  std::string batch = fmt::format(
      "link add {0} mtu {1} type veth peer name {2} mtu {1} {3}netns {4}\n"
      "addr add {5}/32 dev {0}\n"
      "link set {0} up\n"
      "route replace {6}/32 dev {0}\n",
      link.router_side, link_mtu, link.device, link.mac.empty() ? "" : "address " + link.mac + " ", process,
      gateway_of(link), link.private_ip);
  for (const std::string& address : link.secondary)
    batch += fmt::format("route replace {}/32 dev {}\n", address, link.router_side);
  return ip_batch(runner, batch, "connect the machine to its router");
}

/// What comes to an interface beyond the first is answered through it.
std::string own_table(const MachineLink& link) {
  const int table = first_table + link.index;
  std::string batch =
      fmt::format("route replace {} dev {} table {}\nroute replace default via {} dev {} table {}\n",
                  parse_range(link.subnet_cidr)->text(), link.device, table, gateway_of(link), link.device, table);
  for (const std::string& address : link.secondary)
    batch += fmt::format("rule add from {} lookup {}\n", address, table);
  return batch + fmt::format("rule add from {} lookup {}\n", link.private_ip, table);
}

/// In the machine.
Result<void> set_link_up(Runner& runner, const MachineLink& link) {
  std::string batch = fmt::format("addr add {}/{} dev {}\n", link.private_ip, length_of(link), link.device);
  for (const std::string& address : link.secondary)
    batch += fmt::format("addr add {}/{} dev {}\n", address, length_of(link), link.device);
  batch += fmt::format("link set {} up\n", link.device);
  batch += link.index == 0 ? fmt::format("route add default via {}\n", gateway_of(link)) : own_table(link);
  return ip_batch(runner, batch, "set the machine's network up");
}

/// A link that is there before and after, whose secondary addresses differ. What fails is what the machine did itself.
void change_addresses(Runner& runner, const MachineLink& before, const MachineLink& after,
                      const std::filesystem::path& router, const std::filesystem::path& machine) {
  std::string outside;
  std::string inside;
  for (const std::string& address : before.secondary) {
    if (std::ranges::find(after.secondary, address) != after.secondary.end()) continue;
    outside += fmt::format("route del {}/32 dev {}\n", address, before.router_side);
    inside += fmt::format("addr del {}/{} dev {}\n", address, length_of(before), before.device);
    if (after.index > 0) inside += fmt::format("rule del from {} lookup {}\n", address, first_table + after.index);
  }
  for (const std::string& address : after.secondary) {
    if (std::ranges::find(before.secondary, address) != before.secondary.end()) continue;
    outside += fmt::format("route replace {}/32 dev {}\n", address, after.router_side);
    inside += fmt::format("addr add {}/{} dev {}\n", address, length_of(after), after.device);
    if (after.index > 0) inside += fmt::format("rule add from {} lookup {}\n", address, first_table + after.index);
  }
  static_cast<void>(in_network(router, [&] { return ip_batch(runner, outside, "move addresses", true); }));
  static_cast<void>(in_network(machine, [&] { return ip_batch(runner, inside, "move addresses", true); }));
}

bool same_namespace(const std::filesystem::path& one, const std::filesystem::path& other) {
  std::error_code problem;
  return std::filesystem::equivalent(one, other, problem);
}

Result<void> add_link(Runner& runner, const MachineLink& link, const std::filesystem::path& router,
                      const std::filesystem::path& machine, pid_t process) {
  auto made = in_network(router, [&] { return make_link(runner, link, process); });
  if (!made) return made;
  return in_network(machine, [&] { return set_link_up(runner, link); });
}

}  // namespace

std::vector<MachineLink> links_of(const MachineSpec& spec) {
  const auto addresses = [](const std::vector<std::pair<std::string, std::string>>& secondary) {
    std::vector<std::string> all;
    for (const auto& [private_ip, public_ip] : secondary) all.push_back(private_ip);
    return all;
  };
  std::vector<MachineLink> links = {
      {link_name(spec.private_ip), "eth0", 0, spec.mac, spec.subnet_cidr, spec.private_ip, addresses(spec.secondary)}};
  for (const MachineInterface& one : spec.interfaces)
    links.push_back({link_name(one.private_ip), fmt::format("eth{}", one.device_index), one.device_index, one.mac,
                     one.subnet_cidr, one.private_ip, addresses(one.secondary)});
  return links;
}

Result<void> connect_machine(Runner& runner, const MachineSpec& spec, const MachineSetup& setup) {
  if (!parse_range(spec.subnet_cidr))
    return fail(ErrorClass::invalid, "the subnet's range is wrong: " + spec.subnet_cidr);
  if (auto settled = settle({{"ipv6/conf/default/disable_ipv6", "1"}}); !settled) return settled;
  auto inside = ip_batch(runner,
                         "link set lo up\n"
                         "addr add 169.254.169.253/32 dev lo\n"
                         "addr add 169.254.169.254/32 dev lo\n",
                         "set the machine's network up");
  if (!inside) return inside;
  for (const MachineLink& link : links_of(spec)) {
    auto made = in_network(std::filesystem::path(setup.router), [&] { return make_link(runner, link, ::getpid()); });
    if (!made) return made;
    if (auto up = set_link_up(runner, link); !up) return up;
  }
  return {};
}

void disconnect_machine(Runner& runner, const MachineSpec& spec, const MachineSetup& setup,
                        const std::filesystem::path& host_network) {
  std::string links;
  for (const MachineLink& link : links_of(spec)) links += fmt::format("link del {}\n", link.router_side);
  static_cast<void>(in_network(std::filesystem::path(setup.router),
                               [&] { return ip_batch(runner, links, "disconnect the machine", true); }));
  RouterMember member{spec.private_ip, spec.public_ip, {}, {}, true, spec.secondary};
  for (const MachineInterface& one : spec.interfaces) {
    member.more.emplace_back(one.private_ip, one.public_ip);
    member.more.insert(member.more.end(), one.secondary.begin(), one.secondary.end());
  }
  std::string routes;
  for (const auto& [public_ip, private_ip] : public_addresses(member))
    routes += fmt::format("route del {}/32 dev {}\n", public_ip, setup.uplink);
  if (routes.empty()) return;
  static_cast<void>(
      in_network(host_network, [&] { return ip_batch(runner, routes, "remove the machine's routes", true); }));
}

Result<void> change_links(Runner& runner, const MachineSpec& before, const MachineSpec& after,
                          const MachineSetup& setup, pid_t process) {
  const auto old_links = links_of(before);
  const auto new_links = links_of(after);
  const std::filesystem::path router(setup.router);
  const std::filesystem::path machine = fmt::format("/proc/{}/ns/net", process);
  // One that has no network of its own yet will read the spec as it is now.
  if (old_links == new_links || same_namespace(machine, "/proc/self/ns/net")) return {};
  for (const MachineLink& link : old_links) {
    const auto now = std::ranges::find(new_links, link.router_side, &MachineLink::router_side);
    if (now != new_links.end()) {
      change_addresses(runner, link, *now, router, machine);
      continue;
    }
    static_cast<void>(in_network(router, [&] {
      return ip_batch(runner, fmt::format("link del {}\n", link.router_side), "take a link away", true);
    }));
  }
  for (const MachineLink& link : new_links)
    if (std::ranges::find(old_links, link.router_side, &MachineLink::router_side) == old_links.end())
      if (auto made = add_link(runner, link, router, machine, process); !made) return made;
  return {};
}

}  // namespace hotaru::sim
