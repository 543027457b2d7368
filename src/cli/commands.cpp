#include <fmt/format.h>

#include <algorithm>

#include "cli/command.h"
#include "cli/exit_code.h"

namespace hotaru::cli {
namespace {

constexpr const Command* all_commands[] = {
    &init_command,
    &status_command,
    &find_command,
    &regions_command,
    &plan_command,
    &up_command,
    &ls_command,
    &show_command,
    &ssh_command,
    &ssh_config_command,
    &stop_command,
    &start_command,
    &reboot_command,
    &down_command,
    &limit_command,
    &extend_command,
    &keep_command,
    &watch_command,
    &cost_command,
    &price_command,
    &quota_command,
    &quota_request_command,
    &quota_status_command,
    &catalog_show_command,
    &catalog_refresh_command,
    &config_list_command,
    &config_show_command,
    &config_get_command,
    &config_set_command,
    &config_edit_command,
    &doctor_command,
    &selftest_command,
    &version_command,
    &sim_start_command,
    &sim_stop_command,
    &sim_status_command,
    &sim_env_command,
    &sim_bill_command,
    &sim_logs_command,
    &sim_reset_command,
    &sim_image_build_command,
    &sim_scenario_load_command,
    &sim_scenario_show_command,
    &sim_scenario_clear_command,
    &completion_command,
    &man_command,
    &complete_command,
    &sim_serve_command,
    &sim_machine_command,
    &ssh_door_command,
};

std::string example_lines(std::span<const Example> examples) {
  std::size_t width = 0;
  for (const auto& example : examples) width = std::max(width, std::string_view(example.line).size());
  std::string text = "\nExamples:\n";
  for (const auto& example : examples) text += fmt::format("  {:<{}}  # {}\n", example.line, width, example.what);
  return text;
}

constexpr Example overview_examples[] = {
    {"hotaru up train --gpu T4", "launch, after showing what it costs"},
    {"hotaru ssh train -- nvidia-smi", "log in, or run a command"},
    {"hotaru down train", "end it, and all that was made for it"},
    {"hotaru --cloud sim up try --type g4dn.xlarge", "the same without an account, on this machine"},
};

}  // namespace

std::span<const Command* const> commands() { return all_commands; }

std::string overview(const std::string& group) {
  const bool whole = group.empty();
  std::string text =
      whole ? "hotaru takes you from nothing to a GPU instance on Amazon EC2, and back to a bill of zero.\n"
              "\nUsage: hotaru [OPTIONS] COMMAND\n\nCommands:\n"
            : fmt::format("Usage: hotaru {} COMMAND\n\nCommands:\n", group);
  for (const Command* command : all_commands) {
    const std::string_view name = command->name;
    if (command->hidden || (!whole && !name.starts_with(group + " "))) continue;
    text += fmt::format("  {:<18}  {}\n", name, command->summary);
  }
  if (whole) text += example_lines(overview_examples) + "\n" + exit_code_help();
  text += fmt::format("\nMore: hotaru {}COMMAND --help\n", whole ? "" : group + " ");
  return text;
}

std::string help_of(const Command& command, const Options& options) {
  const std::string space = *command.arguments != '\0' ? " " : "";
  return fmt::format("Usage: hotaru {} [OPTIONS]{}{}\n\n{}\n", command.name, space, command.arguments, command.about) +
         options.help() + example_lines(command.examples);
}

}  // namespace hotaru::cli
