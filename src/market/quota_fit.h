#pragma once

#include <optional>
#include <string_view>

#include "catalog/catalog.h"

namespace hotaru::market {

/// What so many vCPUs of a family are good for.
struct QuotaFit {
  const catalog::InstanceType* type = nullptr;
  int count = 0;  ///< instances; 0: not even one
};

/// By the cheapest type of the family in the region: one with a whole NVIDIA GPU and x86 if there is one, else any.
/// nullopt where the region offers none of the family. Pure.
std::optional<QuotaFit> quota_fit(const catalog::Catalog& catalog, std::string_view region, std::string_view family,
                                  bool spot, double free_vcpus);

}  // namespace hotaru::market
