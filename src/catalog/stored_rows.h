#pragma once

#include <charconv>
#include <cstring>
#include <string_view>
#include <tuple>

#include "catalog/catalog.h"

/// Rows of a stored catalogue, read from lines. In the header because a hundred thousand of them are read at a start.
namespace hotaru::catalog {

/// The cells of a line, one after the other; after the last one "".
class Cells {
 public:
  explicit Cells(std::string_view line) : rest_(line) {}

  std::string_view next() {
    ended_ = ended_ || exhausted_;
    if (exhausted_) return {};
    const void* tab = std::memchr(rest_.data(), '\t', rest_.size());
    if (tab == nullptr) {
      exhausted_ = true;
      return rest_;
    }
    const auto length = static_cast<std::size_t>(static_cast<const char*>(tab) - rest_.data());
    const std::string_view cell = rest_.substr(0, length);
    rest_.remove_prefix(length + 1);
    return cell;
  }
  /// A whole number that is not negative.
  bool number(int& into) {
    const std::string_view cell = next();
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), into);
    return error == std::errc() && end == cell.data() + cell.size() && into >= 0;
  }
  bool number(double& into) {
    const std::string_view cell = next();
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), into);
    return error == std::errc() && end == cell.data() + cell.size() && into >= 0 && into < 1e6;
  }
  bool flag(bool& into) {
    const std::string_view cell = next();
    into = cell == "1";
    return into || cell == "0";
  }
  /// As many cells were asked for as there are.
  bool done() const { return exhausted_ && !ended_; }

 private:
  std::string_view rest_;
  bool exhausted_ = false;
  bool ended_ = false;  ///< one more was asked for than there are
};

/// What stands above the rows of a region.
struct RowPlace {
  std::string_view region;
  std::string_view asked;
  std::string_view as_of;
};

// False if the line is no such row. Views point into it.

inline bool read_row(std::string_view line, const RowPlace& place, Offering& row) {
  Cells cells(line);
  row = {place.region, cells.next(), cells.next()};
  return cells.done() && !row.type.empty() && !row.zone_ids.empty();
}

inline bool read_row(std::string_view line, const RowPlace& place, PriceRow& row) {
  Cells cells(line);
  row = {place.region, cells.next(), 0, place.as_of};
  return cells.number(row.usd_per_hour) && cells.done() && !row.type.empty() && row.usd_per_hour > 0;
}

inline bool read_row(std::string_view line, const RowPlace& place, SpotPrice& row) {
  Cells cells(line);
  row = {place.region, cells.next(), cells.next(), 0, place.as_of};
  return cells.number(row.usd_per_hour) && cells.done() && !row.type.empty() && row.usd_per_hour > 0;
}

inline bool read_row(std::string_view line, const RowPlace& place, StoragePrice& row) {
  Cells cells(line);
  row = {place.region, cells.next(), 0, place.as_of};
  return cells.number(row.usd_per_month) && cells.done() && !row.kind.empty() && row.usd_per_month > 0;
}

inline bool read_row(std::string_view line, const RowPlace&, InstanceType& row) {
  Cells cells(line);
  row.name = cells.next();
  row.arch = cells.next();
  const bool sizes = cells.number(row.vcpus) && cells.number(row.memory_mib);
  row.gpu_manufacturer = cells.next();
  row.gpu_name = cells.next();
  const bool gpus = cells.number(row.gpu_count) && cells.number(row.logical_gpu_count) &&
                    cells.number(row.gpu_partition) && cells.number(row.gpu_memory_mib);
  if (!sizes || !gpus || !cells.number(row.local_nvme_gb)) return false;
  row.network = cells.next();
  const bool efa = cells.flag(row.efa);
  row.ena = cells.next();
  const bool bare = cells.flag(row.bare_metal);
  row.virtualization = cells.next();
  row.boot_modes = cells.next();
  row.usage_classes = cells.next();
  return efa && bare && cells.flag(row.current_generation) && cells.done() && !row.name.empty();
}

/// By what rows of one region are sorted.
inline std::string_view key_of(const InstanceType& row) { return row.name; }
inline std::string_view key_of(const Offering& row) { return row.type; }
inline std::string_view key_of(const PriceRow& row) { return row.type; }
inline std::string_view key_of(const StoragePrice& row) { return row.kind; }
inline std::tuple<std::string_view, std::string_view> key_of(const SpotPrice& row) { return {row.type, row.zone_id}; }

}  // namespace hotaru::catalog
