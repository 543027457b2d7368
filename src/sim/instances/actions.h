#pragma once

#include "sim/action.h"

/// The actions on instances and on what they hold. Each is documented by the EC2 API Reference under its own name.
namespace hotaru::sim::actions {

// run_instances.cpp
ApiResult<Xml> run_instances(Context&, const Parameters&);
/// A free public address for an instance and its interface.
Refusal give_public_address(Context& context, Instance& instance);

// describe_instances.cpp
ApiResult<Xml> describe_instances(Context&, const Parameters&);

// describe_instance_status.cpp
ApiResult<Xml> describe_instance_status(Context&, const Parameters&);

// state_changes.cpp
ApiResult<Xml> start_instances(Context&, const Parameters&);
ApiResult<Xml> stop_instances(Context&, const Parameters&);
ApiResult<Xml> reboot_instances(Context&, const Parameters&);
ApiResult<Xml> terminate_instances(Context&, const Parameters&);

// instance_attributes.cpp
ApiResult<Xml> describe_instance_attribute(Context&, const Parameters&);
ApiResult<Xml> modify_instance_attribute(Context&, const Parameters&);
ApiResult<Xml> modify_instance_metadata_options(Context&, const Parameters&);
ApiResult<Xml> describe_instance_credit_specifications(Context&, const Parameters&);

// console_output.cpp
ApiResult<Xml> get_console_output(Context&, const Parameters&);

// network_interfaces.cpp
ApiResult<Xml> describe_network_interfaces(Context&, const Parameters&);
ApiResult<Xml> delete_network_interface(Context&, const Parameters&);

}  // namespace hotaru::sim::actions
