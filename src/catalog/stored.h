#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/catalog.h"

/// A refreshed catalogue as it lies in a folder of the cache: a file for each part, so that a part which could not be
/// had keeps what it had. The files are text:
///
///     hotaru catalogue 1 <tab> offerings <tab> ROWS
///     @us-east-1 <tab> 2026-11-22T01:02:03Z <tab> 2026-11-22
///     g4dn.xlarge <tab> use1-az1+use1-az2
///
/// A line with '@' begins what one region told: when it was asked, and of what day the answer is. Regions stand in
/// order, and their rows too.
namespace hotaru::catalog {

/// The names of the parts, which are those of their files.
namespace part {
inline constexpr std::string_view types = "types";
inline constexpr std::string_view offerings = "offerings";
inline constexpr std::string_view prices = "prices";
inline constexpr std::string_view spot = "spot";
inline constexpr std::string_view storage = "storage";
}  // namespace part

/// Types are the same wherever they are offered: they stand below this in place of a region.
inline constexpr std::string_view everywhere = "all";

/// What one region told of a part.
struct StoredRegion {
  std::string asked;  ///< ISO 8601
  std::string as_of;  ///< "2026-11-22"
  std::string rows;   ///< lines of row_of, sorted, each with its newline
};
/// By region.
using StoredRegions = std::map<std::string, StoredRegion>;

/// A row as it is written, with its newline. What is not fit for a line of text is made so.
std::string row_of(const InstanceType& type);
std::string row_of(const Offering& offering);
std::string row_of(const PriceRow& price);
std::string row_of(const SpotPrice& price);
std::string row_of(const StoragePrice& price);

/// Empty where there is none; `invalid` where it is damaged.
Result<StoredRegions> read_stored_part(const std::filesystem::path& folder, std::string_view part);
Result<void> write_stored_part(const std::filesystem::path& folder, std::string_view part,
                               const StoredRegions& regions);

/// Told in a sentence what was ignored.
using StoredNote = std::function<void(const std::string& sentence)>;

/// `base` with what the folder has in its place: a region that was refreshed wholly so, the others as they were. A
/// damaged file is ignored, with a note. Reads the files whole; rows point into them.
Catalog with_stored(const Catalog& base, const std::filesystem::path& folder, const StoredNote& note);

}  // namespace hotaru::catalog
