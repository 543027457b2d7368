#include <fmt/format.h>

#include <algorithm>

#include "lifecycle/choose.h"
#include "lifecycle/transaction.h"

namespace hotaru::lifecycle {
namespace {

/// Places in their order, cut where the region changes: a launch has its name, key and image in one region.
std::vector<std::vector<Place>> by_region(const std::vector<Place>& places) {
  std::vector<std::vector<Place>> runs;
  for (const Place& place : places) {
    if (runs.empty() || runs.back().back().region != place.region) runs.emplace_back();
    runs.back().push_back(place);
  }
  return runs;
}

/// The same plan for the places of another region.
Result<LaunchPlan> move_to(Context& context, const LaunchPlan& first, const std::vector<Place>& places) {
  Request request = first.request;
  request.from = first.from;
  request.zone.clear();
  return plan(context, request, places);
}

Result<Launched> run(Context& context, const LaunchPlan& launch_plan, std::vector<Refusal>& refusals) {
  Transaction transaction(context, launch_plan);
  auto ready = transaction.prepare();
  auto launched = ready ? transaction.launch() : Result<Launched>(pass(ready));
  refusals.insert(refusals.end(), transaction.refusals().begin(), transaction.refusals().end());
  if (!launched) return transaction.give_up(launched.error());
  launched->refusals = refusals;
  return launched;
}

/// What was tried, for the last word: "3 offers in 2 regions said no".
Error all_refused(Error error, const std::vector<Refusal>& refusals) {
  if (refusals.size() < 2) return error;
  std::vector<std::string> regions;
  for (const Refusal& one : refusals)
    if (std::ranges::find(regions, one.place.region) == regions.end()) regions.push_back(one.place.region);
  error.message = fmt::format("{} offers in {} region{} said no, the last one: {}", refusals.size(), regions.size(),
                              regions.size() == 1 ? "" : "s", error.message);
  return error;
}

}  // namespace

Result<Launched> launch(Context& context, const LaunchPlan& launch_plan) {
  if (launch_plan.existing) {
    auto located = locate(context, {launch_plan.existing->id, launch_plan.existing->region});
    if (!located) return pass(located);
    return bring_up(context, *located, launch_plan.request.wait, launch_plan.request.patience);
  }
  auto runs = by_region(launch_plan.places);
  if (runs.empty()) runs.emplace_back();
  std::vector<Refusal> refusals;
  Error last;
  for (std::size_t index = 0; index < runs.size(); ++index) {
    LaunchPlan here = launch_plan;
    here.places = runs[index];
    if (index > 0) {
      auto moved = move_to(context, launch_plan, runs[index]);
      if (!moved) {
        if (moved.error().kind == ErrorClass::interrupted) return pass(moved);
        context.progress({"refused", fmt::format("{}: {}", runs[index][0].region, moved.error().message)});
        continue;
      }
      here = std::move(*moved);
    }
    auto launched = run(context, here, refusals);
    if (launched) return launched;
    last = launched.error();
    if (!moves_on(last)) return launched;
  }
  return std::unexpected(all_refused(last, refusals));
}

}  // namespace hotaru::lifecycle
