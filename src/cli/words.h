#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "lifecycle/lifecycle.h"
#include "price/price.h"

/// How values read for people.
namespace hotaru::cli {

/// "3 h 05 min" since an ISO 8601 time; "-" if that is none.
std::string age(const std::string& since, TimePoint now);
/// "$0.526/h"; "" if the price is not known.
std::string per_hour(const std::optional<lifecycle::HourlyPrice>& price);
/// "$0.526/h as of 2025-04-04", "(simulated: nothing is billed)" on the sim.
std::string price_sentence(const std::optional<lifecycle::HourlyPrice>& price, bool simulated);
/// "$0.007/h ($5.12 a month) until hotaru down train": what a stopped one still bills.
std::string still_bills(double usd_per_hour, const std::string& name, const price::Taste& taste);
/// " (4.2 s)": all phases together; "" where there was none.
std::string took(const lifecycle::Timings& timings);

}  // namespace hotaru::cli
