#include <fmt/format.h>

#include <ostream>

#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/talk.h"
#include "lifecycle/lifecycle.h"
#include "ssh/ssh.h"

namespace hotaru::cli {
namespace {

struct SshConfigOptions {
  std::string name;
  bool include = false;
};

void declare_options(Options& options, SshConfigOptions& values) {
  options.argument("NAME", values.name, false, "one instance; nothing: all that run");
  options.flag("--include", values.include, "have ~/.ssh/config include them, so that `ssh NAME` works");
}

/// The lines of one Host, or all.
std::string blocks_of(const std::string& text, const std::string& name) {
  std::string kept;
  bool wanted = name.empty();
  for (const std::string& line : lines(text)) {
    if (line.starts_with("Host ")) wanted = name.empty() || line == "Host " + name;
    if (wanted) kept += line + "\n";
  }
  return kept;
}

/// Brings the aliases up to date: those of instances launched elsewhere are written, too.
Result<void> bring_up_to_date(const SshConfigOptions& values, Context& context) {
  auto cloud = context.cloud();
  if (!cloud) return pass(cloud);
  if (!values.name.empty()) {
    auto which = context.which(values.name);
    if (!which) return pass(which);
    auto target = lifecycle::target(**cloud, *which, true);
    if (!target) return pass(target);
    return {};
  }
  auto listing = lifecycle::list(**cloud, {.regions = context.globals().regions});
  if (!listing) return pass(listing);
  for (const auto& facts : listing->instances) {
    if (facts.state != "running" || !facts.ours) continue;
    auto target = lifecycle::target(**cloud, {facts.name, facts.region});
    if (!target)
      tell_note(context, target.error().message);
    else if (auto written = ssh::write_alias(context.folders(), *target); !written)
      return written;
  }
  for (const auto& one : listing->errors) tell_note(context, one.region + ": " + one.error.message);
  return {};
}

Result<int> run_command(const SshConfigOptions& values, Context& context) {
  if (auto done = bring_up_to_date(values, context); !done) return pass(done);
  if (values.include)
    if (auto done = ssh::include_in_user_config(context.folders()); !done) return pass(done);
  const auto file = context.folders().config / "ssh_config";
  const auto text = read_file(file);
  if (text) context.out() << blocks_of(*text, values.name);
  context.err() << "In " << file.string()
                << (ssh::is_included(context.folders())
                        ? ", which ~/.ssh/config includes: `ssh NAME`, scp, rsync and editors (VS Code: Remote-SSH, "
                          "Connect to Host) work.\n"
                        : ". To have `ssh NAME` and editors work: hotaru ssh-config --include\n");
  return 0;
}

constexpr Example examples[] = {
    {"hotaru ssh-config", "a Host block for each instance that runs"},
    {"hotaru ssh-config --include", "`ssh train`, scp, rsync, VS Code and others work from now on"},
    {"hotaru ssh-config train >> other_config", "one of them, for another file"},
};

}  // namespace

extern const Command ssh_config_command{
    .name = "ssh-config",
    .summary = "Write Host blocks, so that plain ssh, scp and editors work",
    .arguments = "[NAME]",
    .about =
        "Address, login, keys and the verification of the host key, in the words of ssh_config(5). hotaru keeps them\n"
        "right as instances start, stop and end.",
    .examples = examples,
    .make = bound<SshConfigOptions>,
};

}  // namespace hotaru::cli
