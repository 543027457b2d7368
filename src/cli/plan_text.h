#pragma once

#include <string>

#include "cli/choose_places.h"
#include "cli/context.h"
#include "lifecycle/lifecycle.h"
#include "price/price.h"

/// A launch plan for people and for programs.
namespace hotaru::cli {

/// Tax and currency as the user has settled them (`hotaru config`).
Result<price::Taste> taste_of(const Context& context);
/// What the plan costs in full; storage by the catalogue.
price::FullPrice price_of(const lifecycle::LaunchPlan& plan, const catalog::Catalog& catalog);
/// The best few offers, and where the rest is; what could not be known; "" where nothing was chosen.
std::string offers_text(const Chosen& chosen);
std::string plan_text(const lifecycle::LaunchPlan& plan, const price::FullPrice& price, const price::Taste& taste,
                      TimePoint now, bool simulated, Language language = Language::english);
/// `chosen` may be nullptr: type and region were named.
std::string plan_json(const lifecycle::LaunchPlan& plan, const price::FullPrice& price, const Chosen* chosen,
                      TimePoint now, bool simulated);

/// What `plan -o json` wrote, to be launched: name, image, disk and places in their order. `invalid` for anything else;
/// `name` is what errors call it.
Result<lifecycle::LaunchPlan> parse_plan(const std::string& text, const std::string& name);
Result<lifecycle::LaunchPlan> read_plan_file(const std::string& file);

}  // namespace hotaru::cli
