#pragma once

#include "sim/action.h"

/// The actions on networks and addresses. Each is documented by the EC2 API Reference under its own name.
namespace hotaru::sim::actions {

// vpcs.cpp
ApiResult<Xml> describe_vpcs(Context&, const Parameters&);
ApiResult<Xml> create_vpc(Context&, const Parameters&);
ApiResult<Xml> create_default_vpc(Context&, const Parameters&);
ApiResult<Xml> delete_vpc(Context&, const Parameters&);

// vpc_attributes.cpp
ApiResult<Xml> describe_vpc_attribute(Context&, const Parameters&);
ApiResult<Xml> modify_vpc_attribute(Context&, const Parameters&);
ApiResult<Xml> modify_vpc_tenancy(Context&, const Parameters&);
ApiResult<Xml> associate_vpc_cidr_block(Context&, const Parameters&);
ApiResult<Xml> disassociate_vpc_cidr_block(Context&, const Parameters&);

// subnets.cpp
ApiResult<Xml> describe_subnets(Context&, const Parameters&);
ApiResult<Xml> create_subnet(Context&, const Parameters&);
ApiResult<Xml> create_default_subnet(Context&, const Parameters&);
ApiResult<Xml> modify_subnet_attribute(Context&, const Parameters&);
ApiResult<Xml> delete_subnet(Context&, const Parameters&);

// internet_gateways.cpp
ApiResult<Xml> describe_internet_gateways(Context&, const Parameters&);
ApiResult<Xml> create_internet_gateway(Context&, const Parameters&);
ApiResult<Xml> attach_internet_gateway(Context&, const Parameters&);
ApiResult<Xml> detach_internet_gateway(Context&, const Parameters&);
ApiResult<Xml> delete_internet_gateway(Context&, const Parameters&);

// route_tables.cpp
ApiResult<Xml> describe_route_tables(Context&, const Parameters&);
ApiResult<Xml> create_route_table(Context&, const Parameters&);
ApiResult<Xml> delete_route_table(Context&, const Parameters&);

// route_table_associations.cpp
ApiResult<Xml> associate_route_table(Context&, const Parameters&);
ApiResult<Xml> disassociate_route_table(Context&, const Parameters&);
ApiResult<Xml> replace_route_table_association(Context&, const Parameters&);

// routes.cpp
ApiResult<Xml> create_route(Context&, const Parameters&);
ApiResult<Xml> replace_route(Context&, const Parameters&);
ApiResult<Xml> delete_route(Context&, const Parameters&);

// dhcp_options.cpp
ApiResult<Xml> create_dhcp_options(Context&, const Parameters&);
ApiResult<Xml> delete_dhcp_options(Context&, const Parameters&);
ApiResult<Xml> describe_dhcp_options(Context&, const Parameters&);
ApiResult<Xml> associate_dhcp_options(Context&, const Parameters&);

// network_acls.cpp
ApiResult<Xml> describe_network_acls(Context&, const Parameters&);
ApiResult<Xml> create_network_acl(Context&, const Parameters&);
ApiResult<Xml> delete_network_acl(Context&, const Parameters&);
ApiResult<Xml> replace_network_acl_association(Context&, const Parameters&);

// network_acl_entries.cpp
ApiResult<Xml> create_network_acl_entry(Context&, const Parameters&);
ApiResult<Xml> replace_network_acl_entry(Context&, const Parameters&);
ApiResult<Xml> delete_network_acl_entry(Context&, const Parameters&);

// nothing_here.cpp: kinds of which there are none
ApiResult<Xml> describe_vpc_peering_connections(Context&, const Parameters&);
ApiResult<Xml> describe_nat_gateways(Context&, const Parameters&);
ApiResult<Xml> describe_vpc_endpoints(Context&, const Parameters&);
ApiResult<Xml> describe_egress_only_internet_gateways(Context&, const Parameters&);

// prefix_lists.cpp
ApiResult<Xml> describe_prefix_lists(Context&, const Parameters&);
ApiResult<Xml> describe_managed_prefix_lists(Context&, const Parameters&);

// placement_groups.cpp
ApiResult<Xml> create_placement_group(Context&, const Parameters&);
ApiResult<Xml> delete_placement_group(Context&, const Parameters&);
ApiResult<Xml> describe_placement_groups(Context&, const Parameters&);

// elastic_addresses.cpp
ApiResult<Xml> allocate_address(Context&, const Parameters&);
ApiResult<Xml> release_address(Context&, const Parameters&);
ApiResult<Xml> describe_addresses(Context&, const Parameters&);
ApiResult<Xml> describe_addresses_attribute(Context&, const Parameters&);

// address_associations.cpp
ApiResult<Xml> associate_address(Context&, const Parameters&);
ApiResult<Xml> disassociate_address(Context&, const Parameters&);

// create_network_interface.cpp
ApiResult<Xml> create_network_interface(Context&, const Parameters&);

// interface_attachments.cpp
ApiResult<Xml> attach_network_interface(Context&, const Parameters&);
ApiResult<Xml> detach_network_interface(Context&, const Parameters&);

// interface_attributes.cpp
ApiResult<Xml> describe_network_interface_attribute(Context&, const Parameters&);
ApiResult<Xml> modify_network_interface_attribute(Context&, const Parameters&);
ApiResult<Xml> reset_network_interface_attribute(Context&, const Parameters&);

// private_addresses.cpp
ApiResult<Xml> assign_private_ip_addresses(Context&, const Parameters&);
ApiResult<Xml> unassign_private_ip_addresses(Context&, const Parameters&);

// rule_changes.cpp
ApiResult<Xml> modify_security_group_rules(Context&, const Parameters&);
ApiResult<Xml> update_security_group_rule_descriptions_ingress(Context&, const Parameters&);
ApiResult<Xml> update_security_group_rule_descriptions_egress(Context&, const Parameters&);
ApiResult<Xml> describe_security_group_references(Context&, const Parameters&);
ApiResult<Xml> describe_stale_security_groups(Context&, const Parameters&);

}  // namespace hotaru::sim::actions
