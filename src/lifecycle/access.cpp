#include "lifecycle/access.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "aws/endpoints.h"
#include "base/text.h"
#include "lifecycle/choose.h"
#include "lifecycle/facts.h"
#include "lifecycle/find.h"

namespace hotaru::lifecycle {
namespace {

constexpr int kSshPort = 22;
constexpr const char* kCheckIp = "https://checkip.amazonaws.com";

/// The bytes of an address: 4, 16, or none if it is neither form.
std::string bytes_of(const std::string& address) {
  std::string bytes(16, '\0');
  if (::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) return bytes.substr(0, 4);
  if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) return bytes;
  return "";
}

bool is_open(const std::vector<std::string>& allowed, const std::string& current) {
  const std::string address = split(current, '/')[0];
  return std::ranges::any_of(allowed, [&](const std::string& cidr) { return contains(cidr, address); });
}

std::vector<std::string> ssh_ranges(const aws::SecurityGroup& group) {
  std::vector<std::string> cidrs;
  for (const aws::Permission& permission : group.ingress) {
    if (permission.from_port != kSshPort || permission.to_port != kSshPort) continue;
    for (const aws::IpRange& range : permission.ranges) cidrs.push_back(range.cidr);
    for (const aws::IpRange& range : permission.ranges6) cidrs.push_back(range.cidr);
  }
  return cidrs;
}

/// Any rule that reaches port 22, also one that the user has made.
std::vector<std::string> ranges_reaching_ssh(const aws::SecurityGroup& group) {
  std::vector<std::string> cidrs;
  for (const aws::Permission& permission : group.ingress) {
    const bool ports = permission.from_port <= kSshPort && kSshPort <= permission.to_port;
    if (permission.protocol != "-1" && (permission.protocol != "tcp" || !ports)) continue;
    for (const aws::IpRange& range : permission.ranges) cidrs.push_back(range.cidr);
    for (const aws::IpRange& range : permission.ranges6) cidrs.push_back(range.cidr);
  }
  return cidrs;
}

/// nullopt: they cannot be read, or the group is not hotaru's.
std::optional<std::vector<std::string>> present_ranges(Context& context, const Which& which,
                                                       const store::KnownInstance& known) {
  if (known.group_id.empty()) {
    auto located = locate(context, which);
    auto group = located ? group_of(context, *located) : Result<std::optional<aws::SecurityGroup>>(pass(located));
    return group && *group ? std::optional(ranges_reaching_ssh(**group)) : std::nullopt;
  }
  auto groups = context.ec2(known.region).describe_security_groups({{"group-id", {known.group_id}}});
  return groups && !groups->empty() ? std::optional(ranges_reaching_ssh(groups->front())) : std::nullopt;
}

void remember_ranges(Context& context, const std::string& name, const std::string& id,
                     const std::vector<std::string>& allowed) {
  auto known = context.known.find(context.scope, name);
  if (!known) return;
  for (store::KnownInstance& each : *known) {
    if (each.id != id) continue;
    each.from = join(allowed, ",");
    (void)context.known.put(context.scope, each);
  }
}

}  // namespace

aws::Permission ssh_permission(const std::vector<std::string>& cidrs, const std::string& description) {
  aws::Permission permission{
      .protocol = "tcp", .from_port = kSshPort, .to_port = kSshPort, .ranges = {}, .ranges6 = {}};
  for (const std::string& cidr : cidrs)
    (cidr.find(':') == std::string::npos ? permission.ranges : permission.ranges6).push_back({cidr, description});
  return permission;
}

bool contains(const std::string& cidr, const std::string& address) {
  const auto parts = split(cidr, '/');
  const std::string network = bytes_of(parts[0]);
  const std::string inside = bytes_of(address);
  if (network.empty() || network.size() != inside.size()) return false;
  const auto bits = parts.size() > 1 ? parse_integer(parts[1]) : std::optional<std::int64_t>(network.size() * 8);
  if (!bits) return false;
  for (std::int64_t bit = 0; bit < *bits && bit < static_cast<std::int64_t>(network.size() * 8); ++bit) {
    const int mask = 0x80 >> (bit % 8);
    const auto index = static_cast<std::size_t>(bit / 8);
    if ((network[index] & mask) != (inside[index] & mask)) return false;
  }
  return true;
}

bool has_own_endpoint(const Context& context) { return !aws::own_endpoint(context.client.settings(), "ec2").empty(); }

Result<std::string> caller_address(Context& context) {
  const std::string asked = context.environment.get_or("HOTARU_CHECKIP_URL", "");
  if (asked.empty() && has_own_endpoint(context))
    return fail(ErrorClass::invalid, "It is not known from which address this endpoint's instances see this machine.",
                "Say --from CIDR, or set HOTARU_CHECKIP_URL.");
  const std::string url = asked.empty() ? kCheckIp : asked;
  http::Request request;
  request.url = url;
  auto response = context.transport.send(request);
  if (!response) {
    Error error = response.error();
    if (error.kind == ErrorClass::interrupted) return std::unexpected(error);
    return fail(ErrorClass::unavailable, fmt::format("{} did not tell this machine's address.", url),
                "Say it yourself: --from CIDR.");
  }
  auto cidr = check_cidr(response->body);
  if (response->status != 200 || !cidr || split(trim(response->body), '/').size() != 1)
    return fail(ErrorClass::unavailable, fmt::format("{} answered with something that is not an address.", url),
                "Say it yourself: --from CIDR.");
  return *cidr;
}

Result<std::vector<std::string>> choose_ranges(Context& context, const std::vector<std::string>& from) {
  std::vector<std::string> cidrs;
  for (const std::string& text : from) {
    auto cidr = check_cidr(text);
    if (!cidr) return pass(cidr);
    cidrs.push_back(*cidr);
  }
  if (!cidrs.empty()) return cidrs;
  auto own = caller_address(context);
  if (!own) return pass(own);
  return std::vector<std::string>{*own};
}

Result<Access> check_access(Context& context, const Which& which) {
  auto known = find_known(context, which);
  if (!known) return pass(known);
  if (!*known) return fail(ErrorClass::not_found, fmt::format("No instance {} is known here.", which.name));
  auto current = caller_address(context);
  if (!current) return pass(current);
  if (auto present = present_ranges(context, which, **known)) {
    return Access{.allowed = *present, .current = *current, .open = is_open(*present, *current)};
  }
  Access access{.allowed = split((*known)->from, ','), .current = *current, .open = true};
  access.open = (*known)->from.empty() || is_open(access.allowed, *current);
  return access;
}

Result<Access> fix_access(Context& context, const Which& which, const std::vector<std::string>& from) {
  auto located = locate(context, which);
  if (!located) return pass(located);
  auto group = group_of(context, *located);
  if (!group) return pass(group);
  if (!*group)
    return fail(ErrorClass::not_found, fmt::format("{} has no security group of hotaru's.", which.name),
                "Its rules are yours to change.");
  auto wanted = choose_ranges(context, from);
  if (!wanted) return pass(wanted);
  aws::Ec2 ec2 = context.ec2(located->region);
  const auto present = ssh_ranges(**group);
  std::vector<std::string> missing;
  std::vector<std::string> surplus;
  for (const auto& cidr : *wanted)
    if (std::ranges::find(present, cidr) == present.end()) missing.push_back(cidr);
  for (const auto& cidr : present)
    if (std::ranges::find(*wanted, cidr) == wanted->end()) surplus.push_back(cidr);
  // The new rule first: at no moment is the caller shut out.
  if (!missing.empty())
    if (auto opened = ec2.authorize_ingress((*group)->id, ssh_permission(missing, "hotaru")); !opened)
      return pass(opened);
  if (!surplus.empty())
    if (auto closed = ec2.revoke_ingress((*group)->id, ssh_permission(surplus, "")); !closed) return pass(closed);
  remember_ranges(context, which.name, located->instance.id, *wanted);
  return Access{.allowed = *wanted, .current = wanted->front(), .open = true};
}

}  // namespace hotaru::lifecycle
