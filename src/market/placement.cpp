#include "market/placement.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/regions.h"
#include "base/digest.h"
#include "base/text.h"

namespace hotaru::market {

namespace {

/// The call takes no more names of regions than this; without any it looks at all.
constexpr std::size_t most_named_regions = 10;
/// Of fewer types the scores are always low (EC2 User Guide, "Spot placement score").
constexpr std::size_t fewest_types = 3;
/// EC2 limits how many different questions it answers in a day.
constexpr Duration scores_age{15 * 60'000};

std::string fact_of(const SurveyRequest& request, const std::vector<std::string>& open) {
  const std::string question = join(open, " ") + " " + join(request.spot_types, " ");
  return "placement/" + hex_encode(sha256(question)).substr(0, 16);
}

}  // namespace

Placement::Placement(const SurveySeams& seams, const SurveyRequest& request, const std::vector<std::string>& open)
    : seams_(seams) {
  if (open.empty() || request.spot_types.size() < fewest_types) return;
  fact_ = fact_of(request, open);
  const bool has_home = std::ranges::find(open, request.home) != open.end();
  home_ = has_home ? request.home : open.front();
  if (!request.fresh && recall()) return;
  asked_ = seams.clock.now();
  aws::SpotPlacementScores question{.types = request.spot_types, .capacity = 1, .regions = open, .by_zone = true};
  if (open.size() > most_named_regions) question.regions.clear();
  auto ec2 = aws::Ec2(seams.client, home_).by(seams.clock.steady() + aws::patience_with_regions);
  answer_ = std::async(seams.one_by_one ? std::launch::deferred : std::launch::async,
                       [ec2, question]() mutable { return ec2.spot_placement_scores(question); });
}

bool Placement::recall() {
  const auto kept = seams_.known.fact(seams_.scope, "", fact_, scores_age);
  if (!kept || !*kept) return false;
  auto words = split(**kept, ' ');
  const auto time = parse_iso8601(words.front());
  if (!time) return false;
  asked_ = *time;
  for (std::size_t index = 1; index < words.size(); ++index) {
    const auto cells = split(words[index], '/');
    const auto score = parse_integer(cells.back());
    if (cells.size() == 3 && score) scores_.push_back({cells[0], cells[1], static_cast<int>(*score)});
  }
  return true;
}

void Placement::remember() const {
  std::string text = iso8601(asked_);
  for (const aws::PlacementScore& one : scores_) text += fmt::format(" {}/{}/{}", one.region, one.zone_id, one.score);
  (void)seams_.known.set_fact(seams_.scope, "", fact_, text);
}

void Placement::tell(Survey& survey) {
  if (fact_.empty()) return;
  if (answer_.valid()) {
    auto told = answer_.get();
    if (!told) {
      survey.notes.push_back({home_, "Spot placement scores are not known: " + sentence(told.error().message)});
      return;
    }
    scores_ = std::move(*told);
    remember();
  }
  survey.market.scores_asked = asked_;
  for (const aws::PlacementScore& one : scores_)
    for (RegionView& region : survey.market.regions)
      if (region.name == one.region) region.scores.push_back({one.zone_id, one.score});
}

}  // namespace hotaru::market
