#include <algorithm>
#include <span>

#include "sim/action.h"
#include "sim/actions/actions.h"
#include "sim/fleets/actions.h"
#include "sim/iam/actions.h"
#include "sim/instances/actions.h"
#include "sim/launching/actions.h"
#include "sim/network/actions.h"
#include "sim/storage/actions.h"

namespace hotaru::sim {

namespace {

// Every action there is. A new one is a file under actions/ (or beside its kin), its declaration, and a line here.
constexpr Action all_actions[] = {
    {"ec2", "AllocateAddress", actions::allocate_address},
    {"ec2", "AssignPrivateIpAddresses", actions::assign_private_ip_addresses},
    {"ec2", "AssociateAddress", actions::associate_address},
    {"ec2", "AssociateDhcpOptions", actions::associate_dhcp_options},
    {"ec2", "AssociateRouteTable", actions::associate_route_table},
    {"ec2", "AssociateVpcCidrBlock", actions::associate_vpc_cidr_block},
    {"ec2", "AttachInternetGateway", actions::attach_internet_gateway},
    {"ec2", "AttachNetworkInterface", actions::attach_network_interface},
    {"ec2", "AttachVolume", actions::attach_volume},
    {"ec2", "AuthorizeSecurityGroupEgress", actions::authorize_security_group_egress},
    {"ec2", "AuthorizeSecurityGroupIngress", actions::authorize_security_group_ingress},
    {"ec2", "CopyImage", actions::copy_image},
    {"ec2", "CopySnapshot", actions::copy_snapshot},
    {"ec2", "CreateDefaultSubnet", actions::create_default_subnet},
    {"ec2", "CreateDefaultVpc", actions::create_default_vpc},
    {"ec2", "CreateDhcpOptions", actions::create_dhcp_options},
    {"ec2", "CreateFleet", actions::create_fleet},
    {"ec2", "CreateImage", actions::create_image},
    {"ec2", "CreateInternetGateway", actions::create_internet_gateway},
    {"ec2", "CreateLaunchTemplate", actions::create_launch_template},
    {"ec2", "CreateLaunchTemplateVersion", actions::create_launch_template_version},
    {"ec2", "CreateNetworkAcl", actions::create_network_acl},
    {"ec2", "CreateNetworkAclEntry", actions::create_network_acl_entry},
    {"ec2", "CreateNetworkInterface", actions::create_network_interface},
    {"ec2", "CreatePlacementGroup", actions::create_placement_group},
    {"ec2", "CreateRoute", actions::create_route},
    {"ec2", "CreateRouteTable", actions::create_route_table},
    {"ec2", "CreateSecurityGroup", actions::create_security_group},
    {"ec2", "CreateSnapshot", actions::create_snapshot},
    {"ec2", "CreateSnapshots", actions::create_snapshots},
    {"ec2", "CreateSubnet", actions::create_subnet},
    {"ec2", "CreateTags", actions::create_tags},
    {"ec2", "CreateVolume", actions::create_volume},
    {"ec2", "CreateVpc", actions::create_vpc},
    {"ec2", "DeleteDhcpOptions", actions::delete_dhcp_options},
    {"ec2", "DeleteFleets", actions::delete_fleets},
    {"ec2", "DeleteInternetGateway", actions::delete_internet_gateway},
    {"ec2", "DeleteKeyPair", actions::delete_key_pair},
    {"ec2", "DeleteLaunchTemplate", actions::delete_launch_template},
    {"ec2", "DeleteNetworkAcl", actions::delete_network_acl},
    {"ec2", "DeleteNetworkAclEntry", actions::delete_network_acl_entry},
    {"ec2", "DeleteNetworkInterface", actions::delete_network_interface},
    {"ec2", "DeletePlacementGroup", actions::delete_placement_group},
    {"ec2", "DeleteRoute", actions::delete_route},
    {"ec2", "DeleteRouteTable", actions::delete_route_table},
    {"ec2", "DeleteSecurityGroup", actions::delete_security_group},
    {"ec2", "DeleteSnapshot", actions::delete_snapshot},
    {"ec2", "DeleteSubnet", actions::delete_subnet},
    {"ec2", "DeleteTags", actions::delete_tags},
    {"ec2", "DeleteVolume", actions::delete_volume},
    {"ec2", "DeleteVpc", actions::delete_vpc},
    {"ec2", "DeregisterImage", actions::deregister_image},
    {"ec2", "DescribeAddresses", actions::describe_addresses},
    {"ec2", "DescribeAddressesAttribute", actions::describe_addresses_attribute},
    {"ec2", "DescribeAvailabilityZones", actions::describe_availability_zones},
    {"ec2", "DescribeDhcpOptions", actions::describe_dhcp_options},
    {"ec2", "DescribeEgressOnlyInternetGateways", actions::describe_egress_only_internet_gateways},
    {"ec2", "DescribeFleets", actions::describe_fleets},
    {"ec2", "DescribeImageAttribute", actions::describe_image_attribute},
    {"ec2", "DescribeImages", actions::describe_images},
    {"ec2", "DescribeInstanceAttribute", actions::describe_instance_attribute},
    {"ec2", "DescribeInstanceCreditSpecifications", actions::describe_instance_credit_specifications},
    {"ec2", "DescribeInstanceStatus", actions::describe_instance_status},
    {"ec2", "DescribeInstanceTypeOfferings", actions::describe_instance_type_offerings},
    {"ec2", "DescribeInstanceTypes", actions::describe_instance_types},
    {"ec2", "DescribeInstances", actions::describe_instances},
    {"ec2", "DescribeInternetGateways", actions::describe_internet_gateways},
    {"ec2", "DescribeKeyPairs", actions::describe_key_pairs},
    {"ec2", "DescribeLaunchTemplateVersions", actions::describe_launch_template_versions},
    {"ec2", "DescribeLaunchTemplates", actions::describe_launch_templates},
    {"ec2", "DescribeManagedPrefixLists", actions::describe_managed_prefix_lists},
    {"ec2", "DescribeNatGateways", actions::describe_nat_gateways},
    {"ec2", "DescribeNetworkAcls", actions::describe_network_acls},
    {"ec2", "DescribeNetworkInterfaceAttribute", actions::describe_network_interface_attribute},
    {"ec2", "DescribeNetworkInterfaces", actions::describe_network_interfaces},
    {"ec2", "DescribePlacementGroups", actions::describe_placement_groups},
    {"ec2", "DescribePrefixLists", actions::describe_prefix_lists},
    {"ec2", "DescribeRegions", actions::describe_regions},
    {"ec2", "DescribeRouteTables", actions::describe_route_tables},
    {"ec2", "DescribeSecurityGroupReferences", actions::describe_security_group_references},
    {"ec2", "DescribeSecurityGroupRules", actions::describe_security_group_rules},
    {"ec2", "DescribeSecurityGroups", actions::describe_security_groups},
    {"ec2", "DescribeSnapshotAttribute", actions::describe_snapshot_attribute},
    {"ec2", "DescribeSnapshots", actions::describe_snapshots},
    {"ec2", "DescribeSpotPriceHistory", actions::describe_spot_price_history},
    {"ec2", "DescribeStaleSecurityGroups", actions::describe_stale_security_groups},
    {"ec2", "DescribeSubnets", actions::describe_subnets},
    {"ec2", "DescribeTags", actions::describe_tags},
    {"ec2", "DescribeVolumeAttribute", actions::describe_volume_attribute},
    {"ec2", "DescribeVolumeStatus", actions::describe_volume_status},
    {"ec2", "DescribeVolumes", actions::describe_volumes},
    {"ec2", "DescribeVolumesModifications", actions::describe_volumes_modifications},
    {"ec2", "DescribeVpcAttribute", actions::describe_vpc_attribute},
    {"ec2", "DescribeVpcEndpoints", actions::describe_vpc_endpoints},
    {"ec2", "DescribeVpcPeeringConnections", actions::describe_vpc_peering_connections},
    {"ec2", "DescribeVpcs", actions::describe_vpcs},
    {"ec2", "DetachInternetGateway", actions::detach_internet_gateway},
    {"ec2", "DetachNetworkInterface", actions::detach_network_interface},
    {"ec2", "DetachVolume", actions::detach_volume},
    {"ec2", "DisableEbsEncryptionByDefault", actions::disable_ebs_encryption_by_default},
    {"ec2", "DisassociateAddress", actions::disassociate_address},
    {"ec2", "DisassociateRouteTable", actions::disassociate_route_table},
    {"ec2", "DisassociateVpcCidrBlock", actions::disassociate_vpc_cidr_block},
    {"ec2", "EnableEbsEncryptionByDefault", actions::enable_ebs_encryption_by_default},
    {"ec2", "EnableVolumeIO", actions::enable_volume_io},
    {"ec2", "GetConsoleOutput", actions::get_console_output},
    {"ec2", "GetEbsDefaultKmsKeyId", actions::get_ebs_default_kms_key_id},
    {"ec2", "GetEbsEncryptionByDefault", actions::get_ebs_encryption_by_default},
    {"ec2", "GetSpotPlacementScores", actions::get_spot_placement_scores},
    {"ec2", "ImportKeyPair", actions::import_key_pair},
    {"ec2", "ModifyEbsDefaultKmsKeyId", actions::modify_ebs_default_kms_key_id},
    {"ec2", "ModifyImageAttribute", actions::modify_image_attribute},
    {"ec2", "ModifyInstanceAttribute", actions::modify_instance_attribute},
    {"ec2", "ModifyInstanceMetadataOptions", actions::modify_instance_metadata_options},
    {"ec2", "ModifyNetworkInterfaceAttribute", actions::modify_network_interface_attribute},
    {"ec2", "ModifySecurityGroupRules", actions::modify_security_group_rules},
    {"ec2", "ModifySnapshotAttribute", actions::modify_snapshot_attribute},
    {"ec2", "ModifySubnetAttribute", actions::modify_subnet_attribute},
    {"ec2", "ModifyVolume", actions::modify_volume},
    {"ec2", "ModifyVolumeAttribute", actions::modify_volume_attribute},
    {"ec2", "ModifyVpcAttribute", actions::modify_vpc_attribute},
    {"ec2", "ModifyVpcTenancy", actions::modify_vpc_tenancy},
    {"ec2", "RebootInstances", actions::reboot_instances},
    {"ec2", "RegisterImage", actions::register_image},
    {"ec2", "ReleaseAddress", actions::release_address},
    {"ec2", "ReplaceNetworkAclAssociation", actions::replace_network_acl_association},
    {"ec2", "ReplaceNetworkAclEntry", actions::replace_network_acl_entry},
    {"ec2", "ReplaceRoute", actions::replace_route},
    {"ec2", "ReplaceRouteTableAssociation", actions::replace_route_table_association},
    {"ec2", "ResetEbsDefaultKmsKeyId", actions::reset_ebs_default_kms_key_id},
    {"ec2", "ResetImageAttribute", actions::reset_image_attribute},
    {"ec2", "ResetNetworkInterfaceAttribute", actions::reset_network_interface_attribute},
    {"ec2", "ResetSnapshotAttribute", actions::reset_snapshot_attribute},
    {"ec2", "RevokeSecurityGroupEgress", actions::revoke_security_group_egress},
    {"ec2", "RevokeSecurityGroupIngress", actions::revoke_security_group_ingress},
    {"ec2", "RunInstances", actions::run_instances},
    {"ec2", "StartInstances", actions::start_instances},
    {"ec2", "StopInstances", actions::stop_instances},
    {"ec2", "TerminateInstances", actions::terminate_instances},
    {"ec2", "UnassignPrivateIpAddresses", actions::unassign_private_ip_addresses},
    {"ec2", "UpdateSecurityGroupRuleDescriptionsEgress", actions::update_security_group_rule_descriptions_egress},
    {"ec2", "UpdateSecurityGroupRuleDescriptionsIngress", actions::update_security_group_rule_descriptions_ingress},
};

}  // namespace

const Action* find_action(std::string_view service, std::string_view name) {
  const auto in = [&](std::span<const Action> actions) {
    const auto found =
        std::ranges::find_if(actions, [&](const Action& one) { return one.service == service && one.name == name; });
    return found == actions.end() ? nullptr : &*found;
  };
  const Action* found = in(all_actions);
  if (found == nullptr) found = in(launching::actions());
  return found != nullptr ? found : in(iam::actions());
}

Refusal dry_run(const Parameters& parameters) {
  if (!parameters.flag("DryRun")) return std::nullopt;
  return ApiError{412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set."};
}

Xml done() { return Xml{}.flag("return", true); }

}  // namespace hotaru::sim
