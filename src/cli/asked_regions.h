#pragma once

#include <string>
#include <vector>

#include "aws/regions.h"
#include "cli/context.h"
#include "cli/talk.h"
#include "lifecycle/choose.h"
#include "lifecycle/find.h"
#include "lifecycle/lifecycle.h"

/// Commands that put one question to one region or to many.
namespace hotaru::cli {

/// What they answered; a region that could not is an error beside it.
template <class T>
struct ByRegion {
  std::vector<std::pair<std::string, T>> answers;
  std::vector<lifecycle::RegionError> errors;
};

/// Those of --region, checked; all enabled ones with `everywhere`; else the one that hotaru works in.
inline Result<std::vector<std::string>> asked_regions(Context& context, lifecycle::Context& cloud, bool everywhere) {
  for (const std::string& region : context.globals().regions) {
    if (auto checked = lifecycle::check_region(cloud, region); !checked) return pass(checked);
  }
  if (!context.globals().regions.empty()) return context.globals().regions;
  if (everywhere) return lifecycle::enabled_regions(cloud);
  return std::vector<std::string>{cloud.region.empty() ? "us-east-1" : cloud.region};
}

/// `ask` takes a region's name, on threads of its own. The error of the first one where none answered.
template <class T, class Ask>
Result<ByRegion<T>> ask_each_region(lifecycle::Context& cloud, const std::vector<std::string>& regions,
                                    const Ask& ask) {
  auto answers = lifecycle::ask_regions<T>(cloud, regions, [&](const aws::Ec2& ec2) { return ask(ec2.region()); });
  ByRegion<T> result;
  for (std::size_t index = 0; index < regions.size(); ++index) {
    if (answers[index]) {
      result.answers.emplace_back(regions[index], std::move(*answers[index]));
    } else {
      result.errors.push_back({regions[index], std::move(answers[index]).error()});
    }
  }
  if (result.answers.empty() && !result.errors.empty()) return std::unexpected(std::move(result.errors[0].error));
  return result;
}

inline void tell_region_errors(Context& context, const std::vector<lifecycle::RegionError>& errors) {
  for (const auto& one : errors) tell_note(context, one.region + ": " + one.error.message);
}

}  // namespace hotaru::cli
