#pragma once

#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "sim/control/folder.h"

namespace hotaru::sim {

/// The exact bill, as JSON, of a sim that does not run: from what it has written down. `conflict` if one begins to run.
Result<std::string> bill_of_folder(const SimFolder& folder, Clock& clock, Random& random);

}  // namespace hotaru::sim
