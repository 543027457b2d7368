#include <algorithm>
#include <ostream>

#include "base/file.h"
#include "cli/command.h"
#include "cli/cost_view.h"
#include "cli/plan_text.h"
#include "cli/talk.h"
#include "cli/watched.h"
#include "lifecycle/cost.h"

namespace hotaru::cli {
namespace {

struct CostOptions {
  std::string svg;
};

void declare_options(Options& options, CostOptions& values) {
  options.text("--svg", "FILE", values.svg, "write the days of this month as a picture");
}

Result<int> run_command(const CostOptions& values, Context& context) {
  auto taste = taste_of(context);
  if (!taste) return pass(taste);
  auto cloud = context.cloud();
  if (!cloud) return pass(cloud);
  auto costs = watched(context, **cloud, "", [&] { return lifecycle::costs(**cloud, context.globals().regions); });
  if (!costs) return pass(costs);
  if (!context.globals().regions.empty())
    std::erase_if(costs->spans, [&](const ledger::Span& span) {
      return std::ranges::find(context.globals().regions, span.region) == context.globals().regions.end();
    });
  const CostView view = cost_view(costs->spans, (*cloud)->catalog(), context.clock().now());
  if (!values.svg.empty()) {
    if (auto written = write_file(values.svg, cost_svg(view, *taste, context.on_sim())); !written) return pass(written);
    context.err() << "Wrote " << values.svg << "\n";
  }
  if (context.json()) {
    context.out() << cost_json(view, *costs, *taste, context.on_sim());
    return 0;
  }
  context.out() << cost_text(view, *taste, context.on_sim(), context.language());
  for (const std::string& sentence : costs->unknown) tell_note(context, sentence);
  for (const auto& one : costs->errors)
    tell_note(context, one.region + ": as it was when it was last seen: " + one.error.message);
  return 0;
}

constexpr Example examples[] = {
    {"hotaru cost", "what hotaru's instances cost now, today and this month, and a forecast"},
    {"hotaru cost --svg november.svg", "the days as a picture"},
    {"hotaru cost -o json | jq .cost.month.usd", "for programs"},
};

}  // namespace

extern const Command cost_command{
    .name = "cost",
    .summary = "Tell what things have cost, and what they will",
    .arguments = "",
    .about =
        "By instance and kind: compute, disk, IOPS and throughput beyond what a volume includes, public address, "
        "alarms.\n"
        "By EC2's rules: to the second, 60 seconds at least for each start; pending and stopped time is free, disks\n"
        "always bill. From this machine's ledger and from EC2, which tells of what is there and, for about an hour, "
        "of\n"
        "what has ended; what cannot be known is said.",
    .examples = examples,
    .make = bound<CostOptions>,
};

}  // namespace hotaru::cli
