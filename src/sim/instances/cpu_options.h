#pragma once

#include "catalog/catalog.h"
#include "sim/model.h"
#include "sim/parameters.h"

/// Cores and threads of instances, and what else a launch says that is only told (EC2 User Guide, "CPU options").
namespace hotaru::sim {

/// 1 where the type has whole cores.
int threads_per_core(const catalog::InstanceType& type);

/// CpuOptions, MaintenanceOptions, Placement.Tenancy; what an instance here cannot have is refused.
InstanceOptions read_instance_options(const Parameters& parameters);
/// InvalidParameterValue for what the type does not have.
Refusal check_cpu_options(const InstanceOptions& options, const catalog::InstanceType& type);

}  // namespace hotaru::sim
