#pragma once

#include "lifecycle/lifecycle.h"

/// The third line of limits: whoever reads an instance past its time ends it.
namespace hotaru::lifecycle {

/// Its tag says that it should have ended, by so much that its guard can no longer be on the way to it. One started
/// past its limit has the guard's quarter of an hour. Pure.
bool is_expired(const Facts& facts, TimePoint now);

/// Ends it as it was to end, without waiting; `facts` say how it is then.
Result<Settled> end_expired(Context& context, Facts& facts);

}  // namespace hotaru::lifecycle
