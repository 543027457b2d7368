// What hotaru knows of EC2's types, places and prices, and bringing it up to date.
#include <fmt/format.h>

#include <ostream>

#include "base/text.h"
#include "catalog/catalog.h"
#include "cli/catalog_folder.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/render_market.h"
#include "cli/silence.h"
#include "cli/talk.h"
#include "lifecycle/choose.h"
#include "market/refresh.h"

namespace hotaru::cli {
namespace {

struct ShowOptions {};
void declare_options(Options&, ShowOptions&) {}

long rows_of(const catalog::Catalog& catalog, std::string_view part) {
  const catalog::Tables& tables = catalog.tables();
  if (part == "types") return static_cast<long>(tables.types.size());
  if (part == "offerings") return static_cast<long>(tables.offerings.size());
  if (part == "prices") return static_cast<long>(tables.prices.size());
  if (part == "storage") return static_cast<long>(tables.storage.size());
  return static_cast<long>(tables.spot.empty() ? tables.advice.size() : tables.spot.size());
}

/// "today", "12 d", "19 months": since a day, or a month ("2026-08").
std::string age_of(std::string_view as_of, TimePoint now) {
  const std::string day = std::string(as_of) + (as_of.size() == 7 ? "-01" : "");
  const auto then = parse_iso8601(day + "T00:00:00Z");
  if (!then || *then > now) return "";
  const auto days = std::chrono::duration_cast<std::chrono::days>(now - *then).count();
  if (days == 0) return "today";
  return days < 60 ? fmt::format("{} d", days) : fmt::format("{} months", days / 30);
}

std::vector<PartFacts> facts_of(const catalog::Catalog& catalog, TimePoint now) {
  std::vector<PartFacts> facts;
  for (const catalog::Part& part : catalog.parts()) {
    facts.push_back({std::string(part.name), rows_of(catalog, part.name), std::string(part.as_of),
                     age_of(part.as_of, now), std::string(part.source)});
  }
  return facts;
}

Result<int> run_command(const ShowOptions&, Context& context) {
  auto catalog = context.catalog();
  if (!catalog) return pass(catalog);
  const auto facts = facts_of(**catalog, context.clock().now());
  if (context.json()) {
    context.out() << json_text(facts, catalog_folder(context).string());
    return 0;
  }
  std::vector<std::vector<std::string>> rows{{"PART", "ROWS", "OLDEST", "AGE", "SOURCE"}};
  for (const PartFacts& part : facts) {
    rows.push_back({part.name, std::to_string(part.rows), part.as_of, part.age.empty() ? "-" : part.age, part.source});
  }
  context.out() << table(rows);
  context.err() << "Bring it up to date: hotaru catalog refresh\n";
  return 0;
}

constexpr Example show_examples[] = {
    {"hotaru catalog show", "how old what hotaru knows is, and where it comes from"},
    {"hotaru catalog show -o json", "for programs"},
};

struct RefreshOptions {
  bool fresh = false;
};

void declare_options(Options& options, RefreshOptions& values) {
  options.flag("--fresh", values.fresh, "ask again for what was told within a day");
}

std::string regions_text(int count) { return fmt::format("{} region{}", count, count == 1 ? "" : "s"); }

void tell_result(Context& context, const market::Refreshed& refreshed) {
  if (context.json()) {
    context.out() << json_text(refreshed);
  } else {
    std::vector<std::vector<std::string>> rows{{"PART", "ROWS", "READ", "WITHIN A DAY", "FAILED"}};
    for (const market::RefreshedPart& part : refreshed.parts) {
      rows.push_back({part.name, std::to_string(part.rows), std::to_string(part.asked), std::to_string(part.kept),
                      std::to_string(part.failed)});
    }
    context.out() << table(rows);
  }
  for (const market::RefreshedPart& part : refreshed.parts) {
    if (!part.error) continue;
    tell_note(context,
              fmt::format("{}: {} kept what was known: {}", part.name, regions_text(part.failed), part.error->message));
    if (!part.error->hint.empty()) context.err() << "  " << part.error->hint << "\n";
  }
}

Result<int> run_command(const RefreshOptions& values, Context& context) {
  auto cloud = context.cloud();
  if (!cloud) return pass(cloud);
  for (const std::string& region : context.globals().regions) {
    if (auto checked = lifecycle::check_region(**cloud, region); !checked) return pass(checked);
  }
  market::RefreshRequest request{.regions = context.globals().regions, .home = (*cloud)->region, .fresh = values.fresh};
  if (request.home.empty()) request.home = "us-east-1";
  Progress progress(context.err(), context.clock(), context.live());
  context.silence().use(&progress);
  const market::RefreshSeams seams{.client = (*cloud)->client,
                                   .clock = context.clock(),
                                   .folder = catalog_folder(context),
                                   .progress = [&](const std::string& text) {
                                     // A line for each answer is for a terminal alone.
                                     if (progress.live()) progress.tell("refresh", text);
                                   }};
  progress.tell("refresh", "Reading the catalogue of EC2");
  auto refreshed = market::refresh(seams, request);
  context.silence().use(nullptr);
  progress.finish();
  if (!refreshed) return pass(refreshed);
  tell_result(context, *refreshed);
  return 0;
}

constexpr Example refresh_examples[] = {
    {"hotaru catalog refresh", "types, places, prices and spot prices of all enabled regions"},
    {"hotaru catalog refresh --region ap-northeast-1 --fresh", "of Tokyo, whatever is known"},
};

}  // namespace

extern const Command catalog_show_command{
    .name = "catalog show",
    .summary = "Show how old the catalogue is, and where it comes from",
    .arguments = "",
    .about = "Shows the parts of the catalogue of types, places and prices. Makes no call.",
    .examples = show_examples,
    .make = bound<ShowOptions>,
};

extern const Command catalog_refresh_command{
    .name = "catalog refresh",
    .summary = "Bring the catalogue of types, places and prices up to date",
    .arguments = "",
    .about =
        "Asks AWS for the types of all enabled regions, the zones that offer them, on-demand and spot prices, and "
        "keeps\n"
        "the answers in the cache. It takes a minute or two and costs nothing. What was interrupted goes on where it\n"
        "was; what cannot be had stays as it was. Permissions: ec2:Describe*, pricing:GetProducts.",
    .examples = refresh_examples,
    .make = bound<RefreshOptions>,
};

}  // namespace hotaru::cli
