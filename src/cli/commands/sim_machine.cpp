#include "cli/command.h"
#include "sim/sandbox/machine_main.h"

namespace hotaru::cli {
namespace {

struct MachineOptions {
  std::string folder;
};

void declare_options(Options& options, MachineOptions& values) {
  options.argument("FOLDER", values.folder, true, "the machine's folder");
}

Result<int> run_command(const MachineOptions& values, Context&) { return sim::machine_main(values.folder); }

constexpr Example examples[] = {{"hotaru sim-machine FOLDER", "never by hand"}};

}  // namespace

extern const Command sim_machine_command{
    .name = "sim-machine",
    .summary = "Supervise one simulated machine",
    .arguments = "FOLDER",
    .about = "Started by the sim for each of its machines.",
    .examples = examples,
    .make = bound<MachineOptions>,
    .hidden = true,
};

}  // namespace hotaru::cli
