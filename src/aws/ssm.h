#pragma once

#include <map>
#include <string>
#include <vector>

#include "aws/client.h"
#include "base/result.h"

/// Systems Manager's Parameter Store: where AWS and Canonical publish which image is the newest.
namespace hotaru::aws {

struct SsmParameters {
  std::map<std::string, std::string> values;  ///< by name
  std::vector<std::string> unknown;           ///< names that the region does not have
};

/// GetParameters, in as many calls as it takes. A read: may be retried.
Result<SsmParameters> get_parameters(Client& client, const std::string& region, const std::vector<std::string>& names);

}  // namespace hotaru::aws
