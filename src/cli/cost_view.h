#pragma once

#include <string>
#include <vector>

#include "cli/language.h"
#include "ledger/bill.h"
#include "lifecycle/cost.h"
#include "price/price.h"

/// What things have cost, for people and for programs.
namespace hotaru::cli {

struct Day {
  TimePoint day;
  double usd = 0;
};

/// The bills of now: days and months are UTC's, as AWS's are.
struct CostView {
  TimePoint now{};
  ledger::Bill today;
  ledger::Bill month;
  ledger::Bill forecast;  ///< the whole month, if all goes on as it does
  std::vector<Day> days;  ///< of the month, up to today
};
CostView cost_view(const std::vector<ledger::Span>& spans, const catalog::Catalog& catalog, TimePoint now);

std::string cost_text(const CostView& view, const price::Taste& taste, bool simulated,
                      Language language = Language::english);
std::string cost_json(const CostView& view, const lifecycle::Costs& costs, const price::Taste& taste, bool simulated);
/// The days as bars; stands alone.
std::string cost_svg(const CostView& view, const price::Taste& taste, bool simulated);

}  // namespace hotaru::cli
