#pragma once

#include "lifecycle/lifecycle.h"

namespace hotaru::lifecycle {

/// Kept for ten minutes, for `refused_lately`. A cache that cannot be written costs a call the next time, nothing more.
void remember_refusal(Context& context, const Refusal& refusal);

}  // namespace hotaru::lifecycle
