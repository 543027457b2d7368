#include "catalog/stored_rows.h"

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/stored.h"

namespace hotaru::catalog {

namespace {

/// Neither a tab nor a line break, and nothing that begins a region.
std::string cell(std::string_view text) {
  std::string fit = printable(std::string(text));
  if (fit.starts_with('@')) fit[0] = ' ';
  return fit;
}

int flag(bool value) { return value ? 1 : 0; }

}  // namespace

std::string row_of(const InstanceType& type) {
  return fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", cell(type.name),
                     cell(type.arch), type.vcpus, type.memory_mib, cell(type.gpu_manufacturer), cell(type.gpu_name),
                     type.gpu_count, type.logical_gpu_count, type.gpu_partition, type.gpu_memory_mib,
                     type.local_nvme_gb, cell(type.network), flag(type.efa), cell(type.ena), flag(type.bare_metal),
                     cell(type.virtualization), cell(type.boot_modes), cell(type.usage_classes),
                     flag(type.current_generation));
}

std::string row_of(const Offering& offering) {
  return fmt::format("{}\t{}\n", cell(offering.type), cell(offering.zone_ids));
}

std::string row_of(const PriceRow& price) { return fmt::format("{}\t{}\n", cell(price.type), price.usd_per_hour); }

std::string row_of(const SpotPrice& price) {
  return fmt::format("{}\t{}\t{}\n", cell(price.type), cell(price.zone_id), price.usd_per_hour);
}

std::string row_of(const StoragePrice& price) { return fmt::format("{}\t{}\n", cell(price.kind), price.usd_per_month); }

}  // namespace hotaru::catalog
