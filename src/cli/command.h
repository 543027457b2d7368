#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/context.h"
#include "cli/options.h"

namespace hotaru::cli {

struct Example {
  const char* line;
  const char* what;
};

/// One call of a command: its options and what it does with them.
class Invocation {
 public:
  virtual ~Invocation() = default;
  virtual void declare(Options& options) = 0;
  /// Its exit code.
  virtual Result<int> run(Context& context) = 0;
};

/// A command as the table of commands has it. All of it is constant: the table costs nothing at start.
struct Command {
  const char* name;  ///< "up", "sim start"
  const char* summary;
  const char* arguments;  ///< "[NAME]"
  const char* about;      ///< what it does, in a few lines
  std::span<const Example> examples;
  std::unique_ptr<Invocation> (*make)();
  bool hidden = false;
  bool takes_rest = false;  ///< what follows "--" goes to Context::rest
};

/// Binds a command's options struct to its two functions, found by its type: `declare(options, OPTIONS&)` and
/// `run(const OPTIONS&, context)`.
template <class Values>
class Bound final : public Invocation {
 public:
  void declare(Options& options) override { declare_options(options, values_); }
  Result<int> run(Context& context) override { return run_command(values_, context); }

 private:
  Values values_;
};

template <class Values>
std::unique_ptr<Invocation> bound() {
  return std::make_unique<Bound<Values>>();
}

extern const Command status_command;
extern const Command find_command;
extern const Command up_command;
extern const Command plan_command;
extern const Command ls_command;
extern const Command show_command;
extern const Command ssh_command;
extern const Command start_command;
extern const Command stop_command;
extern const Command reboot_command;
extern const Command down_command;
extern const Command limit_command;
extern const Command extend_command;
extern const Command keep_command;
extern const Command watch_command;
extern const Command selftest_command;
extern const Command cost_command;
extern const Command price_command;
extern const Command quota_command;
extern const Command quota_request_command;
extern const Command quota_status_command;
extern const Command catalog_show_command;
extern const Command catalog_refresh_command;
extern const Command regions_command;
extern const Command doctor_command;
extern const Command init_command;
extern const Command config_get_command;
extern const Command config_list_command;
extern const Command config_edit_command;
extern const Command completion_command;
extern const Command complete_command;
extern const Command man_command;
extern const Command ssh_config_command;
extern const Command config_show_command;
extern const Command config_set_command;
extern const Command version_command;
extern const Command sim_start_command;
extern const Command sim_stop_command;
extern const Command sim_status_command;
extern const Command sim_reset_command;
extern const Command sim_bill_command;
extern const Command sim_logs_command;
extern const Command sim_env_command;
extern const Command sim_scenario_load_command;
extern const Command sim_scenario_show_command;
extern const Command sim_scenario_clear_command;
extern const Command sim_serve_command;
extern const Command sim_image_build_command;
extern const Command sim_machine_command;
extern const Command ssh_door_command;

/// The options that every command takes.
void declare_globals(Options& options, Globals& globals);

/// All commands, in the order of `hotaru --help`.
std::span<const Command* const> commands();
/// `hotaru --help`, or that of a group ("sim").
std::string overview(const std::string& group);
/// `hotaru NAME --help`.
std::string help_of(const Command& command, const Options& options);

}  // namespace hotaru::cli
