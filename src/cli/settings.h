#pragma once

#include "base/environment.h"
#include "base/result.h"

namespace hotaru::cli {

/// What `hotaru config` has of cloud, profile and region stands in for HOTARU_CLOUD, AWS_PROFILE and AWS_REGION where
/// those are not set.
Result<void> apply_settings(Environment& environment);

}  // namespace hotaru::cli
