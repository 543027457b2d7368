#include "sim/launching/actions.h"

namespace hotaru::sim::launching {

namespace {

constexpr Action all_actions[] = {
    {"ec2", "AssociateIamInstanceProfile", associate_iam_instance_profile},
    {"ec2", "CancelSpotInstanceRequests", cancel_spot_instance_requests},
    {"ec2", "CreateKeyPair", create_key_pair},
    {"ec2", "DeleteLaunchTemplateVersions", delete_launch_template_versions},
    {"ec2", "DescribeAccountAttributes", describe_account_attributes},
    {"ec2", "DescribeBundleTasks", describe_bundle_tasks},
    {"ec2", "DescribeCapacityReservations", describe_capacity_reservations},
    {"ec2", "DescribeHosts", describe_hosts},
    {"ec2", "DescribeIamInstanceProfileAssociations", describe_iam_instance_profile_associations},
    {"ec2", "DescribeInstanceConnectEndpoints", describe_instance_connect_endpoints},
    {"ec2", "DescribeReservedInstances", describe_reserved_instances},
    {"ec2", "DescribeReservedInstancesOfferings", describe_reserved_instances_offerings},
    {"ec2", "DescribeSpotFleetRequests", describe_spot_fleet_requests},
    {"ec2", "DescribeSpotInstanceRequests", describe_spot_instance_requests},
    {"ec2", "DisassociateIamInstanceProfile", disassociate_iam_instance_profile},
    {"ec2", "GetLaunchTemplateData", get_launch_template_data},
    {"ec2", "GetPasswordData", get_password_data},
    {"ec2", "GetSerialConsoleAccessStatus", get_serial_console_access_status},
    {"ec2", "ModifyInstanceCreditSpecification", modify_instance_credit_specification},
    {"ec2", "ModifyInstanceMaintenanceOptions", modify_instance_maintenance_options},
    {"ec2", "ModifyInstancePlacement", modify_instance_placement},
    {"ec2", "ModifyLaunchTemplate", modify_launch_template},
    {"ec2", "MonitorInstances", monitor_instances},
    {"ec2", "ReplaceIamInstanceProfileAssociation", replace_iam_instance_profile_association},
    {"ec2", "RequestSpotInstances", request_spot_instances},
    {"ec2", "ResetInstanceAttribute", reset_instance_attribute},
    {"ec2", "UnmonitorInstances", unmonitor_instances},
};

}  // namespace

std::span<const Action> actions() { return all_actions; }

}  // namespace hotaru::sim::launching
