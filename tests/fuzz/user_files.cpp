// What users keep: a plan that was written down, their preferences, and what they say of a GPU.
#include "catalog/gpus.h"
#include "cli/plan_text.h"
#include "fuzz/fuzz.h"
#include "store/preferences.h"

namespace hotaru {

HOTARU_FUZZ(input) {
  using fuzz::require;
  const std::string text(input);
  if (const auto plan = cli::parse_plan(text, "plan.json")) {
    require(!plan->places.empty(), "a plan has places");
    require(plan->request.disk_gib >= 0, "a disk is not less than nothing");
    const auto again = cli::parse_plan(cli::plan_json(*plan, {}, nullptr, TimePoint{}, true), "plan.json");
    if (fuzz::is_utf8(text)) require(again && again->places.size() == plan->places.size(), "a plan reads back");
  }
  if (const auto preferences = store::parse_preferences(text, "config"))
    for (const auto& [key, value] : *preferences) require(!key.empty(), "a preference has a name");
  if (const auto wish = catalog::parse_gpu_wish(catalog::built_in(), text))
    require(!wish->name.empty() || wish->memory_gb > 0, "a wish is for something");
}

}  // namespace hotaru
