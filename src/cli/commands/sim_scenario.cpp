#include <ostream>

#include "cli/command.h"
#include "cli/render.h"
#include "sim/control/control.h"

namespace hotaru::cli {
namespace {

struct LoadOptions {
  std::string file;
};
struct ShowOptions {};
struct ClearOptions {};

void declare_options(Options& options, LoadOptions& values) {
  options.argument("FILE", values.file, true, "a scenario in YAML");
}
void declare_options(Options&, ShowOptions&) {}
void declare_options(Options&, ClearOptions&) {}

Result<int> run_command(const LoadOptions& values, Context& context) {
  if (auto loaded = context.sim_control().load_scenario(values.file); !loaded) return pass(loaded);
  if (context.json()) {
    context.out() << json_fields({{"result", "loaded"}});
  } else {
    context.out() << "Loaded " << values.file << ": the sim follows it from its next call on.\n";
  }
  return 0;
}

Result<int> run_command(const ShowOptions&, Context& context) {
  auto text = context.sim_control().scenario();
  if (!text) return pass(text);
  if (context.json()) {
    context.out() << json_fields({{"scenario", text->value_or("")}});
  } else if (*text) {
    context.out() << **text;
  } else {
    context.err() << "No scenario is loaded: everything is there, and answers at once.\n";
  }
  return 0;
}

Result<int> run_command(const ClearOptions&, Context& context) {
  if (auto cleared = context.sim_control().clear_scenario(); !cleared) return pass(cleared);
  if (context.json()) {
    context.out() << json_fields({{"result", "cleared"}});
  } else {
    context.out() << "No scenario is loaded any more.\n";
  }
  return 0;
}

constexpr const char* what_it_is =
    "A scenario makes the sim slow, wrong, full or late on purpose: latency, throttling, errors, lost answers, late\n"
    "reads, launches that die, boots that take long, capacity, quotas, a clock of its own. docs/sim.md tells the "
    "format.";

constexpr Example load_examples[] = {{"hotaru sim scenario load full.yaml", "in force from the next call on"}};
constexpr Example show_examples[] = {{"hotaru sim scenario show", "the file that is in force"}};
constexpr Example clear_examples[] = {{"hotaru sim scenario clear", "all is ample and at once again"}};

}  // namespace

extern const Command sim_scenario_load_command{
    .name = "sim scenario load",
    .summary = "Make the sim slow, wrong or full on purpose",
    .arguments = "FILE",
    .about = what_it_is,
    .examples = load_examples,
    .make = bound<LoadOptions>,
};
extern const Command sim_scenario_show_command{
    .name = "sim scenario show",
    .summary = "Show the scenario in force",
    .arguments = "",
    .about = what_it_is,
    .examples = show_examples,
    .make = bound<ShowOptions>,
};
extern const Command sim_scenario_clear_command{
    .name = "sim scenario clear",
    .summary = "End the scenario in force",
    .arguments = "",
    .about = what_it_is,
    .examples = clear_examples,
    .make = bound<ClearOptions>,
};

}  // namespace hotaru::cli
