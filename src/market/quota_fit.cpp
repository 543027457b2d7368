#include "market/quota_fit.h"

#include <limits>
#include <tuple>

#include "catalog/quotas.h"

namespace hotaru::market {

namespace {

bool is_sold(const catalog::InstanceType& type, bool spot) {
  return type.usage_classes.empty() || type.usage_classes.find(spot ? "spot" : "on-demand") != std::string_view::npos;
}

/// What most people mean by a GPU instance comes first, then what is cheap, then what is small.
auto rank(const catalog::Catalog& catalog, std::string_view region, const catalog::InstanceType& type) {
  const bool usual = type.gpu_count > 0 && type.gpu_manufacturer == "NVIDIA" && type.arch == "x86_64";
  const auto price = catalog.on_demand_price(region, type.name);
  const double usd = price ? price->usd_per_hour : std::numeric_limits<double>::max();
  return std::tuple(usual ? 0 : 1, usd, type.vcpus, type.name);
}

}  // namespace

std::optional<QuotaFit> quota_fit(const catalog::Catalog& catalog, std::string_view region, std::string_view family,
                                  bool spot, double free_vcpus) {
  const catalog::InstanceType* best = nullptr;
  for (const catalog::InstanceType& type : catalog.types()) {
    const catalog::QuotaFamily* own = catalog::quota_family_of(type.name);
    if (own == nullptr || own->name != family || !is_sold(type, spot) || type.vcpus <= 0) continue;
    if (catalog.zones_offering(region, type.name).empty()) continue;
    if (best == nullptr || rank(catalog, region, type) < rank(catalog, region, *best)) best = &type;
  }
  if (best == nullptr) return std::nullopt;
  return QuotaFit{best, free_vcpus > 0 ? static_cast<int>(free_vcpus / best->vcpus) : 0};
}

}  // namespace hotaru::market
