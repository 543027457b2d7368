#pragma once

#include <future>
#include <string>
#include <vector>

#include "market/survey.h"

namespace hotaru::market {

/// The spot placement scores of a survey: one call for all regions, under way while the regions are asked theirs.
class Placement {
 public:
  /// Begins to ask, unless that makes no sense or it is remembered. `open`: regions that are enabled.
  Placement(const SurveySeams& seams, const SurveyRequest& request, const std::vector<std::string>& open);
  /// Waits for the answer and puts it where it belongs; a note where EC2 does not tell.
  void tell(Survey& survey);

 private:
  using Scores = std::vector<aws::PlacementScore>;
  bool recall();
  void remember() const;

  const SurveySeams& seams_;
  std::string fact_;  ///< what they are remembered by; "": nothing was to be asked
  std::string home_;
  std::future<Result<Scores>> answer_;
  Scores scores_;
  TimePoint asked_{};
};

}  // namespace hotaru::market
