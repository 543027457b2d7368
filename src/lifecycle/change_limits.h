#pragma once

#include "lifecycle/find.h"
#include "lifecycle/lifecycle.h"
#include "lifecycle/wait.h"

namespace hotaru::lifecycle {

/// An instance that is about to be started gets the limits that are wished, and needs a new time limit if its own has
/// passed: `conflict` with the code `limit_passed`. One that is still stopping is waited for.
Result<void> limit_before_start(Context& context, const Located& located, const LimitWish& wish, Waiter& waiter);

}  // namespace hotaru::lifecycle
