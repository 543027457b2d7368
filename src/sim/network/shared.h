#pragma once

#include <initializer_list>
#include <string>

#include "sim/action.h"

/// What the actions on networks share.
namespace hotaru::sim {

/// Gives a resource the tags that the call has for its type.
void tag_made(Context& context, const std::map<std::string, std::map<std::string, std::string>>& by_type,
              const std::string& type, const std::string& id);

/// Makes a VPC with what EC2 gives each: main route table, default security group. Its id.
std::string make_vpc(Context& context, Vpc vpc);

/// `Value ( 10.0.0.0 ) for parameter cidrBlock is invalid. This is not a valid CIDR block.`, or nothing.
Refusal check_cidr(const std::string& text);

/// Refuses parameters of EC2's, given by name, that the simulator can do nothing about (UnsupportedOperation).
void refuse_unsupported(const Parameters& parameters, std::initializer_list<const char*> names);

/// The simulator has no IPv6: refuses parameters that ask for it.
void refuse_ipv6(const Parameters& parameters);

/// A zone of the region, by name or id (one of them may be empty); EC2's refusal for another one. Neither: the first.
ApiResult<Zone> find_zone(const Context& context, const std::string& name, const std::string& id);

/// Later: the whole VPC's machines are told who they are and what they may, after addresses or routes changed.
void refresh_vpc_later(Context& context, const std::string& vpc_id);

}  // namespace hotaru::sim
