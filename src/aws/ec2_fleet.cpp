// Launch templates, and fleets of type `instant`.
#include <fmt/format.h>

#include <algorithm>

#include "aws/ec2.h"
#include "aws/errors.h"
#include "aws/run_parameters.h"
#include "aws/xml.h"

namespace hotaru::aws {

namespace {

void add_override(Parameters& parameters, int number, const FleetOverride& offer) {
  const std::string prefix = fmt::format("LaunchTemplateConfigs.1.Overrides.{}.", number);
  parameters.emplace_back(prefix + "InstanceType", offer.type);
  add_if(parameters, prefix + "SubnetId", offer.subnet_id);
  add_if(parameters, prefix + "AvailabilityZone", offer.zone);
  if (offer.priority) parameters.emplace_back(prefix + "Priority", std::to_string(*offer.priority));
  add_if(parameters, prefix + "MaxPrice", offer.max_price);
}

Parameters fleet_parameters(const CreateFleet& request) {
  Parameters parameters = {{"Type", "instant"}};
  add_if(parameters, "ClientToken", request.client_token);
  const std::string specification = "LaunchTemplateConfigs.1.LaunchTemplateSpecification.";
  parameters.emplace_back(specification + "LaunchTemplateId", request.launch_template_id);
  parameters.emplace_back(specification + "Version", "$Latest");
  int number = 1;
  for (const FleetOverride& offer : request.overrides) add_override(parameters, number++, offer);
  parameters.emplace_back("TargetCapacitySpecification.TotalTargetCapacity", "1");
  parameters.emplace_back("TargetCapacitySpecification.DefaultTargetCapacityType", request.spot ? "spot" : "on-demand");
  // The order is ours: it holds what the plan weighed. For spot it is a wish that EC2 follows as far as capacity goes.
  const bool ordered =
      std::ranges::any_of(request.overrides, [](const auto& offer) { return offer.priority.has_value(); });
  if (request.spot) {
    parameters.emplace_back("SpotOptions.AllocationStrategy",
                            ordered ? "capacity-optimized-prioritized" : "price-capacity-optimized");
    parameters.emplace_back("SpotOptions.InstanceInterruptionBehavior", "terminate");
  } else {
    parameters.emplace_back("OnDemandOptions.AllocationStrategy", ordered ? "prioritized" : "lowest-price");
  }
  const int next = add_tag_specification(parameters, 1, "fleet", request.tags);
  add_tag_specification(parameters, next, "instance", request.tags);
  return parameters;
}

pugi::xml_node override_of(pugi::xml_node item) { return item.child("launchTemplateAndOverrides").child("overrides"); }

FleetError fleet_error_of(const std::string& region, pugi::xml_node item) {
  const auto offer = override_of(item);
  FleetError refused{
      text_of(offer, "instanceType"), text_of(offer, "subnetId"), text_of(offer, "availabilityZone"), {}};
  refused.error = error_of_code({"ec2", region, "CreateFleet", {}, true}, text_of(item, "errorCode"),
                                text_of(item, "errorMessage"));
  return refused;
}

void read_instances(FleetOutcome& outcome, pugi::xml_node item) {
  const auto offer = override_of(item);
  std::string type = text_of(item, "instanceType");
  if (type.empty()) type = text_of(offer, "instanceType");
  for (const auto id : item.child("instanceIds").children("item")) {
    outcome.instances.push_back(
        {id.child_value(), type, text_of(offer, "subnetId"), text_of(offer, "availabilityZone")});
  }
}

}  // namespace

Result<std::string> Ec2::create_launch_template(const std::string& name, const RunInstances& request,
                                                const Tags& tags) {
  Call call = call_of("CreateLaunchTemplate", {{"LaunchTemplateName", name}}, !request.client_token.empty());
  add_if(call.parameters, "ClientToken", request.client_token);
  for (auto& parameter : template_parameters(request)) call.parameters.push_back(std::move(parameter));
  add_tag_specification(call.parameters, 1, "launch-template", tags);
  auto answer = ask(*client_, call);
  if (!answer) return pass(answer);
  return text_of(answer->root().child("launchTemplate"), "launchTemplateId");
}

Result<std::vector<LaunchTemplate>> Ec2::describe_launch_templates(const Filters& filters) {
  Call call = call_of("DescribeLaunchTemplates", {}, true);
  add_filters(call.parameters, filters);
  std::vector<LaunchTemplate> templates;
  auto asked = ask_all_pages(*client_, call, [&](pugi::xml_node root) {
    for (const auto item : root.child("launchTemplates").children("item")) {
      templates.push_back({text_of(item, "launchTemplateId"), text_of(item, "launchTemplateName"),
                           text_of(item, "createTime"), tags_of(item)});
    }
  });
  if (!asked) return pass(asked);
  return templates;
}

Result<void> Ec2::delete_launch_template(const std::string& id) {
  auto answer = ask(*client_, call_of("DeleteLaunchTemplate", {{"LaunchTemplateId", id}}, true));
  if (!answer) return pass(answer);
  return {};
}

Result<FleetOutcome> Ec2::create_fleet(const CreateFleet& request) {
  auto answer = ask(*client_, call_of("CreateFleet", fleet_parameters(request), !request.client_token.empty()));
  if (!answer) return pass(answer);
  FleetOutcome outcome;
  outcome.fleet_id = text_of(answer->root(), "fleetId");
  for (const auto item : answer->root().child("fleetInstanceSet").children("item")) read_instances(outcome, item);
  for (const auto item : answer->root().child("errorSet").children("item"))
    outcome.errors.push_back(fleet_error_of(region_, item));
  return outcome;
}

}  // namespace hotaru::aws
