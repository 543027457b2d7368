#include <fmt/format.h>

#include <algorithm>

#include "sim/describe.h"
#include "sim/instances/life.h"
#include "sim/launching/actions.h"

namespace hotaru::sim::launching {

namespace {

/// The instance that a call is about, brought up to date.
ApiResult<const Instance*> asked_instance(Context& context, const std::string& id) {
  settle(context);
  return find_by_id(context.state.instances, id_forms::instance, id);
}

bool is_gone(const Instance& instance) { return instance.state == "terminated" || instance.state == "shutting-down"; }

ApiError wrong_state(const std::string& id, const char* wanted) {
  return {400, "IncorrectInstanceState", fmt::format("The instance '{}' is not in the '{}' state.", id, wanted)};
}

ApiResult<Xml> monitor(Context& context, const Parameters& parameters, bool on) {
  auto ids = parameters.list("InstanceId");
  if (ids.empty()) parameters.refuse("MissingParameter", "The request must contain the parameter InstanceId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle(context);
  for (const std::string& id : ids)
    if (auto found = find_by_id(context.state.instances, id_forms::instance, id); !found)
      return std::unexpected(found.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  return Xml{}.set("instancesSet", ids, [&](const std::string& id, Xml& item) {
    context.state.instances.modify(id, [&](Instance& one) { one.monitoring = on; });
    item.text("instanceId", id).element("monitoring", Xml{}.text("state", on ? "pending" : "disabling"));
  });
}

struct CreditChange {
  std::string id;
  std::string credits;
  std::string code;  ///< "" if it was done
  std::string message;
};

CreditChange change_credits(Context& context, const Parameters& parameters) {
  CreditChange one{parameters.required("InstanceId"), parameters.text("CpuCredits"), "", ""};
  const Instance* instance = context.state.instances.find(one.id);
  if (!instance) {
    one.code = is_id("i", one.id) ? "InvalidInstanceID.NotFound" : "InvalidInstanceID.Malformed";
    one.message = fmt::format("The instance ID '{}' does not exist", one.id);
  } else if (!instance->instance_type.starts_with("t")) {
    one.code = "InstanceCreditSpecification.NotSupported";
    one.message = fmt::format("Instance {} does not support credit specifications", one.id);
  } else if (is_gone(*instance)) {
    one.code = "IncorrectInstanceState";
    one.message = fmt::format("The instance '{}' is not in the 'running' state.", one.id);
  }
  return one;
}

}  // namespace

ApiResult<Xml> reset_instance_attribute(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("InstanceId");
  const std::string attribute = parameters.required("Attribute");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto found = asked_instance(context, id);
  if (!found) return std::unexpected(found.error());
  // EC2 API Reference: kernel and ramdisk, of instances that have them (none here), and sourceDestCheck.
  if (attribute == "kernel" || attribute == "ramdisk") {
    if ((*found)->state != "stopped") return std::unexpected(wrong_state(id, "stopped"));
  } else if (attribute != "sourceDestCheck") {
    return refuse("InvalidParameterValue",
                  fmt::format("Value ({}) for parameter attribute is invalid. Expecting one of: kernel, ramdisk, "
                              "sourceDestCheck.",
                              attribute));
  }
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  if (attribute == "sourceDestCheck")
    context.state.instances.modify(id, [](Instance& one) { one.source_dest_check = true; });
  return done();
}

ApiResult<Xml> modify_instance_placement(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("InstanceId");
  const auto tenancy = parameters.optional_text("Tenancy");
  const std::string host = parameters.text("HostId");
  const auto group = parameters.optional_text("GroupName");
  parameters.one_of("Affinity", {"default", "host"}, "default");
  const auto partition = parameters.optional_integer("PartitionNumber");
  if (tenancy && *tenancy != "default" && *tenancy != "dedicated" && *tenancy != "host")
    parameters.invalid_value("Tenancy", *tenancy, "Expecting one of: default, dedicated, host.");
  for (const char* name : {"HostResourceGroupArn", "GroupId"}) parameters.ignore(name);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto found = asked_instance(context, id);
  if (!found) return std::unexpected(found.error());
  if (!host.empty()) return std::unexpected(no_such_id({"h", "", "InvalidHostID.NotFound", "host ID"}, {host}));
  if ((*found)->state != "stopped") return std::unexpected(wrong_state(id, "stopped"));
  if (group && !group->empty() && std::ranges::none_of(context.state.placement_groups.all(), [&](const auto& one) {
        return one.second.name == *group;
      }))
    return refuse("InvalidPlacementGroup.Unknown", fmt::format("The Placement Group '{}' is unknown.", *group));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.instances.modify(id, [&](Instance& one) {
    if (tenancy) one.options.tenancy = *tenancy;
    if (group) one.placement_group = *group;
    if (partition) one.partition = static_cast<int>(*partition);
  });
  return done();
}

ApiResult<Xml> modify_instance_credit_specification(Context& context, const Parameters& parameters) {
  parameters.ignore("ClientToken");
  settle(context);
  std::vector<CreditChange> done_well;
  std::vector<CreditChange> failed;
  for (const Parameters& one : parameters.structures("InstanceCreditSpecification")) {
    CreditChange change = change_credits(context, one);
    if (change.credits != "standard" && change.credits != "unlimited")
      one.invalid_value("CpuCredits", change.credits, "Expecting one of: standard, unlimited.");
    (change.code.empty() ? done_well : failed).push_back(std::move(change));
  }
  if (done_well.empty() && failed.empty())
    parameters.refuse("MissingParameter", "The request must contain the parameter InstanceCreditSpecification");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  for (const CreditChange& one : done_well)
    context.state.instances.modify(one.id, [&](Instance& instance) { instance.cpu_credits = one.credits; });
  return Xml{}
      .set("successfulInstanceCreditSpecificationSet", done_well,
           [](const CreditChange& one, Xml& item) { item.text("instanceId", one.id); })
      .set("unsuccessfulInstanceCreditSpecificationSet", failed, [](const CreditChange& one, Xml& item) {
        item.text("instanceId", one.id).element("error", Xml{}.text("code", one.code).text("message", one.message));
      });
}

ApiResult<Xml> modify_instance_maintenance_options(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("InstanceId");
  const std::string recovery = parameters.one_of("AutoRecovery", {"default", "disabled"}, "");
  const std::string migration = parameters.one_of("RebootMigration", {"default", "disabled"}, "");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto found = asked_instance(context, id);
  if (!found) return std::unexpected(found.error());
  if (is_gone(**found)) return std::unexpected(wrong_state(id, "running"));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  if (!recovery.empty())
    context.state.instances.modify(id, [&](Instance& one) { one.options.auto_recovery = recovery; });
  Xml xml;
  xml.text("instanceId", id).text("autoRecovery", context.state.instances.find(id)->options.auto_recovery);
  return xml.text_unless_empty("rebootMigration", migration);
}

ApiResult<Xml> monitor_instances(Context& context, const Parameters& parameters) {
  return monitor(context, parameters, true);
}

ApiResult<Xml> unmonitor_instances(Context& context, const Parameters& parameters) {
  return monitor(context, parameters, false);
}

ApiResult<Xml> get_password_data(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("InstanceId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto found = asked_instance(context, id);
  if (!found) return std::unexpected(found.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  // Only Windows has one, and the sim launches none.
  return Xml{}.text("instanceId", id).time("timestamp", context.now()).text("passwordData", "");
}

}  // namespace hotaru::sim::launching
