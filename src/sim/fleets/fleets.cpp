#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/describe.h"
#include "sim/fleets/actions.h"
#include "sim/fleets/fleet_xml.h"
#include "sim/instances/endings.h"
#include "sim/instances/transitions.h"

namespace hotaru::sim {

void write_offer_template(Xml& xml, const FleetOffer& offer) {
  xml.element("launchTemplateSpecification",
              Xml{}.text("launchTemplateId", offer.template_id).text("version", offer.version));
}

void write_overrides(Xml& xml, const FleetOffer& offer) {
  for (const auto& [name, value] : offer.overrides) {
    std::string small = name;
    small.front() = static_cast<char>(small.front() - 'A' + 'a');
    xml.text(small, value);
  }
}

namespace {

void write_offer(Xml& xml, const FleetOffer& offer) {
  xml.element("launchTemplateAndOverrides", [&](Xml& both) {
    write_offer_template(both, offer);
    both.element("overrides", [&](Xml& overrides) { write_overrides(overrides, offer); });
  });
}

}  // namespace

void write_fleet_outcome(Xml& xml, const Fleet& fleet) {
  xml.set("errorSet", fleet.failures, [](const FleetFailure& one, Xml& item) {
    write_offer(item, one.offer);
    item.text("lifecycle", one.lifecycle).text("errorCode", one.code).text("errorMessage", one.message);
  });
  xml.set("fleetInstanceSet", fleet.launches, [](const FleetLaunch& one, Xml& item) {
    write_offer(item, one.offer);
    item.text("lifecycle", one.lifecycle)
        .set_of_texts("instanceIds", "", one.instance_ids)
        .text("instanceType", one.instance_type);
  });
}

}  // namespace hotaru::sim

namespace hotaru::sim::actions {

namespace {

bool is_fleet_id(const std::string& id) {
  const auto parts = split(id, '-');
  const auto hexadecimal = [](const std::string& one) {
    return !one.empty() && one.find_first_not_of("0123456789abcdef") == std::string::npos;
  };
  return parts.size() == 6 && parts[0] == "fleet" && std::all_of(parts.begin() + 1, parts.end(), hexadecimal);
}

std::int64_t launched(const Fleet& fleet, const std::string& lifecycle) {
  std::int64_t sum = 0;
  for (const FleetLaunch& one : fleet.launches)
    if (lifecycle.empty() || one.lifecycle == lifecycle) sum += static_cast<std::int64_t>(one.instance_ids.size());
  return sum;
}

bool active(const RegionState& state, const std::string& instance_id) {
  const Instance* found = state.instances.find(instance_id);
  return found != nullptr && found->state != "terminated";
}

/// A deleted fleet is that once its instances are gone.
std::string state_of(const RegionState& state, const Fleet& fleet) {
  if (fleet.state == "active") return fleet.state;
  for (const FleetLaunch& one : fleet.launches)
    if (std::ranges::any_of(one.instance_ids, [&](const auto& id) { return active(state, id); })) return fleet.state;
  return "deleted";
}

const FilterTable<Fleet>& fleet_filters() {
  static const FilterTable<Fleet> table = {
      {"activity-status", [](const Fleet&) { return Values{std::string("fulfilled")}; }},
      {"excess-capacity-termination-policy", [](const Fleet&) { return Values{}; }},
      {"fleet-state", [](const Fleet& one) { return Values{one.state}; }},
      {"replace-unhealthy-instances", [](const Fleet&) { return truth(false); }},
      {"type", [](const Fleet&) { return Values{std::string("instant")}; }},
  };
  return table;
}

void write(const Context& context, const Fleet& fleet, Xml& item) {
  item.text("fleetId", fleet.id)
      .text("fleetState", state_of(context.state, fleet))
      .time("createTime", fleet.created)
      .text_unless_empty("clientToken", fleet.client_token)
      .text("type", "instant")
      .text("fulfilledCapacity", fmt::format("{:.1f}", static_cast<double>(launched(fleet, ""))))
      .text("fulfilledOnDemandCapacity", fmt::format("{:.1f}", static_cast<double>(launched(fleet, "on-demand"))));
  item.set("launchTemplateConfigs", fleet.offers, [](const FleetOffer& offer, Xml& config) {
    write_offer_template(config, offer);
    config.set("overrides", std::vector{&offer},
               [](const FleetOffer* one, Xml& inside) { write_overrides(inside, *one); });
  });
  item.element("targetCapacitySpecification", Xml{}
                                                  .number("totalTargetCapacity", fleet.total)
                                                  .number("onDemandTargetCapacity", fleet.on_demand)
                                                  .number("spotTargetCapacity", fleet.spot)
                                                  .text("defaultTargetCapacityType", fleet.default_market))
      .element("onDemandOptions", Xml{}.text("allocationStrategy", fleet.on_demand_strategy))
      .element("spotOptions",
               Xml{}.text("allocationStrategy", fleet.spot_strategy).text("instanceInterruptionBehavior", "terminate"));
  write_tags(item, context.state.tags_of(fleet.id));
  write_fleet_outcome(item, fleet);
}

void end_instances(Context& context, const Fleet& fleet) {
  for (const FleetLaunch& one : fleet.launches) {
    for (const std::string& id : one.instance_ids) {
      const Instance* instance = context.state.instances.find(id);
      if (instance == nullptr || instance->state == "terminated" || instance->state == "shutting-down") continue;
      terminate_instance(context.world, context.state, context.machines, id, false, context.now(), context.later);
    }
  }
}

}  // namespace

ApiResult<Xml> describe_fleets(Context& context, const Parameters& parameters) {
  const auto ids = parameters.list("FleetId");
  const auto filters = read_filters(parameters, names_of(fleet_filters()));
  const auto page_request = read_page(parameters, 1, 1000);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  // Fleets of the type instant are told only to those who name them.
  std::vector<const Fleet*> found;
  for (const std::string& id : ids) {
    if (!is_fleet_id(id)) return refuse("InvalidFleetId.Malformed", fmt::format("The fleet ID '{}' is malformed", id));
    const Fleet* fleet = context.state.fleets.find(id);
    if (fleet == nullptr) return refuse("InvalidFleetId.NotFound", fmt::format("The fleet ID '{}' does not exist", id));
    if (passes(filters, fleet_filters(), *fleet, context.state.tags_of(id))) found.push_back(fleet);
  }
  std::ranges::sort(found, {}, [](const Fleet* one) { return one->id; });
  const auto page = cut_page(page_request, std::move(found), [](const Fleet& one) { return one.id; });
  Xml xml;
  xml.set("fleetSet", page.items, [&](const Fleet* one, Xml& item) { write(context, *one, item); });
  page.write_token(xml);
  return xml;
}

ApiResult<Xml> delete_fleets(Context& context, const Parameters& parameters) {
  const auto ids = parameters.list("FleetId");
  parameters.required("TerminateInstances");
  const bool terminate = parameters.flag("TerminateInstances");
  if (ids.empty()) parameters.refuse("MissingParameter", "The request must contain the parameter FleetId");
  if (!terminate)
    parameters.refuse("InvalidParameterValue",
                      "A fleet of the type instant cannot be deleted without terminating its instances.");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (!context.machines) return refuse("Unavailable", "This simulator has no machines.", 503);
  settle(context);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  std::vector<std::string> deleted;
  std::vector<std::string> unknown;
  for (const std::string& id : ids) (context.state.fleets.find(id) != nullptr ? deleted : unknown).push_back(id);
  Xml xml;
  xml.set("successfulFleetDeletionSet", deleted, [&](const std::string& id, Xml& item) {
    const Fleet fleet = *context.state.fleets.find(id);
    end_instances(context, fleet);
    context.state.fleets.modify(id, [](Fleet& one) { one.state = "deleted_terminating"; });
    item.text("currentFleetState", "deleted_terminating").text("previousFleetState", fleet.state).text("fleetId", id);
  });
  xml.set("unsuccessfulFleetDeletionSet", unknown, [](const std::string& id, Xml& item) {
    const std::string code = is_fleet_id(id) ? "fleetIdDoesNotExist" : "fleetIdMalformed";
    item.element("error", Xml{}.text("code", code).text("message", fmt::format("The fleet ID '{}' is not known.", id)))
        .text("fleetId", id);
  });
  return xml;
}

}  // namespace hotaru::sim::actions
