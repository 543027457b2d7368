#include "sim/sandbox/links.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "sim/sandbox/addresses.h"
#include "sim/sandbox/router_rules.h"
#include "sim/sandbox/system.h"

namespace hotaru::sim {

Result<void> settle_network(const std::vector<std::pair<const char*, const char*>>& settings) {
  for (const auto& [name, value] : settings) {
    const std::filesystem::path file = std::filesystem::path("/proc/sys/net") / name;
    if (::access(file.c_str(), F_OK) != 0) continue;  // a kernel without IPv6
    if (auto written = write_setting(file, value); !written) return written;
  }
  return {};
}

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
  if (auto settled = settle_network({{"ipv6/conf/default/disable_ipv6", "1"}}); !settled) return settled;
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
