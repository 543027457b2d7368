#include <ostream>

#include "cli/command.h"
#include "cli/progress.h"
#include "cli/render.h"
#include "sim/sandbox/image.h"

namespace hotaru::cli {
namespace {

struct ImageBuildOptions {};

void declare_options(Options&, ImageBuildOptions&) {}

Result<int> run_command(const ImageBuildOptions&, Context& context) {
  Progress progress(context.err(), context.clock(), context.live());
  auto folder = sim::build_image(context.folders().cache, context.environment(), context.runner(), context.clock(),
                                 [&](const std::string& line) { progress.tell("image", line); });
  progress.finish();
  if (!folder) return pass(folder);
  if (context.json()) {
    context.out() << json_fields({{"image", folder->string()}});
  } else {
    context.out() << "The root file system of simulated instances is at " << folder->string() << "\n";
  }
  return 0;
}

constexpr Example examples[] = {
    {"hotaru sim image build", "about a minute, once; the sim does it by itself if need be"}};

}  // namespace

extern const Command sim_image_build_command{
    .name = "sim image build",
    .summary = "Make what simulated instances boot from",
    .arguments = "",
    .about =
        "Makes a root file system from this machine's own distribution with mmdebstrap, and keeps it in the user's\n"
        "cache, shared by every checkout. Returns at once if it is there.",
    .examples = examples,
    .make = bound<ImageBuildOptions>,
};

}  // namespace hotaru::cli
