#pragma once

#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/wish_options.h"
#include "lifecycle/lifecycle.h"
#include "market/survey.h"
#include "plan/choose.h"

namespace hotaru::cli {

/// What a wish has led to.
struct Chosen {
  plan::Wish wish;
  market::Survey survey;  ///< what the offers point into
  plan::Choice choice;
  std::vector<lifecycle::Place> places;  ///< the offers as a launch takes them, the best first
};

/// Surveys the regions in which the catalogue has what is wished for, and ranks what there is. Errors: those of
/// `plan::nothing_satisfies`.
Result<Chosen> choose_places(Context& context, lifecycle::Context& cloud, const plan::Wish& wish, bool fresh);

}  // namespace hotaru::cli
