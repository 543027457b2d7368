#include "base/text.h"
#include "cli/command.h"
#include "ssh/door.h"

namespace hotaru::cli {
namespace {

struct DoorOptions {
  std::string address;
  std::string port;
};

void declare_options(Options& options, DoorOptions& values) {
  options.argument("ADDRESS", values.address, true, "the instance's address");
  options.argument("PORT", values.port, true, "its SSH port");
}

Result<int> run_command(const DoorOptions& values, Context&) {
  return ssh::door_main(values.address, static_cast<int>(parse_integer(values.port).value_or(0)));
}

constexpr Example examples[] = {{"hotaru ssh-door ADDRESS PORT", "never by hand"}};

}  // namespace

extern const Command ssh_door_command{
    .name = "ssh-door",
    .summary = "Wait for an SSH port",
    .arguments = "ADDRESS PORT",
    .about = "Started by ssh for hotaru: hands over the connection when the port opens.",
    .examples = examples,
    .make = bound<DoorOptions>,
    .hidden = true,
};

}  // namespace hotaru::cli
