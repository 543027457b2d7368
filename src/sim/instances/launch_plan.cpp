#include "sim/instances/launch_plan.h"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "sim/describe.h"
#include "sim/images.h"
#include "sim/instances/addresses.h"
#include "sim/instances/cpu_options.h"
#include "sim/prices.h"
#include "sim/scenario/script.h"

namespace hotaru::sim {

namespace {

std::vector<std::string> zones_with(const std::string& region, const std::string& type) {
  const auto offering = catalog::zones_offering(region, type);
  std::vector<std::string> names;
  for (const Zone& zone : zones_of(region))
    if (std::ranges::find(offering, zone.id) != offering.end()) names.push_back(zone.name);
  return names;
}

ApiResult<Image> plan_image(const Context& context, const std::string& id) {
  if (!is_id("ami", id)) return refuse("InvalidAMIID.Malformed", fmt::format("Invalid id: \"{}\"", id));
  const Image* image = find_image(context.state, id);
  if (!image) return refuse("InvalidAMIID.NotFound", fmt::format("The image id '[{}]' does not exist", id));
  if (image->state != "available")
    return refuse("InvalidAMIID.Unavailable", fmt::format("The image ID '{}' is not available", id));
  if (image->platform == "windows")
    return refuse(
        "UnsupportedOperation",
        fmt::format("The simulator shows the image '{}', but it cannot run Windows. Launch a Linux image.", id));
  const Script* script = context.world.script();
  if (!image->product_code.empty() && (script == nullptr || !script->subscribed()))
    return refuse("OptInRequired",
                  fmt::format("In order to use this AWS Marketplace product you need to accept terms and subscribe. To "
                              "do so please visit https://aws.amazon.com/marketplace/pp?sku={}",
                              image->product_code),
                  401);
  return *image;
}

ApiResult<const catalog::InstanceType*> plan_type(const std::string& name, const Image& image) {
  const catalog::InstanceType* type = catalog::find_type(name);
  if (!type) return refuse("InvalidParameterValue", fmt::format("Invalid value '{}' for InstanceType.", name));
  if (image.virtualization == "paravirtual")
    return refuse("InvalidParameterCombination",
                  fmt::format("Non-Windows instances with a virtualization type of 'paravirtual' are currently not "
                              "supported for this instance type : {}",
                              name));
  if (type->arch != image.architecture)
    return refuse("InvalidParameterValue",
                  fmt::format("The architecture '{}' of the specified instance type does not match the architecture "
                              "'{}' of the specified AMI. Specify an instance type and an AMI that have matching "
                              "architectures, and try again.",
                              type->arch, image.architecture));
  return type;
}

ApiError not_in_zone(const LaunchRequest& request, const std::string& zone, const std::vector<std::string>& zones) {
  if (zones.empty())
    return {400, "Unsupported",
            "The requested configuration is currently not supported. Please check the documentation for supported "
            "configurations."};
  return {400, "Unsupported",
          fmt::format("Your requested instance type ({}) is not supported in your requested Availability Zone ({}). "
                      "Please retry your request by not specifying an Availability Zone or choosing {}.",
                      request.instance_type, zone, join(zones, ", "))};
}

/// Of an interface that is there already, and free.
ApiResult<const NetworkInterface*> existing_interface(const Context& context, const LaunchRequest& request,
                                                      const std::string& id) {
  auto found = find_by_id(context.state.network_interfaces, id_forms::network_interface, id);
  if (!found) return found;
  if (request.max_count > 1)
    return refuse("InvalidParameterCombination",
                  "A network interface ID may not be specified when launching more than one instance");
  if (!(*found)->instance_id.empty())
    return refuse("InvalidNetworkInterface.InUse", fmt::format("Interface: [{}] in use.", id));
  return found;
}

ApiResult<Subnet> subnet_of_interface(const Context& context, const LaunchRequest& request) {
  auto one = existing_interface(context, request, request.network.network_interface_id);
  if (!one) return std::unexpected(one.error());
  return *context.state.subnets.find((*one)->subnet_id);
}

ApiResult<Subnet> named_subnet(const Context& context, const LaunchRequest& request) {
  auto found = find_by_id(context.state.subnets, id_forms::subnet, request.network.subnet_id);
  if (!found) return std::unexpected(found.error());
  if (!request.zone.empty() && request.zone != (*found)->zone)
    return refuse("InvalidParameterValue",
                  fmt::format("The availability zone '{}' does not match the subnet '{}', which is in '{}'.",
                              request.zone, (*found)->id, (*found)->zone));
  return **found;
}

ApiResult<Subnet> default_subnet(const Context& context, const LaunchRequest& request,
                                 const std::vector<std::string>& zones) {
  const Vpc* vpc = context.state.default_vpc();
  if (!vpc)
    return refuse("VPCIdNotSpecified",
                  request.network.group_names.empty()
                      ? "No default VPC for this user"
                      : "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.");
  const Subnet* any = nullptr;
  for (const auto& [id, subnet] : context.state.subnets.all()) {
    if (subnet.vpc_id != vpc->id || !subnet.default_for_zone) continue;
    if (request.zone.empty() ? std::ranges::find(zones, subnet.zone) == zones.end() : subnet.zone != request.zone)
      continue;
    if (!any || subnet.zone < any->zone) any = &subnet;
  }
  if (any) return *any;
  if (request.zone.empty() && zones.empty()) return std::unexpected(not_in_zone(request, "", zones));
  return refuse("MissingInput", fmt::format("No default subnet for availability zone: '{}'.",
                                            request.zone.empty() ? "null" : request.zone));
}

ApiResult<Subnet> plan_subnet(const Context& context, const LaunchRequest& request) {
  const auto all = zones_of(context.region);
  if (!request.zone_id.empty()) {
    const auto named = std::ranges::find(all, request.zone_id, &Zone::id);
    if (named == all.end())
      return refuse("InvalidParameterValue", fmt::format("Invalid availability zone-id: [{}]", request.zone_id));
    LaunchRequest by_name = request;
    by_name.zone_id.clear();
    by_name.zone = named->name;
    return plan_subnet(context, by_name);
  }
  if (!request.zone.empty() && std::ranges::find(all, request.zone, &Zone::name) == all.end())
    return refuse("InvalidParameterValue", fmt::format("Invalid availability zone: [{}]", request.zone));
  const auto zones = zones_with(context.region, request.instance_type);
  auto subnet = !request.network.network_interface_id.empty() ? subnet_of_interface(context, request)
                : request.network.subnet_id.empty()           ? default_subnet(context, request, zones)
                                                              : named_subnet(context, request);
  if (subnet && std::ranges::find(zones, subnet->zone) == zones.end())
    return std::unexpected(not_in_zone(request, subnet->zone, zones));
  return subnet;
}

ApiResult<std::string> group_by_name(const Context& context, const std::string& vpc_id, const std::string& name) {
  for (const auto& [id, group] : context.state.security_groups.all())
    if (group.vpc_id == vpc_id && group.name == name) return id;
  return refuse("InvalidGroup.NotFound",
                fmt::format("The security group '{}' does not exist in default VPC '{}'", name, vpc_id));
}

ApiResult<std::vector<std::string>> plan_groups(const Context& context, const InterfaceRequest& network,
                                                const Subnet& subnet) {
  if (!network.network_interface_id.empty()) {
    const auto& groups = context.state.network_interfaces.find(network.network_interface_id)->group_ids;
    return std::vector<std::string>(groups.begin(), groups.end());
  }
  std::vector<std::string> ids;
  if (!network.group_ids.empty()) {
    auto found = interface_groups(context.state, network.group_ids, subnet);
    if (!found) return found;
    ids = *found;
  }
  if (!network.group_names.empty() && !network.subnet_id.empty())
    return refuse("InvalidParameterCombination", "The parameter groupName cannot be used with the parameter subnet");
  for (const std::string& name : network.group_names) {
    auto id = group_by_name(context, subnet.vpc_id, name);
    if (!id) return std::unexpected(id.error());
    ids.push_back(*id);
  }
  if (ids.empty()) {
    auto id = group_by_name(context, subnet.vpc_id, "default");
    if (!id) return std::unexpected(id.error());
    ids.push_back(*id);
  }
  return ids;
}

ApiResult<KeyPair> plan_key(const Context& context, const std::string& name) {
  if (name.empty()) return KeyPair{};
  for (const auto& [id, key] : context.state.key_pairs.all())
    if (key.name == name) return key;
  return refuse("InvalidKeyPair.NotFound", fmt::format("The key pair '{}' does not exist", name));
}

InterfacePlan interface_plan(const InterfaceRequest& network, const Subnet& subnet,
                             const std::vector<std::string>& group_ids) {
  return {subnet,
          group_ids,
          network.addresses.private_ip,
          network.addresses.secondary,
          network.addresses.secondary_count,
          network.description};
}

Refusal check_private_addresses(const Context& context, const LaunchRequest& request, const InterfacePlan& plan) {
  if (request.max_count > 1 && (!plan.private_ip.empty() || !plan.secondary.empty()))
    return ApiError{400, "InvalidParameterCombination",
                    "The parameter PrivateIpAddress cannot be used for more than one instance."};
  return check_addresses(context.state, plan);
}

ApiResult<FurtherInterface> plan_further(const Context& context, const LaunchRequest& request,
                                         const InterfaceRequest& network, const Subnet& first) {
  FurtherInterface further{network.network_interface_id, {}, network.device_index, network.delete_on_termination};
  if (!further.existing_id.empty()) {
    auto one = existing_interface(context, request, further.existing_id);
    if (!one) return std::unexpected(one.error());
    further.made.subnet = *context.state.subnets.find((*one)->subnet_id);
  } else if (network.subnet_id.empty()) {
    further.made.subnet = first;
  } else {
    auto subnet = find_by_id(context.state.subnets, id_forms::subnet, network.subnet_id);
    if (!subnet) return std::unexpected(subnet.error());
    further.made.subnet = **subnet;
  }
  if (further.made.subnet.zone != first.zone)
    return refuse(
        "InvalidParameterCombination",
        "You may not attach a network interface to an instance if they are not in the same availability zone");
  if (further.made.subnet.vpc_id != first.vpc_id)
    return refuse("UnsupportedOperation", "The simulator attaches interfaces within one VPC alone.");
  if (!further.existing_id.empty()) return further;
  auto groups = interface_groups(context.state, network.group_ids, further.made.subnet);
  if (!groups) return std::unexpected(groups.error());
  further.made = interface_plan(network, further.made.subnet, *groups);
  if (auto no = check_private_addresses(context, request, further.made)) return std::unexpected(*no);
  return further;
}

ApiResult<std::vector<FurtherInterface>> plan_interfaces(const Context& context, const LaunchRequest& request,
                                                         const Subnet& first) {
  std::vector<FurtherInterface> all;
  for (const InterfaceRequest& network : request.further_networks) {
    auto one = plan_further(context, request, network, first);
    if (!one) return std::unexpected(one.error());
    all.push_back(*std::move(one));
  }
  if (all.size() < interfaces_per_instance) return all;
  return refuse("AttachmentLimitExceeded",
                fmt::format("Interface count {} exceeds the limit for {}", all.size() + 1, request.instance_type));
}

Refusal check_price(const Context& context, const LaunchRequest& request, const catalog::InstanceType& type,
                    const Subnet& subnet) {
  if (!request.spot || !request.max_price) return std::nullopt;
  const auto price = spot_price(context.world, context.region, {subnet.zone, subnet.zone_id}, type);
  if (!price || *price <= *request.max_price) return std::nullopt;
  return ApiError{400, "SpotMaxPriceTooLow",
                  fmt::format("Your Spot request price of {} is lower than the minimum required Spot request "
                              "fulfillment price of {}.",
                              *request.max_price, *price)};
}

/// As many as there are addresses for, but not fewer than were asked for at least.
ApiResult<std::int64_t> plan_count(const Context& context, const LaunchRequest& request, const Subnet& subnet) {
  const auto all = static_cast<std::int64_t>(assignable_private_addresses(subnet.cidr));
  const auto free = std::max<std::int64_t>(0, all - context.state.network_interfaces.index().in_subnet(subnet.id));
  if (free < request.min_count)
    return refuse("InsufficientFreeAddressesInSubnet",
                  fmt::format("There are not enough free addresses in subnet '{}' to satisfy the requested number of "
                              "instances.",
                              subnet.id));
  return std::min(free, request.max_count);
}

}  // namespace

NextFree free_private_addresses(const RegionState& state, const std::string& subnet_id) {
  return [&taken = state.network_interfaces.index().private_ips(subnet_id)](std::uint32_t address) {
    return taken.next_free(address);
  };
}

NextFree free_public_addresses(World& world) {
  return [regions = world.regions()](std::uint32_t address) {
    const auto is_taken = [&](const RegionState* state) {
      const std::uint32_t free = state->elastic_addresses.index().public_ips().next_free(
          state->network_interfaces.index().public_ips().next_free(address));
      return std::exchange(address, free) != free;
    };
    while (std::ranges::any_of(regions, is_taken)) continue;
    return address;
  };
}

ApiResult<LaunchPlan> plan_launch(const Context& context, const LaunchRequest& request) {
  LaunchPlan plan;
  auto image = plan_image(context, request.image_id);
  if (!image) return std::unexpected(image.error());
  auto type = plan_type(request.instance_type, *image);
  if (!type) return std::unexpected(type.error());
  auto key = plan_key(context, request.key_name);
  if (!key) return std::unexpected(key.error());
  auto subnet = plan_subnet(context, request);
  if (!subnet) return std::unexpected(subnet.error());
  auto groups = plan_groups(context, request.network, *subnet);
  if (!groups) return std::unexpected(groups.error());
  const bool existing = !request.network.network_interface_id.empty();
  if (auto no = check_private_addresses(context, request, interface_plan(request.network, *subnet, *groups));
      no && !existing)
    return std::unexpected(*no);
  auto further = plan_interfaces(context, request, *subnet);
  if (!further) return std::unexpected(further.error());
  auto placement = find_placement(context.state, request.placement);
  if (!placement) return std::unexpected(placement.error());
  auto count = plan_count(context, request, *subnet);
  if (!count) return std::unexpected(count.error());
  auto devices = plan_devices(context.state, *image, request.devices);
  if (!devices) return std::unexpected(devices.error());
  if (request.spot && (*type)->usage_classes.find("spot") == std::string_view::npos)
    return refuse("Unsupported",
                  fmt::format("The instance type {} is not available as a Spot Instance.", request.instance_type));
  if (auto no = check_cpu_options(request.options, **type)) return std::unexpected(*no);
  if (auto no = check_price(context, request, **type, *subnet)) return std::unexpected(*no);
  if (request.profile.asked()) {
    const auto profile = find_profile(context, request.profile);
    if (!profile) return std::unexpected(profile.error());
    plan.profile = **profile;
  }
  plan.image = *image;
  plan.type = *type;
  plan.key = *key;
  plan.subnet = *subnet;
  plan.group_ids = *groups;
  plan.count = *count;
  plan.devices = *devices;
  plan.further = *std::move(further);
  plan.placement = *placement;
  // Only an instance with one interface, made for it, has an automatic public address.
  plan.public_address =
      !existing && plan.further.empty() && request.network.public_address.value_or(subnet->map_public_ip);
  return plan;
}

}  // namespace hotaru::sim
