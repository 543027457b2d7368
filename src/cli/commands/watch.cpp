#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/duration.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/render.h"
#include "cli/talk.h"
#include "lifecycle/lifecycle.h"

namespace hotaru::cli {
namespace {

struct WatchOptions {
  bool once = false;
  bool install = false;
  std::string every = "10m";
};

void declare_options(Options& options, WatchOptions& values) {
  options.flag("--once", values.once, "look once, for cron and systemd timers");
  options.text("--every", "TIME", values.every, "how often it looks (default: 10m)");
  options.flag("--install", values.install, "look by a systemd timer of yours from now on, hotaru running or not");
}

/// One look at all regions: who is past its limits is ended by the look itself.
Result<int> look(Context& context) {
  auto cloud = context.cloud();
  if (!cloud) return pass(cloud);
  auto listing = lifecycle::list(**cloud, {.regions = context.globals().regions, .everywhere = true});
  if (!listing) return pass(listing);
  if (context.json())
    context.out() << json_text(listing->settled, listing->errors);
  else
    for (const auto& one : listing->settled) context.out() << one.text << "\n";
  for (const auto& one : listing->errors) tell_note(context, one.region + ": " + one.error.message);
  const bool pending = std::ranges::any_of(listing->settled, &lifecycle::Settled::pending);
  return pending || !listing->errors.empty() ? exit_code_of(ErrorClass::unavailable) : 0;
}

std::string service_unit(const Context& context) {
  std::string words = own_executable().string();
  if (!context.globals().cloud.empty()) words += " --cloud " + context.globals().cloud;
  if (!context.globals().profile.empty()) words += " --profile " + context.globals().profile;
  return fmt::format(
      "[Unit]\nDescription=hotaru: ends what runs past its limits\n\n[Service]\nType=oneshot\nExecStart={} watch "
      "--once\n",
      words);
}

std::string timer_unit(Duration every) {
  return fmt::format(
      "[Unit]\nDescription=hotaru: looks for what runs past its limits\n\n[Timer]\nOnBootSec=2m\n"
      "OnUnitActiveSec={}s\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n",
      every.count() / 1000);
}

Error no_timer(const Context& context, Duration every, const std::string& why) {
  const auto minutes = std::max<Duration::rep>(every.count() / 60'000, 1);
  return {ErrorClass::unsupported, fmt::format("systemd runs no timers for you here ({}).", trim(why)),
          fmt::format("With cron: */{} * * * * {}{} watch --once", minutes, own_executable().string(),
                      context.on_sim() ? " --cloud sim" : "")};
}

Result<int> install(Context& context, Duration every) {
  const std::string configured = context.environment().get_or("XDG_CONFIG_HOME", "");
  const std::filesystem::path folder =
      (configured.empty() ? context.folders().home / ".config" : std::filesystem::path(configured)) / "systemd" /
      "user";
  const auto asked =
      context.runner().run({.argv = {"systemctl", "--user", "show-environment"}, .timeout = Duration{5'000}});
  if (!asked || !asked->ok())
    return std::unexpected(no_timer(context, every, asked ? asked->err : asked.error().message));
  if (auto made = make_folder(folder, 0755); !made) return pass(made);
  if (auto written = write_file(folder / "hotaru-watch.service", service_unit(context), 0644); !written)
    return pass(written);
  if (auto written = write_file(folder / "hotaru-watch.timer", timer_unit(every), 0644); !written) return pass(written);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"systemctl", "--user", "daemon-reload"},
        std::vector<std::string>{"systemctl", "--user", "enable", "--now", "hotaru-watch.timer"}}) {
    auto done = context.runner().run({.argv = words, .timeout = Duration{30'000}});
    if (!done) return pass(done);
    if (!done->ok()) return std::unexpected(no_timer(context, every, done->err));
  }
  context.out() << fmt::format("hotaru looks every {} from now on (hotaru-watch.timer in {}).\n", duration_text(every),
                               folder.string());
  context.err() << "So that it also runs while you are logged out: loginctl enable-linger\n";
  return 0;
}

Result<int> run_command(const WatchOptions& values, Context& context) {
  const auto every = parse_duration(values.every);
  if (!every || *every < Duration{60'000})
    return fail(ErrorClass::invalid, fmt::format("\"{}\" is no time to wait between two looks.", values.every),
                "Say --every 10m, or another time of a minute or more.");
  if (values.install) return install(context, *every);
  if (values.once) return look(context);
  while (true) {
    auto looked = look(context);
    if (!looked && looked.error().kind == ErrorClass::interrupted) return looked;
    if (!looked) say_error(context, looked.error());  // the next look may have an answer
    if (!context.clock().sleep(*every)) return fail(ErrorClass::interrupted, "Interrupted.");
  }
}

constexpr Example examples[] = {
    {"hotaru watch --once", "ends what runs past its time limit, in all regions; for cron"},
    {"hotaru watch --install", "the same every ten minutes, by a systemd timer"},
};

}  // namespace

extern const Command watch_command{
    .name = "watch",
    .summary = "End what runs past its time limit",
    .arguments = "",
    .about =
        "The third line behind the guard on the instance and CloudWatch's alarms: looks at hotaru's instances in all\n"
        "enabled regions, of any machine of the account, and ends those past their time limit as they were to end.\n"
        "What earlier commands left behind is removed. Says only what it did.",
    .examples = examples,
    .make = bound<WatchOptions>,
};

}  // namespace hotaru::cli
