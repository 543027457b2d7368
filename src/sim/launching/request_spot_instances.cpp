#include <fmt/format.h>

#include "sim/describe.h"
#include "sim/instances/launch.h"
#include "sim/instances/life.h"
#include "sim/launching/actions.h"
#include "sim/launching/spot_xml.h"
#include "sim/services/parameters.h"

namespace hotaru::sim::launching {

namespace {

/// The same as RunInstances takes it.
std::map<std::string, std::string> launch_form(const Parameters& parameters, std::int64_t count) {
  auto form = parameters.below("LaunchSpecification");
  parameters.ignore("LaunchSpecification");
  form["MinCount"] = form["MaxCount"] = std::to_string(count);
  form["InstanceMarketOptions.MarketType"] = "spot";
  form["InstanceMarketOptions.SpotOptions.SpotInstanceType"] =
      parameters.one_of("Type", {"one-time", "persistent"}, "one-time");
  form["InstanceMarketOptions.SpotOptions.InstanceInterruptionBehavior"] =
      parameters.one_of("InstanceInterruptionBehavior", {"terminate", "stop", "hibernate"}, "terminate");
  if (const std::string price = parameters.text("SpotPrice"); !price.empty())
    form["InstanceMarketOptions.SpotOptions.MaxPrice"] = price;
  if (const std::string token = parameters.text("ClientToken"); !token.empty()) form["ClientToken"] = token;
  int number = 0;
  for (const Parameters& one : parameters.structures("TagSpecification")) {
    for (const auto& [name, value] : one.all_below())
      form[fmt::format("TagSpecification.{}.{}", number + 1, name)] = value;
    ++number;
  }
  parameters.ignore("TagSpecification");
  return form;
}

/// What a call with this token launched before.
std::vector<std::string> launched_with(const Context& context, const std::string& token) {
  std::vector<std::string> ids;
  for (const SharedText& id : context.state.instances.index().by_token().ids(token)) ids.emplace_back(id);
  return ids;
}

Xml answer(const Context& context, const std::vector<std::string>& ids) {
  return Xml{}.set("spotInstanceRequestSet", ids, [&](const std::string& id, Xml& item) {
    write_spot_request(item, context.state, *context.state.instances.find(id));
  });
}

}  // namespace

ApiResult<Xml> request_spot_instances(Context& context, const Parameters& parameters) {
  const std::int64_t count = parameters.integer("InstanceCount", 1);
  for (const char* name : {"ValidFrom", "ValidUntil", "LaunchGroup", "AvailabilityZoneGroup", "BlockDurationMinutes"})
    parameters.ignore(name);
  const Parameters form(launch_form(parameters, count));
  if (auto no = parameters.finish()) return std::unexpected(*no);
  LaunchRequest request = read_launch_request(form);
  if (auto no = form.finish()) return std::unexpected(*no);
  if (!context.machines) return refuse("Unavailable", "This simulator has no machines.", 503);
  settle(context);
  if (const auto before = launched_with(context, request.client_token); !before.empty()) return answer(context, before);
  auto resolved = services::resolve_image(context, request.image_id);
  if (!resolved) return std::unexpected(resolved.error());
  request.image_id = *std::move(resolved);
  auto plan = plan_launch(context, request);
  if (!plan) return std::unexpected(plan.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const auto launched = launch(context, request, *std::move(plan));
  if (!launched) return std::unexpected(launched.error());
  std::vector<std::string> ids;
  for (const Instance* one : *launched) ids.emplace_back(one->id);
  start_launched(context, ids);
  return answer(context, ids);
}

}  // namespace hotaru::sim::launching
