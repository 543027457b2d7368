#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <set>

#include "base/text.h"
#include "cli/command.h"
#include "cli/offers.h"
#include "cli/talk.h"
#include "cli/wish_options.h"
#include "plan/choose.h"

namespace hotaru::cli {
namespace {

constexpr std::size_t shown_rows = 20;
constexpr std::size_t regions_of_a_type = 3;

struct FindOptions {
  WishOptions wish;
  std::string gpu;
  bool all = false;
};

void declare_options(Options& options, FindOptions& values) {
  options.argument("GPU", values.gpu, false, "as --gpu: T4, \"A100 80GB\", 24GiB, T4:4");
  declare_wish(options, values.wish);
  options.flag("-a,--all", values.all, "every region of every type");
}

/// Of each type and market the first few regions, and not too many in all.
std::vector<OfferRow> few_of(const std::vector<OfferRow>& rows) {
  std::map<std::pair<std::string_view, bool>, std::size_t> seen;
  std::vector<OfferRow> few;
  for (const OfferRow& row : rows) {
    if (few.size() == shown_rows) break;
    if (++seen[{row.offer.type->name, row.offer.spot}] <= regions_of_a_type) few.push_back(row);
  }
  return few;
}

std::string dates_of(const std::vector<OfferRow>& rows) {
  std::set<std::string_view> dates;
  for (const OfferRow& row : rows)
    if (row.offer.usd_per_hour) dates.insert(row.offer.price_as_of);
  if (dates.empty()) return "No price is known.";
  const std::string span =
      dates.size() == 1 ? std::string(*dates.begin()) : fmt::format("{} to {}", *dates.begin(), *dates.rbegin());
  return fmt::format("Prices as of {}, Linux, before tax", span);
}

void tell_rest(Context& context, const std::vector<OfferRow>& rows, std::size_t shown) {
  std::string line = dates_of(rows);
  const bool estimated = std::ranges::any_of(rows, [](const OfferRow& row) { return row.offer.estimated; });
  if (estimated) line += "; ~ is estimated by EC2's usual savings on spot";
  context.err() << sentence(line) << "\n";
  if (shown < rows.size()) context.err() << fmt::format("{} of {} rows; the others: --all\n", shown, rows.size());
}

Result<int> run_command(const FindOptions& values, Context& context) {
  WishOptions options = values.wish;
  if (options.gpu.empty()) options.gpu = values.gpu;
  auto catalog = context.catalog();
  if (!catalog) return pass(catalog);
  auto wish = read_wish(options, context, **catalog);
  if (!wish) return pass(wish);
  if (auto known = check_names(*wish, **catalog); !known) return pass(known);
  const market::Market market = offline_market(context, **catalog, *wish);
  const TimePoint now = context.clock().now();
  const plan::Choice choice = plan::choose(*wish, market, now, false);
  if (choice.offers.empty()) {
    Error error = plan::nothing_satisfies(plan::choose(*wish, market, now), *wish, market);
    if (wish->round_trip) error.hint = sentence(error.hint) + " Round trips are measured by `hotaru regions`.";
    return std::unexpected(error);
  }
  const std::vector<OfferRow> rows = rows_of(choice.offers);
  const std::vector<OfferRow> shown = values.all ? rows : few_of(rows);
  if (context.json()) {
    context.out() << offers_json(rows);
    return 0;
  }
  context.out() << offers_table(shown);
  tell_rest(context, rows, shown.size());
  return 0;
}

constexpr Example examples[] = {
    {"hotaru find T4", "where a T4 is cheapest"},
    {"hotaru find \"A100 80GB\" --all", "every region that has one"},
    {"hotaru find 24GiB --spot --max-price 0.5", "a GPU with 24 GB or more, on spot, for at most $0.50 an hour"},
    {"hotaru find --gpu L4:4 --region ap-northeast-1 -o json", "four L4 in Tokyo, for programs"},
    {"hotaru find --cuda 8.0 --sort gb", "the most GPU memory for the money, for bfloat16"},
};

}  // namespace

extern const Command find_command{
    .name = "find",
    .summary = "Find instance types by GPU, size and price; offline",
    .arguments = "[GPU]",
    .about =
        "Looks through the built-in catalogue (or what `hotaru catalog refresh` brought): no account, no network. One\n"
        "row is one type in one region; without --all the three cheapest regions of each type. GB and GiB of GPU\n"
        "memory are not told apart: what counts is what stands on the box.",
    .examples = examples,
    .make = bound<FindOptions>,
};

}  // namespace hotaru::cli
