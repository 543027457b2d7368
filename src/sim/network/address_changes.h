#pragma once

#include <string>

#include "sim/action.h"

/// Public addresses come and go. The world's lock is held.
namespace hotaru::sim {

/// A free public address of the simulator's, or EC2's refusal.
ApiResult<std::string> take_public_address(Context& context);

/// Associates an elastic address with a private address of an interface. What was there before goes: another elastic
/// address stays allocated, an automatic one is given back.
void associate(Context& context, const std::string& allocation_id, const std::string& interface_id,
               const std::string& private_ip, const std::string& association_id);

/// Takes an elastic address from whom it is associated with; one that is associated with nobody stays as it is.
void disassociate(RegionState& state, const std::string& allocation_id);

/// Of all that an interface has, before it goes.
void disassociate_all(RegionState& state, const NetworkInterface& one);

/// An instance that runs and lost its elastic address has an automatic one again, if it was launched with one and has
/// one interface alone (EC2 User Guide, "Public IPv4 addresses").
void give_automatic_address(Context& context, const std::string& instance_id);

/// Later: the VPC's machines know who has which address.
void tell_of_addresses(Context& context, const std::string& vpc_id, const std::string& instance_id);

}  // namespace hotaru::sim
