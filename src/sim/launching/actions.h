#pragma once

#include <span>

#include "sim/action.h"

/// What launchers ask beside launching, by file. Each is documented by the EC2 API Reference under its own name.
namespace hotaru::sim::launching {

/// All of them.
std::span<const Action> actions();

// profile_associations.cpp
ApiResult<Xml> associate_iam_instance_profile(Context&, const Parameters&);
ApiResult<Xml> disassociate_iam_instance_profile(Context&, const Parameters&);
ApiResult<Xml> replace_iam_instance_profile_association(Context&, const Parameters&);
ApiResult<Xml> describe_iam_instance_profile_associations(Context&, const Parameters&);

// create_key_pair.cpp
ApiResult<Xml> create_key_pair(Context&, const Parameters&);

// template_changes.cpp
ApiResult<Xml> modify_launch_template(Context&, const Parameters&);
ApiResult<Xml> delete_launch_template_versions(Context&, const Parameters&);
ApiResult<Xml> get_launch_template_data(Context&, const Parameters&);

// instance_options.cpp
ApiResult<Xml> reset_instance_attribute(Context&, const Parameters&);
ApiResult<Xml> modify_instance_placement(Context&, const Parameters&);
ApiResult<Xml> modify_instance_credit_specification(Context&, const Parameters&);
ApiResult<Xml> modify_instance_maintenance_options(Context&, const Parameters&);
ApiResult<Xml> monitor_instances(Context&, const Parameters&);
ApiResult<Xml> unmonitor_instances(Context&, const Parameters&);
ApiResult<Xml> get_password_data(Context&, const Parameters&);

// spot_requests.cpp
ApiResult<Xml> describe_spot_instance_requests(Context&, const Parameters&);
ApiResult<Xml> cancel_spot_instance_requests(Context&, const Parameters&);

// request_spot_instances.cpp
ApiResult<Xml> request_spot_instances(Context&, const Parameters&);

// account.cpp
ApiResult<Xml> describe_account_attributes(Context&, const Parameters&);
ApiResult<Xml> get_serial_console_access_status(Context&, const Parameters&);

// nothing_there.cpp: what the sim's account has none of.
ApiResult<Xml> describe_reserved_instances(Context&, const Parameters&);
ApiResult<Xml> describe_reserved_instances_offerings(Context&, const Parameters&);
ApiResult<Xml> describe_capacity_reservations(Context&, const Parameters&);
ApiResult<Xml> describe_hosts(Context&, const Parameters&);
ApiResult<Xml> describe_spot_fleet_requests(Context&, const Parameters&);
ApiResult<Xml> describe_instance_connect_endpoints(Context&, const Parameters&);
ApiResult<Xml> describe_bundle_tasks(Context&, const Parameters&);

}  // namespace hotaru::sim::launching
