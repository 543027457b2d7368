#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/span.h"
#include "lifecycle/lifecycle.h"

namespace hotaru::lifecycle {

/// Tells the ledger what was seen of an instance. No call; nothing where there is no ledger, and what it cannot write
/// stands in nobody's way.
void note_sighting(Context& context, const std::string& region, const aws::Instance& instance,
                   const std::optional<HourlyPrice>& price = {}, int disk_gib = 0);
/// EC2 no longer knows it.
void note_gone(Context& context, const std::string& id);

/// Dollars an hour that a stopped instance goes on to bill, by the ledger; nullopt where it is not stopped, 0 where its
/// disk is not known. No call.
std::optional<double> stopped_rate(Context& context, const Facts& facts);

struct Costs {
  std::vector<ledger::Span> spans;   ///< all that is known, brought up to date
  std::vector<std::string> unknown;  ///< sentences: what cannot be known
  std::vector<RegionError> errors;   ///< regions that could not be read: as they were last seen
};
/// Reads instances and volumes of ours in `regions` (empty: those in use; all enabled ones where the ledger has nothing
/// yet) and brings the ledger up to date. Two calls a region.
Result<Costs> costs(Context& context, const std::vector<std::string>& regions = {});

}  // namespace hotaru::lifecycle
