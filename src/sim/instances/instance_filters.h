#pragma once

#include "sim/describe.h"

namespace hotaru::sim {

/// The filters of DescribeInstances (EC2 API Reference). The state must outlive the table.
FilterTable<Instance> instance_filters(const RegionState& state);
/// Those of DescribeNetworkInterfaces.
FilterTable<NetworkInterface> interface_filters(const RegionState& state);
/// Parts of instance_filters: on its network interfaces, and on what few look at.
void add_interface_filters(FilterTable<Instance>& table, const RegionState& state);
void add_option_filters(FilterTable<Instance>& table);

/// Ids among which the instances are that pass the filters, where an index tells (Description::narrow).
std::optional<std::vector<std::string>> instances_among(const RegionState& state, const std::vector<Filter>& filters);

/// The names of security groups, in the order of their ids.
std::vector<std::string> group_names(const RegionState& state, const std::vector<SharedText>& group_ids);

}  // namespace hotaru::sim
