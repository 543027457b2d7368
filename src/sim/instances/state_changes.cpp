#include <fmt/format.h>
#include <algorithm>

#include "base/text.h"
#include "sim/describe.h"
#include "sim/instances/actions.h"
#include "sim/instances/endings.h"
#include "sim/instances/instance_xml.h"
#include "sim/instances/life.h"
#include "sim/instances/room.h"
#include "sim/instances/transitions.h"
#include "sim/trouble.h"

namespace hotaru::sim::actions {

namespace {

/// The instances that the call names, each once; all must exist (EC2 does all or none).
ApiResult<std::vector<std::string>> named_instances(const Context& context, const std::vector<std::string>& ids) {
  if (ids.empty()) return refuse("InvalidParameterCombination", "No instances specified");
  std::vector<std::string> unique;
  std::vector<std::string> missing;
  for (const std::string& id : ids) {
    if (!is_id("i", id)) return std::unexpected(malformed_id(id_forms::instance, id));
    if (!context.state.instances.find(id)) missing.push_back(id);
    if (std::ranges::find(unique, id) == unique.end()) unique.push_back(id);
  }
  if (!missing.empty()) return std::unexpected(no_such_id(id_forms::instance, missing));
  return unique;
}

ApiError wrong_state(const Instance& instance, std::string_view what) {
  return {400, "IncorrectInstanceState",
          fmt::format("The instance '{}' is not in a state from which it can be {}.", instance.id, what)};
}

/// What begins all of them: reads, settles, looks up, checks each, and answers to DryRun.
template <class Check>
ApiResult<std::vector<std::string>> begin(Context& context, const Parameters& parameters, Check check) {
  const auto ids = parameters.list("InstanceId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (!context.machines) return refuse("Unavailable", "This simulator has no machines.", 503);
  settle(context);
  auto unique = named_instances(context, ids);
  if (!unique) return unique;
  for (const std::string& id : *unique)
    if (Refusal no = check(*context.state.instances.find(id))) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  return unique;
}

/// Changes each by `change` (which says "" or why not) and tells the states before and after.
template <class Change>
Xml change_all(Context& context, const std::vector<std::string>& ids, Change change) {
  Xml xml;
  xml.set("instancesSet", ids, [&](const std::string& id, Xml& item) {
    const std::string before = context.state.instances.find(id)->state;
    change(id);
    item.text("instanceId", id);
    write_state(item, "currentState", context.state.instances.find(id)->state);
    write_state(item, "previousState", before);
  });
  return xml;
}

bool active(const Instance& instance) { return instance.state == "pending" || instance.state == "running"; }

Refusal check_root(const Instance& instance) {
  if (instance.state != "stopped" || !instance.root_volume_id.empty()) return std::nullopt;
  return ApiError{
      400, "InvalidParameterValue",
      fmt::format("Invalid value '{}' for instanceId. Instance does not have a volume attached at root ({})",
                  instance.id, instance.root_device_name)};
}

/// Its place was given away when it stopped.
Refusal check_room(const Context& context, const Instance& instance) {
  const catalog::InstanceType* type = catalog::find_type(instance.instance_type);
  if (instance.state != "stopped" || type == nullptr) return std::nullopt;
  const std::string market = instance.lifecycle == "spot" ? "spot" : "on-demand";
  const auto room = room_for(context, *type, instance.zone, market, 1, 1);
  return room ? Refusal{} : Refusal{room.error()};
}

}  // namespace

ApiResult<Xml> start_instances(Context& context, const Parameters& parameters) {
  parameters.ignore("AdditionalInfo");
  auto ids = begin(context, parameters, [](const Instance& instance) -> Refusal {
    if (active(instance) || instance.state == "stopped") return std::nullopt;
    return wrong_state(instance, "started");
  });
  if (!ids) return std::unexpected(ids.error());
  for (const std::string& id : *ids)
    if (auto no = check_root(*context.state.instances.find(id))) return std::unexpected(*no);
  for (const std::string& id : *ids)
    if (auto no = check_room(context, *context.state.instances.find(id))) return std::unexpected(*no);
  for (const std::string& id : *ids) {
    Instance instance = *context.state.instances.find(id);
    if (instance.state != "stopped" || !instance.public_ip_wanted || !instance.public_ip.empty()) continue;
    if (auto no = give_public_address(context, instance)) return std::unexpected(*no);
    context.state.instances.put(std::move(instance));
  }
  std::vector<std::string> starting;
  Xml xml = change_all(context, *ids, [&](const std::string& id) {
    if (active(*context.state.instances.find(id))) return;
    context.state.instances.put(begin_start(*context.state.instances.find(id), context.now()));
    starting.push_back(id);
  });
  start_later(context, starting);
  return xml;
}

ApiResult<Xml> stop_instances(Context& context, const Parameters& parameters) {
  const bool force = parameters.flag("Force");
  const bool skip_shutdown = parameters.flag("SkipOsShutdown");
  if (parameters.flag("Hibernate"))
    parameters.refuse("UnsupportedHibernationConfiguration",
                      "This instance is not configured for hibernation on demand.");
  auto ids = begin(context, parameters, check_stop);
  if (!ids) return std::unexpected(ids.error());
  return change_all(context, *ids, [&](const std::string& id) {
    stop_instance(context.world, context.state, context.machines, id, force || skip_shutdown, context.now(),
                  context.later);
  });
}

ApiResult<Xml> reboot_instances(Context& context, const Parameters& parameters) {
  auto ids = begin(context, parameters, [](const Instance& instance) -> Refusal {
    if (active(instance)) return std::nullopt;
    return wrong_state(instance, "rebooted");
  });
  if (!ids) return std::unexpected(ids.error());
  for (const std::string& id : *ids)
    context.later.push_back([machines = context.machines, id] { note_trouble("reboot " + id, machines->reboot(id)); });
  return done();
}

ApiResult<Xml> terminate_instances(Context& context, const Parameters& parameters) {
  const bool force = parameters.flag("Force");
  const bool skip_shutdown = parameters.flag("SkipOsShutdown");
  auto ids = begin(context, parameters, check_termination);
  if (!ids) return std::unexpected(ids.error());
  return change_all(context, *ids, [&](const std::string& id) {
    terminate_instance(context.world, context.state, context.machines, id, force || skip_shutdown, context.now(),
                       context.later);
  });
}

}  // namespace hotaru::sim::actions
