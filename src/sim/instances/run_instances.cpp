#include <algorithm>

#include "sim/fleets/template_data.h"
#include "sim/instances/actions.h"
#include "sim/instances/instance_xml.h"
#include "sim/instances/launch.h"
#include "sim/instances/life.h"
#include "sim/services/parameters.h"

namespace hotaru::sim::actions {

namespace {

/// What a call with this token launched before; empty if none did.
std::vector<const Instance*> launched_with(const Context& context, const std::string& token) {
  std::vector<const Instance*> launched;
  for (const SharedText& id : context.state.instances.index().by_token().ids(token))
    launched.push_back(context.state.instances.find(id));
  std::ranges::sort(launched, {}, &Instance::launch_index);
  return launched;
}

ApiResult<Xml> repeat(const Context& context, const LaunchRequest& request,
                      const std::vector<const Instance*>& launched) {
  // EC2 API Reference, "Ensuring idempotency".
  if (launched.front()->request_digest != request.digest)
    return refuse("IdempotentParameterMismatch",
                  "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).");
  if (std::ranges::all_of(launched, [](const Instance* one) { return one->state == "terminated"; }))
    return refuse("IdempotentInstanceTerminated",
                  "The instance that was launched by the previous request with this client token is terminated.");
  Xml xml;
  write_reservation(xml, context.state, launched);
  return xml;
}

}  // namespace

ApiResult<Xml> run_instances(Context& context, const Parameters& asked) {
  const auto from_template = with_template(context, asked);
  if (!from_template) return std::unexpected(from_template.error());
  const Parameters& parameters = from_template->parameters;
  LaunchRequest request = read_launch_request(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (!context.machines) return refuse("Unavailable", "This simulator has no machines.", 503);
  settle(context);
  if (const auto launched = launched_with(context, request.client_token); !launched.empty())
    return repeat(context, request, launched);
  auto resolved = services::resolve_image(context, request.image_id);
  if (!resolved) return std::unexpected(resolved.error());
  request.image_id = *std::move(resolved);
  auto plan = plan_launch(context, request);
  if (!plan) return std::unexpected(plan.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  if (from_template->source) add_template_tags(*from_template->source, request);
  auto launched = launch(context, request, *std::move(plan));
  if (!launched) return std::unexpected(launched.error());
  std::vector<std::string> ids;
  for (const Instance* one : *launched) ids.emplace_back(one->id);
  start_launched(context, ids);
  Xml xml;
  write_reservation(xml, context.state, *launched);
  return xml;
}

}  // namespace hotaru::sim::actions
