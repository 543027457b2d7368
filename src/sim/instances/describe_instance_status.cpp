#include "base/text.h"
#include "sim/describe.h"
#include "sim/instances/actions.h"
#include "sim/instances/instance_xml.h"
#include "sim/instances/life.h"
#include "sim/instances/transitions.h"

namespace hotaru::sim::actions {

namespace {

/// As EC2 says it: nothing is checked unless it runs, and then it is `initializing` until the machine is up.
std::string check_status(const Instance& instance) {
  if (instance.state == "pending") return "initializing";
  if (instance.state != "running") return "not-applicable";
  return instance.booted ? "ok" : "initializing";
}

std::string reachability(const Instance& instance) { return instance.booted ? "passed" : "initializing"; }

FilterTable<Instance> filters() {
  FilterTable<Instance> table;
  table["availability-zone"] = [](const Instance& one) { return Values{one.zone}; };
  table["availability-zone-id"] = [](const Instance& one) { return Values{one.zone_id}; };
  table["instance-state-name"] = [](const Instance& one) { return Values{one.state}; };
  table["instance-state-code"] = [](const Instance& one) { return std::vector{std::to_string(state_code(one.state))}; };
  for (const char* name : {"instance-status.status", "system-status.status"})
    table[name] = [](const Instance& one) { return std::vector{check_status(one)}; };
  for (const char* name : {"instance-status.reachability", "system-status.reachability"})
    table[name] = [](const Instance& one) { return std::vector{reachability(one)}; };
  return table;
}

Xml check_xml(const Instance& instance) {
  Xml xml;
  const std::string status = check_status(instance);
  xml.text("status", status);
  if (status == "not-applicable") return xml;
  Xml detail;
  detail.text("name", "reachability").text("status", reachability(instance));
  return xml.element("details", Xml{}.element("item", detail));
}

}  // namespace

ApiResult<Xml> describe_instance_status(Context& context, const Parameters& parameters) {
  const bool all = parameters.flag("IncludeAllInstances");
  settle(context);
  Description<Instance> how{"InstanceId", id_forms::instance, {}};
  if (parameters.has("Filter")) how.filters = filters();
  if (!all) how.wanted = [](const Instance& one) { return one.state == "running"; };
  auto page = describe(context, parameters, context.state.instances, how);
  if (!page) return std::unexpected(page.error());
  Xml xml;
  xml.set("instanceStatusSet", page->items, [](const Instance* one, Xml& item) {
    item.text("instanceId", one->id).text("availabilityZone", one->zone).text("availabilityZoneId", one->zone_id);
    write_state(item, "instanceState", one->state);
    item.element("systemStatus", check_xml(*one)).element("instanceStatus", check_xml(*one));
  });
  page->write_token(xml);
  return xml;
}

}  // namespace hotaru::sim::actions
