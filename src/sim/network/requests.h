#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/parameters.h"

namespace hotaru::sim {

/// The private addresses that a caller wants for an interface.
struct AddressRequest {
  std::string private_ip;  ///< "": any
  std::vector<std::string> secondary;
  std::int64_t secondary_count = 0;
};

/// PrivateIpAddress, PrivateIpAddresses.N and SecondaryPrivateIpAddressCount. Errors stay in the parameters.
void read_addresses(const Parameters& parameters, AddressRequest& request);

}  // namespace hotaru::sim
