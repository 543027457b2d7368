#include "sim/sandbox/router_rules.h"

#include <fmt/format.h>

#include <map>

#include "base/text.h"
#include "sim/sandbox/addresses.h"

namespace hotaru::sim {

namespace {

std::string ports_of(const TrafficRule& rule) {
  if (rule.from_port < 0) return "";
  if (rule.to_port < 0 || rule.to_port == rule.from_port) return fmt::format("{}", rule.from_port);
  return fmt::format("{}-{}", rule.from_port, rule.to_port);
}

/// The part of a rule that names protocol and ports; nullopt if it means nothing in IPv4.
std::optional<std::string> match_of(const TrafficRule& rule) {
  std::string protocol = to_lower(rule.protocol);
  if (protocol == "6") protocol = "tcp";
  if (protocol == "17") protocol = "udp";
  if (protocol == "1") protocol = "icmp";
  if (protocol == "-1" || protocol == "all") return "";
  const std::string ports = ports_of(rule);
  if (protocol == "tcp" || protocol == "udp")
    return ports.empty() ? fmt::format("ip protocol {} ", protocol) : fmt::format("{} dport {} ", protocol, ports);
  // For ICMP, EC2 puts the type into FromPort and the code into ToPort.
  if (protocol == "icmp")
    return rule.from_port < 0 ? "ip protocol icmp " : fmt::format("icmp type {} ", rule.from_port);
  const auto number = parse_integer(protocol);
  if (!number || *number < 0 || *number > 255) return std::nullopt;
  return fmt::format("ip protocol {} ", *number);
}

/// Who has which public address.
using PublicAddresses = std::map<std::uint32_t, std::string>;

std::vector<std::string> owners_within(const PublicAddresses& all, const Range& range) {
  std::vector<std::string> owners;
  for (auto one = all.lower_bound(range.base); one != all.end() && range.contains(one->first); ++one)
    owners.push_back(one->second);
  return owners;
}

/// For packets from instances that ask for the member's public address: they come from a public address too ("Security
/// group referencing": a reference to a group stands for its private addresses). Here they still bear their private
/// one.
std::string public_ingress_chain(const RouterMember& member, const PublicAddresses& all) {
  std::string text = fmt::format("  chain in_{}_public {{\n", link_name(member.private_ip));
  for (const TrafficRule& rule : member.ingress) {
    const auto match = match_of(rule);
    const auto range = parse_range(rule.cidr);
    if (!match || !range) continue;
    const auto senders = owners_within(all, *range);
    if (!senders.empty()) text += fmt::format("    ip saddr {{ {} }} {}accept\n", join(senders, ", "), *match);
  }
  return text + "  }\n";
}

std::string ingress_chain(const RouterMember& member) {
  std::string text = fmt::format("  chain in_{} {{\n", link_name(member.private_ip));
  for (const TrafficRule& rule : member.ingress) {
    const auto match = match_of(rule);
    const auto range = parse_range(rule.cidr);
    if (!match || !range) continue;  // an IPv6 range: there is no IPv6 here
    text += fmt::format("    ip saddr {} {}accept\n", range->text(), *match);
  }
  return text + "  }\n";
}

/// What is allowed goes on to where it is wanted. A packet for an instance's public address bears the private one
/// already; it is judged by what the sender asked for. nullopt for one that may send everything.
std::optional<std::string> egress_chain(const RouterMember& member) {
  std::string text = fmt::format("  chain out_{} {{\n", link_name(member.private_ip));
  for (const TrafficRule& rule : member.egress) {
    const auto match = match_of(rule);
    const auto range = parse_range(rule.cidr);
    if (!match || !range) continue;
    if (match->empty() && range->length == 0) return std::nullopt;
    text += fmt::format("    ct original ip daddr {} {}return\n", range->text(), *match);
  }
  return text + "    drop\n  }\n";
}

std::string elements(const std::vector<std::string>& parts) {
  return parts.empty() ? "" : fmt::format(" elements = {{ {} }}", join(parts, ", "));
}

std::string address_tables(const std::vector<RouterMember>& members) {
  std::vector<std::string> inward;
  std::vector<std::string> outward;
  std::vector<std::string> with_public;
  for (const RouterMember& member : members) {
    for (const auto& [public_ip, private_ip] : public_addresses(member)) {
      inward.push_back(fmt::format("{} : {}", public_ip, private_ip));
      outward.push_back(fmt::format("{} : {}", private_ip, public_ip));
      with_public.push_back(private_ip);
    }
  }
  return fmt::format(
      "  map private_of {{ type ipv4_addr : ipv4_addr;{} }}\n"
      "  map public_of {{ type ipv4_addr : ipv4_addr;{} }}\n"
      "  set with_public {{ type ipv4_addr;{} }}\n",
      elements(inward), elements(outward), elements(with_public));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> public_addresses(const RouterMember& member) {
  std::vector<std::pair<std::string, std::string>> all;
  if (!member.internet) return all;
  if (!member.public_ip.empty()) all.emplace_back(member.public_ip, member.private_ip);
  for (const auto& [private_ip, public_ip] : member.more)
    if (!public_ip.empty()) all.emplace_back(public_ip, private_ip);
  return all;
}

std::string link_name(const std::string& private_ip) {
  return fmt::format("g{:08x}", parse_address(private_ip).value_or(0));
}

std::string router_rules(const std::vector<RouterMember>& members) {
  PublicAddresses all;
  for (const RouterMember& member : members)
    for (const auto& [public_ip, private_ip] : public_addresses(member))
      if (const auto address = parse_address(public_ip)) all[*address] = private_ip;
  std::string chains;
  std::string leaving;
  std::string jumps;
  for (const RouterMember& member : members) {
    chains += ingress_chain(member);
    if (const auto chain = egress_chain(member)) {
      chains += *chain;
      leaving += fmt::format("    iifname \"{0}\" jump out_{0}\n", link_name(member.private_ip));
    }
    if (!public_addresses(member).empty()) {
      chains += public_ingress_chain(member, all);
      jumps += fmt::format("    iifname \"g*\" ct status dnat oifname \"{0}\" goto in_{0}_public\n",
                           link_name(member.private_ip));
    }
    jumps += fmt::format("    oifname \"{0}\" jump in_{0}\n", link_name(member.private_ip));
  }
  // The table is named first so that deleting it never fails; all lines together are one transaction.
  return fmt::format(R"(table ip vpc
delete table ip vpc
table ip vpc {{
{addresses}  chain translate_in {{
    type nat hook prerouting priority dstnat;
    dnat to ip daddr map @private_of
  }}
  chain translate_out {{
    type nat hook postrouting priority srcnat;
    oifname "{way_out}" masquerade
    oifname "{uplink}" snat to ip saddr map @public_of
    iifname "g*" oifname "g*" ct status dnat snat to ip saddr map @public_of
  }}
{chains}  chain forward_packets {{
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    ip daddr 169.254.0.0/16 drop
    iifname "g*" oifname "{way_out}" ip daddr {resolver} meta l4proto {{ tcp, udp }} th dport 53 accept
{leaving}    iifname "g*" oifname {{ "{way_out}", "{uplink}" }} ip saddr @with_public accept
    iifname "{uplink}" oifname "{way_out}" reject with icmp type host-unreachable
{jumps}  }}
}}
)",
                     fmt::arg("addresses", address_tables(members)), fmt::arg("chains", chains),
                     fmt::arg("jumps", jumps), fmt::arg("leaving", leaving), fmt::arg("way_out", router_way_out),
                     fmt::arg("uplink", router_uplink), fmt::arg("resolver", way_out_resolver));
}

}  // namespace hotaru::sim
