#pragma once

#include "lifecycle/lifecycle.h"
#include "lifecycle/removal.h"

namespace hotaru::lifecycle {

/// Removes what a journaled `down` set out to remove, and all that is kept of it here.
Result<Ended> finish_end(Context& context, const Remains& remains, const Patience& patience);

}  // namespace hotaru::lifecycle
