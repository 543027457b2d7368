#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "lifecycle/choose.h"
#include "lifecycle/encode.h"

namespace hotaru::lifecycle {
namespace {

constexpr Duration kSubnetAge{24 * 3600 * 1000};
constexpr const char* kDefaultSubnets = "subnets/default";

std::vector<SubnetChoice> to_choices(const std::vector<aws::Subnet>& subnets) {
  std::vector<SubnetChoice> choices;
  for (const aws::Subnet& subnet : subnets) choices.push_back({subnet.id, subnet.vpc_id, subnet.zone, subnet.zone_id});
  std::ranges::sort(choices, {}, &SubnetChoice::zone);
  return choices;
}

Result<std::vector<SubnetChoice>> read_subnets(Context& context, const std::string& region, const std::string& fact,
                                               const aws::Filters& filters) {
  auto kept = context.known.fact(context.scope, region, fact, kSubnetAge);
  if (kept && *kept)
    if (auto choices = decode_subnets(**kept)) return *choices;
  context.progress({"network", fmt::format("Looking at the network in {}", region)});
  auto subnets = context.ec2(region).describe_subnets(filters);
  if (!subnets) return pass(subnets);
  auto choices = to_choices(*subnets);
  if (!choices.empty()) (void)context.known.set_fact(context.scope, region, fact, encode(choices));
  return choices;
}

Result<SubnetChoice> named_subnet(Context& context, const std::string& region, const std::string& id) {
  auto found = read_subnets(context, region, "subnet/" + id, {{"subnet-id", {id}}});
  if (!found) return pass(found);
  if (found->empty())
    return fail(ErrorClass::not_found, fmt::format("There is no subnet {} in {}.", id, region),
                "Subnets belong to one region; `aws ec2 describe-subnets` lists them.");
  return found->front();
}

bool is_zone(const SubnetChoice& subnet, const std::string& zone) {
  return subnet.zone == zone || subnet.zone_id == zone;
}

Result<SubnetChoice> in_zone(const std::vector<SubnetChoice>& subnets, const std::string& zone,
                             const std::string& region) {
  const auto found = std::ranges::find_if(subnets, [&](const auto& each) { return is_zone(each, zone); });
  if (found != subnets.end()) return *found;
  std::vector<std::string> zones;
  for (const SubnetChoice& subnet : subnets) zones.push_back(subnet.zone);
  return fail(ErrorClass::not_found, fmt::format("There is no default subnet in a zone {} of {}.", zone, region),
              "There are: " + join(zones, ", ") + ".");
}

/// The first zone that has the type by the catalogue; the first of all where the catalogue does not know.
SubnetChoice best_zone(const catalog::Catalog& catalog, const std::vector<SubnetChoice>& subnets,
                       const std::string& region, const std::string& type) {
  const auto offering = split(catalog.zones_offering(region, type), '+');
  const auto offers = [&](const SubnetChoice& each) {
    return std::ranges::find(offering, each.zone_id) != offering.end();
  };
  const auto found = std::ranges::find_if(subnets, offers);
  return found != subnets.end() ? *found : subnets.front();
}

}  // namespace

Result<SubnetChoice> choose_subnet(Context& context, const Request& request, const std::string& region,
                                   const std::string& type) {
  if (!request.subnet.empty()) {
    auto subnet = named_subnet(context, region, request.subnet);
    if (subnet && !request.zone.empty() && !is_zone(*subnet, request.zone))
      return fail(ErrorClass::invalid, fmt::format("{} is in {}, not in {}.", subnet->id, subnet->zone, request.zone),
                  "Leave out --zone.");
    return subnet;
  }
  auto subnets = read_subnets(context, region, kDefaultSubnets, {{"default-for-az", {"true"}}});
  if (!subnets) return pass(subnets);
  if (subnets->empty()) {
    if (request.create_default_vpc) return SubnetChoice{};
    Error error{ErrorClass::not_found, fmt::format("The account has no default VPC in {}.", region),
                "Let EC2 make it again with --create-default-vpc (it costs nothing), or say --subnet."};
    error.code = "VPCIdNotSpecified";
    return std::unexpected(error);
  }
  if (!request.zone.empty()) return in_zone(*subnets, request.zone, region);
  return best_zone(context.catalog(), *subnets, region, type);
}

std::vector<Place> zones_to_try(Context& context, const Request& request, const TypeChoice& type,
                                const SubnetChoice& subnet) {
  const auto place_in = [&](const std::string& zone_id) {
    return Place{
        .type = type.name, .region = request.region, .zone_id = zone_id, .spot = request.spot, .price = type.price};
  };
  std::vector<Place> places{place_in(subnet.zone_id)};
  if (!request.zone.empty() || !request.subnet.empty() || subnet.id.empty()) return places;
  auto subnets = read_subnets(context, request.region, kDefaultSubnets, {{"default-for-az", {"true"}}});
  if (!subnets) return places;
  const std::string_view offered = context.catalog().zones_offering(request.region, type.name);
  const auto offering = split(offered, '+');
  for (const SubnetChoice& other : *subnets) {
    const bool has_it = offered.empty() || std::ranges::find(offering, other.zone_id) != offering.end();
    if (other.zone_id != subnet.zone_id && has_it) places.push_back(place_in(other.zone_id));
  }
  return places;
}

Result<std::string> zone_id_of(Context& context, const std::string& region, const std::string& zone) {
  auto zones = context.ec2(region).describe_zones();
  if (!zones) return pass(zones);
  std::vector<std::string> names;
  for (const aws::Zone& each : *zones) {
    if (each.name == zone) return each.id;
    names.push_back(each.name);
  }
  return fail(ErrorClass::not_found, fmt::format("There is no zone {} in {}.", zone, region),
              "There are: " + join(names, ", ") + ".");
}

void forget_subnets(Context& context, const std::string& region, const std::string& subnet) {
  (void)context.known.forget_fact(context.scope, region, "subnet/" + subnet);
  (void)context.known.forget_fact(context.scope, region, kDefaultSubnets);
}

Result<std::string> check_cidr(const std::string& text) {
  const auto parts = split(trim(text), '/');
  in6_addr bytes{};
  const bool four = ::inet_pton(AF_INET, parts[0].c_str(), &bytes) == 1;
  const bool six = !four && ::inet_pton(AF_INET6, parts[0].c_str(), &bytes) == 1;
  const int longest = four ? 32 : 128;
  const auto bits = parts.size() == 2 ? parse_integer(parts[1]) : std::optional<std::int64_t>(longest);
  if ((!four && !six) || parts.size() > 2 || !bits || *bits < 0 || *bits > longest)
    return fail(ErrorClass::invalid, fmt::format("\"{}\" is not a range of addresses.", text),
                "Say one like 198.51.100.7/32.");
  if (*bits == 0)
    return fail(ErrorClass::invalid, "Port 22 is never opened to the whole world.",
                "Say the range that you come from, like 198.51.100.7/32.");
  // As EC2 writes it back, without what lies beyond the mask: else a rule of ours would not be known again.
  for (std::int64_t bit = *bits; bit < longest; ++bit)
    bytes.s6_addr[bit / 8] = static_cast<std::uint8_t>(bytes.s6_addr[bit / 8] & ~(0x80U >> (bit % 8)));
  char network[INET6_ADDRSTRLEN]{};
  ::inet_ntop(four ? AF_INET : AF_INET6, &bytes, network, sizeof network);
  return fmt::format("{}/{}", network, *bits);
}

}  // namespace hotaru::lifecycle
