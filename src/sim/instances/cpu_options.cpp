#include "sim/instances/cpu_options.h"

#include <fmt/format.h>

namespace hotaru::sim {

namespace {

void read_cpu(const Parameters& parameters, InstanceOptions& options) {
  const Parameters cpu = parameters.structure("CpuOptions");
  const auto cores = cpu.optional_integer("CoreCount");
  const auto threads = cpu.optional_integer("ThreadsPerCore");
  if (cores.has_value() != threads.has_value())
    cpu.refuse("MissingParameter",
               fmt::format("The request must contain the parameter CpuOptions.{}. Both, or none of them, are given.",
                           cores ? "ThreadsPerCore" : "CoreCount"));
  if (cores && (*cores < 1 || *cores > 1000)) cpu.invalid_value("CoreCount", std::to_string(*cores));
  if (threads && (*threads < 1 || *threads > 2)) cpu.invalid_value("ThreadsPerCore", std::to_string(*threads));
  options.cpu_cores = static_cast<int>(cores.value_or(0));
  options.cpu_threads = static_cast<int>(threads.value_or(0));
  if (cpu.one_of("AmdSevSnp", {"enabled", "disabled"}, "disabled") == "enabled")
    cpu.refuse("UnsupportedOperation", "The simulator's instances have no AMD SEV-SNP.");
  if (cpu.one_of("NestedVirtualization", {"enabled", "disabled"}, "disabled") == "enabled")
    cpu.refuse("UnsupportedOperation", "The simulator's instances have no nested virtualization.");
}

}  // namespace

int threads_per_core(const catalog::InstanceType& type) {
  const bool whole = type.arch != "x86_64" || type.name.starts_with("t1.") || type.name.starts_with("t2.") ||
                     type.name.starts_with("m1.");
  return whole || type.vcpus < 2 ? 1 : 2;
}

InstanceOptions read_instance_options(const Parameters& parameters) {
  InstanceOptions options;
  read_cpu(parameters, options);
  options.auto_recovery = parameters.one_of("MaintenanceOptions.AutoRecovery", {"default", "disabled"}, "default");
  options.tenancy = parameters.one_of("Placement.Tenancy", {"default", "dedicated", "host"}, "default");
  if (options.tenancy == "host") parameters.refuse("UnsupportedOperation", "The simulator has no Dedicated Hosts.");
  if (parameters.flag("EnclaveOptions.Enabled"))
    parameters.refuse("UnsupportedOperation", "The simulator's instances have no enclaves.");
  if (parameters.one_of("PrivateDnsNameOptions.HostnameType", {"ip-name", "resource-name"}, "ip-name") != "ip-name")
    parameters.refuse("UnsupportedOperation", "The simulator names instances by their addresses alone.");
  const Parameters reservation = parameters.structure("CapacityReservationSpecification");
  const std::string id = reservation.text("CapacityReservationTarget.CapacityReservationId");
  if (!id.empty())
    reservation.refuse("InvalidCapacityReservationId.NotFound",
                       fmt::format("The capacity reservation '{}' does not exist", id));
  if (!reservation.text("CapacityReservationTarget.CapacityReservationResourceGroupArn").empty())
    reservation.refuse("UnsupportedOperation", "The simulator has no capacity reservations.");
  reservation.ignore("CapacityReservationPreference");
  return options;
}

Refusal check_cpu_options(const InstanceOptions& options, const catalog::InstanceType& type) {
  if (options.cpu_cores == 0) return std::nullopt;
  const int threads = threads_per_core(type);
  if (options.cpu_threads <= threads && options.cpu_cores <= type.vcpus / threads) return std::nullopt;
  return ApiError{400, "InvalidParameterValue",
                  fmt::format("{} core(s) of {} thread(s) are not valid for the instance type {}, which has {} of {}.",
                              options.cpu_cores, options.cpu_threads, type.name, type.vcpus / threads, threads)};
}

}  // namespace hotaru::sim
