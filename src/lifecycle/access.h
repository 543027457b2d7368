#pragma once

#include <string>
#include <vector>

#include "aws/ec2.h"
#include "lifecycle/lifecycle.h"

namespace hotaru::lifecycle {

/// The rule that lets those ranges in to port 22.
aws::Permission ssh_permission(const std::vector<std::string>& cidrs, const std::string& description);
/// Whether an address of one form lies in a range of it ("198.51.100.7" in "198.51.100.0/24").
bool contains(const std::string& cidr, const std::string& address);
/// The ranges asked for, checked; the caller's own address if none is.
Result<std::vector<std::string>> choose_ranges(Context& context, const std::vector<std::string>& from);
/// True for an endpoint that is not AWS's own: nothing of AWS may be asked then.
bool has_own_endpoint(const Context& context);

}  // namespace hotaru::lifecycle
