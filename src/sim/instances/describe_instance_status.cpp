#include "base/text.h"
#include "sim/alarms/metrics.h"
#include "sim/empty_filters.h"
#include "sim/instances/actions.h"
#include "sim/instances/instance_xml.h"
#include "sim/instances/life.h"
#include "sim/instances/transitions.h"

namespace hotaru::sim::actions {

namespace {

/// How one of the two checks goes, in EC2's words: nothing is checked unless the instance runs, and then it is
/// `initializing` until the machine is up, or until it should have been.
class Checks {
 public:
  explicit Checks(const Context& context) : context_(context) {}

  std::string status(const Instance& instance, StatusCheck check) const {
    if (instance.state == "pending") return "initializing";
    if (instance.state != "running") return "not-applicable";
    if (fails(instance, check)) return "impaired";
    return instance.booted ? "ok" : "initializing";
  }
  std::string reachability(const Instance& instance, StatusCheck check) const {
    if (fails(instance, check)) return "failed";
    return instance.booted ? "passed" : "initializing";
  }

 private:
  bool fails(const Instance& instance, StatusCheck check) const {
    const auto metrics = metrics_of(context_.world, context_.region, instance);
    return sim::fails(metrics, check, context_.now());
  }
  const Context& context_;
};

FilterTable<Instance> filters(const Checks& checks) {
  FilterTable<Instance> table;
  table["availability-zone"] = [](const Instance& one) { return Values{one.zone}; };
  table["availability-zone-id"] = [](const Instance& one) { return Values{one.zone_id}; };
  table["instance-state-name"] = [](const Instance& one) { return Values{one.state}; };
  table["instance-state-code"] = [](const Instance& one) { return std::vector{std::to_string(state_code(one.state))}; };
  constexpr std::pair<const char*, StatusCheck> kinds[] = {{"instance-status", StatusCheck::instance},
                                                           {"system-status", StatusCheck::system}};
  for (const auto& [name, check] : kinds) {
    table[std::string(name) + ".status"] = [&checks, check](const Instance& one) {
      return std::vector{checks.status(one, check)};
    };
    table[std::string(name) + ".reachability"] = [&checks, check](const Instance& one) {
      return std::vector{checks.reachability(one, check)};
    };
  }
  add_false_filters(table, {"operator.managed"});
  add_empty_filters(table, {"event.code", "event.description", "event.instance-event-id", "event.not-after",
                            "event.not-before", "event.not-before-deadline", "operator.principal",
                            "attached-ebs-status.status", "application-status.status"});
  return table;
}

Xml check_xml(const Checks& checks, const Instance& instance, StatusCheck check) {
  Xml xml;
  const std::string status = checks.status(instance, check);
  xml.text("status", status);
  if (status == "not-applicable") return xml;
  Xml detail;
  detail.text("name", "reachability").text("status", checks.reachability(instance, check));
  return xml.element("details", Xml{}.element("item", detail));
}

}  // namespace

ApiResult<Xml> describe_instance_status(Context& context, const Parameters& parameters) {
  parameters.flag("IncludeManagedResources");  // there are none
  const bool all = parameters.flag("IncludeAllInstances");
  settle(context);
  const Checks checks(context);
  Description<Instance> how{"InstanceId", id_forms::instance, {}};
  if (parameters.has("Filter")) how.filters = filters(checks);
  if (!all) how.wanted = [](const Instance& one) { return one.state == "running"; };
  auto page = describe(context, parameters, context.state.instances, how);
  if (!page) return std::unexpected(page.error());
  Xml xml;
  xml.set("instanceStatusSet", page->items, [&](const Instance* one, Xml& item) {
    item.text("instanceId", one->id).text("availabilityZone", one->zone).text("availabilityZoneId", one->zone_id);
    write_state(item, "instanceState", one->state);
    item.element("systemStatus", check_xml(checks, *one, StatusCheck::system))
        .element("instanceStatus", check_xml(checks, *one, StatusCheck::instance));
  });
  page->write_token(xml);
  return xml;
}

}  // namespace hotaru::sim::actions
