#include <fmt/format.h>

#include <fstream>
#include <ostream>

#include "base/text.h"
#include "cli/command.h"
#include "cli/render.h"
#include "cli/talk.h"
#include "sim/control/control.h"
#include "sim/control/daemon.h"

namespace hotaru::cli {
namespace {

struct StartOptions {
  std::string kind;
  int port = 0;
  std::string scenario;
};
struct StopOptions {};
struct StatusOptions {};
struct ResetOptions {};
struct LogsOptions {
  int lines = 0;
};
struct EnvOptions {
  std::string shell = "sh";
};
struct ServeOptions {
  std::string folder;
  std::string kind = "sandbox";
  int port = 0;
  bool detached = false;
};

void declare_options(Options& options, StartOptions& values) {
  options.choice("--kind", {"sandbox", "null"}, values.kind,
                 "what instances are: sandboxes on this machine, or nothing at all");
  options.number("--port", "PORT", values.port, "a port of loopback (default: the last one, else any free one)");
  options.text("--scenario", "FILE", values.scenario, "what is to go wrong on purpose (see 'sim scenario load')");
}
void declare_options(Options&, StopOptions&) {}
void declare_options(Options&, StatusOptions&) {}
void declare_options(Options&, ResetOptions&) {}
void declare_options(Options& options, LogsOptions& values) {
  options.number("-n,--lines", "COUNT", values.lines, "only the last lines");
}
void declare_options(Options& options, EnvOptions& values) {
  options.choice("--shell", {"sh", "fish"}, values.shell, "for which shell");
}
void declare_options(Options& options, ServeOptions& values) {
  options.text("--dir", "FOLDER", values.folder, "where its state lies");
  options.choice("--kind", {"sandbox", "null"}, values.kind, "what instances are");
  options.number("--port", "PORT", values.port, "a port of loopback");
  options.flag("--detached", values.detached, "started by another hotaru");
}

std::string line_of(const sim::SimInfo& info) {
  return fmt::format("the sim ({}) at {}, process {}", info.kind, info.url(), info.pid);
}

Result<int> run_command(const StartOptions& values, Context& context) {
  if (!values.scenario.empty()) {
    if (auto loaded = context.sim_control().load_scenario(values.scenario); !loaded) return pass(loaded);
  }
  auto started = context.sim_control().start({.kind = values.kind, .port = values.port});
  if (!started) return pass(started);
  if (context.json()) {
    context.out() << json_text(started->info, started->found);
    return 0;
  }
  context.out() << (started->found ? "Found " : "Started ") << line_of(started->info) << ".\n";
  context.err() << "Try: hotaru --cloud sim up --type g4dn.xlarge\n"
                   "For other AWS tools: eval \"$(hotaru sim env)\"\n";
  return 0;
}

Result<int> run_command(const StopOptions&, Context& context) {
  auto stopped = context.sim_control().stop();
  if (!stopped) return pass(stopped);
  if (context.json()) {
    context.out() << json_fields({{"result", *stopped ? "stopped" : "was not running"}});
  } else {
    context.out() << (*stopped ? "Stopped the sim; its disks are kept.\n" : "The sim was not running.\n");
  }
  return 0;
}

std::string states_of(const sim::SimStatus& status) {
  std::vector<std::string> parts;
  for (const auto& [state, count] : status.instances) parts.push_back(fmt::format("{} {}", count, state));
  return parts.empty() ? "none" : join(parts, ", ");
}

Result<int> run_command(const StatusOptions&, Context& context) {
  auto status = context.sim_control().status();
  if (!status) return pass(status);
  if (context.json()) {
    context.out() << json_text(*status);
    return 0;
  }
  const std::string state = !status->running ? "not running" : status->answers ? "running" : "does not answer";
  std::vector<std::pair<std::string, std::string>> facts{{"State", state}, {"Kind", status->kind}};
  if (status->running) {
    facts.insert(facts.end(), {{"URL", status->info.url()},
                               {"Process", std::to_string(status->info.pid)},
                               {"Since", iso8601(status->info.since, false)},
                               {"Instances", states_of(*status)},
                               {"Addresses", status->public_range}});
  }
  facts.emplace_back("Disk", fmt::format("{:.1f} MB", static_cast<double>(status->disk_used) / 1e6));
  facts.emplace_back("Folder", status->folder.string());
  context.out() << fact_lines(facts);
  return 0;
}

Result<int> run_command(const ResetOptions&, Context& context) {
  auto agreed = ask(context, "End all simulated instances and erase all that the sim has?", "Nothing was erased.");
  if (!agreed) return pass(agreed);
  if (auto reset = context.sim_control().reset(); !reset) return pass(reset);
  if (context.json()) {
    context.out() << json_fields({{"result", "reset"}});
  } else {
    context.out() << "Erased all that the sim had.\n";
  }
  return 0;
}

Result<int> run_command(const LogsOptions& values, Context& context) {
  auto text = read_file(context.sim_control().log_file());
  if (!text && text.error().kind == ErrorClass::not_found) {
    return fail(ErrorClass::not_found, "The sim has written no log yet.", "`hotaru sim start` starts it.");
  }
  if (!text) return pass(text);
  const auto all = lines(*text);
  const std::size_t wanted = values.lines > 0 ? static_cast<std::size_t>(values.lines) : all.size();
  for (std::size_t index = all.size() - std::min(wanted, all.size()); index < all.size(); ++index) {
    context.out() << all[index] << "\n";
  }
  return 0;
}

/// In single quotes, for sh and fish alike.
std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char letter : text) quoted += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return quoted + "'";
}

std::string shell_line(const sim::Variable& variable, const std::string& shell) {
  if (shell == "fish") {
    return variable.value ? fmt::format("set -gx {} {};\n", variable.name, shell_quoted(*variable.value))
                          : fmt::format("set -e {};\n", variable.name);
  }
  return variable.value ? fmt::format("export {}={}\n", variable.name, shell_quoted(*variable.value))
                        : fmt::format("unset {}\n", variable.name);
}

Result<int> run_command(const EnvOptions& values, Context& context) {
  auto& control = context.sim_control();
  auto info = control.ensure_running();
  if (!info) return pass(info);
  auto variables = control.environment(*info);
  if (!variables) return pass(variables);
  if (context.json()) {
    context.out() << json_text(*variables);
    return 0;
  }
  for (const auto& variable : *variables) context.out() << shell_line(variable, values.shell);
  if (context.interactive()) context.err() << "# To use it: eval \"$(hotaru sim env)\"\n";
  return 0;
}

Result<int> run_command(const ServeOptions& values, Context& context) {
  sim::ServeOptions options;
  options.folder =
      values.folder.empty() ? sim::SimFolder::of(context.environment()).path() : std::filesystem::path(values.folder);
  options.kind = values.kind;
  options.port = values.port;
  options.detached = values.detached;
  options.cache = context.folders().cache;
  options.ready = [&context](const sim::SimInfo& info) {
    context.out() << "Serving " << line_of(info) << ".\n" << std::flush;
  };
  Interrupt& interrupt = context.interrupt();
  auto served = sim::serve(options, context.clock(), context.random(), interrupt);
  if (!served) return pass(served);
  return 0;
}

constexpr const char* what_it_is =
    "The sim is an EC2 of your own: EC2's wire protocol, and instances that are sandboxes on this machine.";

constexpr Example start_examples[] = {
    {"hotaru sim start", "one whose instances boot, as sandboxes (needs root)"},
    {"hotaru sim start --kind null", "one whose instances are nothing but answers of the API"},
};
constexpr Example stop_examples[] = {{"hotaru sim stop", "its instances end, their disks are kept"}};
constexpr Example status_examples[] = {{"hotaru sim status", "does it run, where, with what"},
                                       {"hotaru sim status -o json", "the same for programs"}};
constexpr Example reset_examples[] = {{"hotaru sim reset", "asks first"}, {"hotaru sim reset --yes", "in scripts"}};
constexpr Example logs_examples[] = {{"hotaru sim logs -n 50", "the last 50 lines"}};
constexpr Example env_examples[] = {
    {"eval \"$(hotaru sim env)\"", "points every AWS tool of this shell at the sim"},
    {"hotaru sim env --shell fish | source", "the same for fish"},
};
constexpr Example serve_examples[] = {{"hotaru sim serve --kind null", "in the foreground, until Ctrl-C"}};

}  // namespace

extern const Command sim_start_command{
    .name = "sim start",
    .summary = "Start the embedded EC2",
    .arguments = "",
    .about = "Starts the sim, or finds the one that runs. --cloud sim does so by itself.",
    .examples = start_examples,
    .make = bound<StartOptions>,
};
extern const Command sim_stop_command{
    .name = "sim stop",
    .summary = "Stop it, keeping its disks",
    .arguments = "",
    .about = "Ends the sim and its instances. Their disks are kept; no process, mount or interface is.",
    .examples = stop_examples,
    .make = bound<StopOptions>,
};
extern const Command sim_status_command{
    .name = "sim status",
    .summary = "Say whether it runs, and with what",
    .arguments = "",
    .about = what_it_is,
    .examples = status_examples,
    .make = bound<StatusOptions>,
};
extern const Command sim_reset_command{
    .name = "sim reset",
    .summary = "Stop it and erase all it has",
    .arguments = "",
    .about = "Ends the sim and erases its instances, disks, state and credentials.",
    .examples = reset_examples,
    .make = bound<ResetOptions>,
};
extern const Command sim_logs_command{
    .name = "sim logs",
    .summary = "Show its log",
    .arguments = "",
    .about = "Shows what the sim wrote, from its last start on.",
    .examples = logs_examples,
    .make = bound<LogsOptions>,
};
extern const Command sim_env_command{
    .name = "sim env",
    .summary = "Point other AWS tools at it",
    .arguments = "",
    .about = "Prints the environment variables that point any AWS tool at the sim. Starts it if it does not run.",
    .examples = env_examples,
    .make = bound<EnvOptions>,
};
extern const Command sim_serve_command{
    .name = "sim serve",
    .summary = "Serve in the foreground",
    .arguments = "",
    .about = what_it_is,
    .examples = serve_examples,
    .make = bound<ServeOptions>,
    .hidden = true,
};

}  // namespace hotaru::cli
