#pragma once

#include <vector>

#include "sim/world.h"
#include "sim/xml.h"

namespace hotaru::sim {

/// The inside of an <item> of instancesSet.
void write_instance(Xml& xml, const RegionState& state, const Instance& instance);
/// The inside of a reservation: ids, groups and its instances (at least one).
void write_reservation(Xml& xml, const RegionState& state, const std::vector<const Instance*>& instances);
/// <NAME><code>…</code><name>…</name></NAME>
void write_state(Xml& xml, std::string_view name, std::string_view state);
/// <groupSet> of ids and names.
void write_groups(Xml& xml, const RegionState& state, const std::vector<SharedText>& group_ids);
enum class InterfaceForm {
  of_instance,  ///< within an instance
  described,    ///< by DescribeNetworkInterfaces: some names differ, and zone, tags and instance are told
};
void write_interface(Xml& xml, const RegionState& state, const NetworkInterface& one, InterfaceForm form);
/// The inside of an interface's <attachment>.
Xml attachment_xml(const RegionState& state, const NetworkInterface& one, bool described);
/// Of an instance's first interface it is the instance's.
bool source_dest_check(const RegionState& state, const NetworkInterface& one);
/// The inside of <metadataOptions> (<instanceMetadataOptions> in ModifyInstanceMetadataOptions).
Xml metadata_options_xml(const Instance& instance);
/// <blockDeviceMapping>
void write_devices(Xml& xml, const RegionState& state, const Instance& instance);

}  // namespace hotaru::sim
