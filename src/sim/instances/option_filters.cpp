#include "base/text.h"
#include "sim/empty_filters.h"
#include "sim/instances/instance_filters.h"
#include "sim/network/lookups.h"

namespace hotaru::sim {

namespace {

Values known(std::string_view value) { return value.empty() ? Values{} : Values{std::string(value)}; }

void add_metadata_options(FilterTable<Instance>& table) {
  table["metadata-options.state"] = [](const Instance&) { return known("applied"); };
  table["metadata-options.http-protocol-ipv4"] = [](const Instance&) { return known("enabled"); };
  table["metadata-options.http-protocol-ipv6"] = [](const Instance& one) { return known(one.metadata_ipv6); };
  table["metadata-options.instance-metadata-tags"] = [](const Instance& one) { return known(one.metadata_tags); };
  table["metadata-options.http-put-response-hop-limit"] = [](const Instance& one) {
    return Values{std::to_string(one.metadata_hop_limit)};
  };
}

}  // namespace

void add_option_filters(FilterTable<Instance>& table) {
  add_metadata_options(table);
  table["ebs-optimized"] = [](const Instance& one) { return truth(one.ebs_optimized); };
  table["ena-support"] = [](const Instance&) { return truth(true); };
  table["current-instance-boot-mode"] = [](const Instance&) { return known("uefi"); };
  table["capacity-reservation-specification.capacity-reservation-preference"] = [](const Instance&) {
    return known("open");
  };
  table["maintenance-options.auto-recovery"] = [](const Instance& one) { return known(one.options.auto_recovery); };
  table["state-reason-message"] = [](const Instance& one) { return known(one.state_reason_message); };
  table["usage-operation"] = [](const Instance&) { return known("RunInstances"); };
  table["usage-operation-update-time"] = [](const Instance& one) {
    return Values{iso8601(one.usage_operation_update_time)};
  };
  table["private-dns-name-options.hostname-type"] = [](const Instance&) { return known("ip-name"); };
  add_false_filters(table, {"enclave-options.enabled", "hibernation-options.configured", "operator.managed",
                            "private-dns-name-options.enable-resource-name-dns-a-record",
                            "private-dns-name-options.enable-resource-name-dns-aaaa-record"});
  add_empty_filters(table, {"affinity", "boot-mode", "capacity-reservation-id",
                            "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-id",
                            "capacity-reservation-specification.capacity-reservation-target."
                            "capacity-reservation-resource-group-arn",
                            "host-id", "ipv6-address", "kernel-id", "network-performance-options.bandwidth-weighting",
                            "operator.principal", "outpost-arn", "platform", "product-code", "product-code.type",
                            "ramdisk-id", "requester-id", "tpm-support"});
}

void add_interface_filters(FilterTable<Instance>& table, const RegionState& state) {
  const auto add = [&](const std::string& name, const auto& get) {
    table["network-interface." + name] = [&state, get](const Instance& instance) {
      Values values;
      for (const NetworkInterface* each : interfaces_of(state, instance))
        for (std::string& value : get(*each)) values.push_back(std::move(value));
      return values;
    };
  };
  for (const auto& [name, get] : interface_filters(state)) add(name, get);
  const auto interfaces = interface_filters(state);
  add("attachment.network-card-index", [](const NetworkInterface&) { return known("0"); });
  add("addresses.private-dns-name", interfaces.at("private-dns-name"));
  add("addresses.association.ip-owner-id", interfaces.at("association.ip-owner-id"));
  add("addresses.association.allocation-id", interfaces.at("association.allocation-id"));
  add("addresses.association.association-id", interfaces.at("association.association-id"));
  add("addresses.association.public-dns-name", interfaces.at("association.public-dns-name"));
  add("public-dns-name", interfaces.at("association.public-dns-name"));
  add("tag-key", [&state](const NetworkInterface& one) {
    Values keys;
    for (const auto& [key, value] : state.tags_of(one.id)) keys.push_back(key);
    return keys;
  });
  add("tag-value", [&state](const NetworkInterface& one) {
    Values values;
    for (const auto& [key, value] : state.tags_of(one.id)) values.push_back(value);
    return values;
  });
  table["association.public-ip"] = table.at("network-interface.association.public-ip");
  add_empty_filters(
      table, {"network-interface.addresses.association.carrier-ip",
              "network-interface.addresses.association.customer-owned-ip", "network-interface.association.carrier-ip",
              "network-interface.association.customer-owned-ip", "network-interface.deny-all-igw-traffic",
              "network-interface.ipv4-prefixes.ipv4-prefix", "network-interface.ipv6-address",
              "network-interface.ipv6-addresses.is-primary-ipv6", "network-interface.ipv6-native",
              "network-interface.ipv6-prefixes.ipv6-prefix", "network-interface.outpost-arn"});
}

}  // namespace hotaru::sim
