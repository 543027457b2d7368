#include <fmt/format.h>

#include <ostream>

#include "base/text.h"
#include "cli/command.h"
#include "cli/render.h"
#include "cli/talk.h"
#include "cli/words.h"
#include "lifecycle/lifecycle.h"

namespace hotaru::cli {
namespace {

struct LsOptions {
  bool all = false;
};

void declare_options(Options& options, LsOptions& values) {
  options.flag("-a,--all", values.all, "every instance of the account, not hotaru's alone");
}

std::vector<std::string> row_of(const lifecycle::Facts& facts, TimePoint now) {
  const std::string gpu = facts.gpu.empty() ? "-" : facts.gpu;
  return {facts.name.empty() ? facts.id : facts.name,
          facts.state,
          facts.type,
          gpu,
          facts.region,
          facts.address.empty() ? "-" : facts.address,
          age(facts.launch_time, now),
          facts.price ? fmt::format("{:.3f}", facts.price->usd) : "-"};
}

Result<int> run_command(const LsOptions& values, Context& context) {
  auto cloud = context.cloud();
  if (!cloud) return pass(cloud);
  auto listing = lifecycle::list(**cloud, {.regions = context.globals().regions, .all = values.all});
  if (!listing) return pass(listing);
  if (context.json()) {
    context.out() << json_text(*listing, context.on_sim());
  } else if (!listing->instances.empty()) {
    std::vector<std::vector<std::string>> rows{{"NAME", "STATE", "TYPE", "GPU", "REGION", "ADDRESS", "AGE", "$/H"}};
    for (const auto& facts : listing->instances) rows.push_back(row_of(facts, context.clock().now()));
    context.out() << table(rows);
  } else {
    context.err() << "There is no instance" << (values.all ? "" : " of hotaru's") << ".\n";
  }
  for (const auto& one : listing->settled) tell_note(context, one.text);
  for (const auto& one : listing->errors) tell_note(context, one.region + ": " + one.error.message);
  if (context.on_sim() && !context.json() && !listing->instances.empty()) {
    context.err() << "All of it is simulated.\n";
  }
  return 0;
}

constexpr Example examples[] = {
    {"hotaru ls", "hotaru's instances, in all regions in use"},
    {"hotaru ls --all --region us-east-1 --region ap-northeast-1", "every instance of the account in two regions"},
    {"hotaru ls -o json | jq -r '.instances[].address'", "for programs"},
};

}  // namespace

extern const Command ls_command{
    .name = "ls",
    .summary = "List instances",
    .arguments = "",
    .about =
        "Lists hotaru's instances in all regions in use (all enabled ones when none is known). Prices are of the\n"
        "instance alone, on demand, Linux, before tax.",
    .examples = examples,
    .make = bound<LsOptions>,
};

}  // namespace hotaru::cli
