#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/empty_filters.h"
#include "sim/instances/life.h"
#include "sim/launching/actions.h"
#include "sim/launching/spot_xml.h"

namespace hotaru::sim::launching {

namespace {

/// A spot instance's request, told from the instance: each has one, and it is fulfilled from the beginning.
struct Told {
  std::string id;
  std::string state = "active";
  std::string status = "fulfilled";
  std::string message = "Your Spot request is fulfilled.";
  const Instance* instance = nullptr;
};

Told told(const RegionState& state, const Instance& one) {
  Told request{one.spot_request_id};
  request.instance = &one;
  const SpotRequest* kept = state.spot_requests.find(request.id);
  const bool gone = one.state == "terminated" || one.state == "shutting-down";
  if (kept && kept->state == "cancelled") {
    request.state = "cancelled";
    request.status = gone ? "instance-terminated-by-user" : "request-canceled-and-instance-running";
    request.message = "Your Spot request is canceled, but your instance is still running.";
    if (gone) request.message = "Your instance was terminated by you.";
  } else if (gone) {
    request.state = "closed";
    request.status = "instance-terminated-by-user";
    request.message = "Spot Instance terminated due to user-initiated termination.";
  } else if (one.state == "stopped" || one.state == "stopping") {
    request.state = "disabled";
    request.status = "instance-stopped-by-user";
    request.message = "Your Spot instance is stopped by you.";
  }
  return request;
}

std::vector<Told> requests_of(const RegionState& state) {
  std::vector<Told> all;
  for (const auto& [id, one] : state.instances.all())
    if (!one.spot_request_id.empty()) all.push_back(told(state, one));
  std::ranges::sort(all, {}, &Told::id);
  return all;
}

FilterTable<Told> make_filters() {
  FilterTable<Told> table = {
      {"spot-instance-request-id", [](const Told& one) { return Values{one.id}; }},
      {"state", [](const Told& one) { return Values{one.state}; }},
      {"status-code", [](const Told& one) { return Values{one.status}; }},
      {"instance-id", [](const Told& one) { return Values{std::string(one.instance->id)}; }},
      {"type",
       [](const Told& one) { return Values{std::string(one.instance->spot_persistent ? "persistent" : "one-time")}; }},
      {"launched-availability-zone", [](const Told& one) { return Values{std::string(one.instance->zone)}; }},
      {"launch.instance-type", [](const Told& one) { return Values{std::string(one.instance->instance_type)}; }},
      {"launch.image-id", [](const Told& one) { return Values{std::string(one.instance->image_id)}; }},
      {"launch.key-name", [](const Told& one) { return Values{std::string(one.instance->key_name)}; }},
      {"product-description", [](const Told&) { return Values{std::string("Linux/UNIX")}; }},
      {"create-time", [](const Told& one) { return Values{iso8601(one.instance->created)}; }},
      {"status-message", [](const Told& one) { return Values{one.message}; }},
      {"launch.group-id", [](const Told& one) { return values_of(one.instance->group_ids); }},
      {"launch.monitoring-enabled", [](const Told& one) { return truth(one.instance->monitoring); }},
      {"launched-availability-zone-id", [](const Told& one) { return Values{std::string(one.instance->zone_id)}; }},
  };
  add_empty_filters(table, {"availability-zone-group",
                            "fault-code",
                            "fault-message",
                            "launch-group",
                            "launch.block-device-mapping.delete-on-termination",
                            "launch.block-device-mapping.device-name",
                            "launch.block-device-mapping.snapshot-id",
                            "launch.block-device-mapping.volume-size",
                            "launch.block-device-mapping.volume-type",
                            "launch.group-name",
                            "launch.kernel-id",
                            "launch.ramdisk-id",
                            "network-interface.addresses.primary",
                            "network-interface.delete-on-termination",
                            "network-interface.description",
                            "network-interface.device-index",
                            "network-interface.group-id",
                            "network-interface.network-interface-id",
                            "network-interface.private-ip-address",
                            "network-interface.subnet-id",
                            "spot-price",
                            "valid-from",
                            "valid-until"});
  return table;
}

const FilterTable<Told>& request_filters() {
  static const FilterTable<Told> table = make_filters();
  return table;
}

void write_specification(Xml& xml, const RegionState& state, const Instance& one) {
  xml.text("imageId", one.image_id).text_unless_empty("keyName", one.key_name);
  xml.set("groupSet", one.group_ids, [&](const SharedText& id, Xml& item) {
    const SecurityGroup* group = state.security_groups.find(id);
    item.text("groupId", id).text("groupName", group ? group->name : "");
  });
  xml.text("instanceType", one.instance_type)
      .element("placement", Xml{}.text("availabilityZone", one.zone))
      .element("monitoring", Xml{}.flag("enabled", one.monitoring))
      .text("subnetId", one.subnet_id);
}

void write(Xml& item, const RegionState& state, const Told& request) {
  const Instance& one = *request.instance;
  item.text("spotInstanceRequestId", request.id)
      .text("type", one.spot_persistent ? "persistent" : "one-time")
      .text("state", request.state)
      .element("status", Xml{}
                             .text("code", request.status)
                             .time("updateTime", one.state_since.value_or(one.created))
                             .text("message", request.message))
      .element("launchSpecification", [&](Xml& xml) { write_specification(xml, state, one); })
      .text("instanceId", one.id)
      .time("createTime", one.created)
      .text("productDescription", "Linux/UNIX")
      .text("launchedAvailabilityZone", one.zone)
      .text("instanceInterruptionBehavior", one.spot_persistent ? "stop" : "terminate");
  write_tags(item, state.tags_of(request.id));
}

ApiError no_request(const std::string& id) {
  return {400, "InvalidSpotInstanceRequestID.NotFound",
          fmt::format("The spot instance request ID '{}' does not exist", id)};
}

Refusal check_there(const std::vector<Told>& all, const std::vector<std::string>& ids) {
  for (const std::string& id : ids)
    if (std::ranges::find(all, id, &Told::id) == all.end()) return no_request(id);
  return std::nullopt;
}

}  // namespace

void write_spot_request(Xml& item, const RegionState& state, const Instance& instance) {
  write(item, state, told(state, instance));
}

ApiResult<Xml> describe_spot_instance_requests(Context& context, const Parameters& parameters) {
  const auto ids = parameters.list("SpotInstanceRequestId");
  const auto filters = read_filters(parameters, names_of(request_filters()));
  const auto request = read_page(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  settle(context);
  const auto all = requests_of(context.state);
  if (auto no = check_there(all, ids)) return std::unexpected(*no);
  std::vector<const Told*> found;
  for (const Told& one : all) {
    const bool asked = ids.empty() || std::ranges::find(ids, one.id) != ids.end();
    if (asked && passes(filters, request_filters(), one, context.state.tags_of(one.id))) found.push_back(&one);
  }
  const auto page = cut_page(request, std::move(found), [](const Told& one) { return one.id; });
  Xml xml;
  xml.set("spotInstanceRequestSet", page.items, [&](const Told* one, Xml& item) { write(item, context.state, *one); });
  page.write_token(xml);
  return xml;
}

ApiResult<Xml> cancel_spot_instance_requests(Context& context, const Parameters& parameters) {
  const auto ids = parameters.list("SpotInstanceRequestId");
  if (ids.empty())
    parameters.refuse("MissingParameter", "The request must contain the parameter SpotInstanceRequestId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle(context);
  if (auto no = check_there(requests_of(context.state), ids)) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  return Xml{}.set("spotInstanceRequestSet", ids, [&](const std::string& id, Xml& item) {
    SpotRequest kept;
    kept.id = id;
    kept.state = "cancelled";
    kept.status_updated = context.now();
    context.state.spot_requests.put(std::move(kept));
    item.text("spotInstanceRequestId", id).text("state", "cancelled");
  });
}

}  // namespace hotaru::sim::launching
