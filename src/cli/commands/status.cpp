// `hotaru` alone: what is running, what it costs and has cost, and what to do next.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>

#include "aws/credentials.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/limit_options.h"
#include "cli/plan_text.h"
#include "cli/talk.h"
#include "cli/watched.h"
#include "cli/words.h"
#include "ledger/bill.h"
#include "lifecycle/expire.h"
#include "lifecycle/lifecycle.h"
#include "sim/control/control.h"

namespace hotaru::cli {
namespace {

using Json = nlohmann::ordered_json;

struct StatusOptions {};

void declare_options(Options&, StatusOptions&) {}

/// A command that may come next, and what it does.
struct Step {
  std::string line;
  std::string what;
};

/// An instance, and what it costs and has cost with its disk, address and alarms; nullopt: not known.
struct Entry {
  lifecycle::Facts facts;
  std::optional<double> usd_per_hour = {};
  std::optional<double> usd = {};
};

struct View {
  bool ready = false;        ///< there is an account, or a sim that runs
  std::string why;           ///< why not: a sentence
  bool sim_besides = false;  ///< the sim runs too, and was not meant
  std::vector<Entry> entries = {};
  std::vector<lifecycle::RegionError> errors = {};
};

/// "hotaru", with the sim where that is meant and no variable says it.
std::string hotaru(const Context& context) {
  const bool said = context.environment().get_or("HOTARU_CLOUD", "aws") == context.globals().cloud;
  return context.on_sim() && !said ? "hotaru --cloud sim" : "hotaru";
}

bool sim_runs(Context& context) {
  const auto status = context.sim_control().status();
  return status && status->running && status->answers;
}

std::vector<Entry> entries_of(lifecycle::Context& cloud, std::vector<lifecycle::Facts> instances, TimePoint now) {
  std::map<std::string, Entry> bills;
  if (ledger::Book* book = cloud.book(); book != nullptr) {
    const auto spans = book->all(cloud.scope);
    const auto bill = ledger::bill(spans.value_or(std::vector<ledger::Span>{}), cloud.catalog(), TimePoint{}, now);
    for (const ledger::Line& line : bill.lines) {
      Entry& entry = bills[line.instance];
      entry.usd = entry.usd.value_or(0) + line.usd.value_or(0);
      entry.usd_per_hour = entry.usd_per_hour.value_or(0) + line.usd_per_hour.value_or(0);
    }
  }
  std::vector<Entry> entries;
  for (auto& facts : instances) {
    Entry entry = bills[facts.id];
    if (!entry.usd_per_hour && facts.price && facts.state == "running") entry.usd_per_hour = facts.price->usd;
    entry.facts = std::move(facts);
    entries.push_back(std::move(entry));
  }
  return entries;
}

Result<View> look(Context& context) {
  View view;
  if (context.on_sim() && !sim_runs(context)) {
    view.why = "The sim is not running here.";
    return view;
  }
  view.sim_besides = !context.on_sim() && sim_runs(context);
  auto cloud = context.cloud();
  if (!cloud && cloud.error().code == aws::no_credentials) {
    view.why = "No AWS account is set up on this machine.";
    return view;
  }
  if (!cloud) return pass(cloud);
  view.ready = true;
  auto listing = watched(context, **cloud, "", [&] {
    // For a person who waits: elsewhere a line that means nothing a moment later.
    if (context.live()) (*cloud)->progress({"list", "Asking EC2 what is running"});
    return lifecycle::list(**cloud, {.regions = context.globals().regions});
  });
  if (!listing) return pass(listing);
  for (const auto& one : listing->settled) tell_note(context, one.text);
  view.entries = entries_of(**cloud, std::move(listing->instances), context.clock().now());
  view.errors = std::move(listing->errors);
  return view;
}

double sum_of(const View& view, std::optional<double> Entry::* amount) {
  double sum = 0;
  for (const Entry& entry : view.entries) sum += (entry.*amount).value_or(0);
  return sum;
}

std::vector<Step> steps_to_begin(const Context& context, const View& view) {
  const std::string us = hotaru(context);
  std::vector<Step> steps;
  if (!view.ready && !context.on_sim()) {
    steps.push_back({"hotaru init", "set up your account, or the sim: a few questions"});
    steps.push_back({"hotaru find 24GiB", "where a GPU with 24 GB is cheapest; needs no account"});
    steps.push_back({"hotaru --cloud sim up train --gpu T4", "try it all on this machine, for nothing"});
    return steps;
  }
  steps.push_back({us + " find 24GiB", "where a GPU with 24 GB is cheapest"});
  steps.push_back({us + " up train --gpu T4", "launch one; shows the full price and asks first"});
  if (!context.on_sim()) steps.push_back({"hotaru doctor", "whether this account can launch what you want"});
  return steps;
}

std::vector<Step> next_steps(const Context& context, const View& view) {
  const auto running = std::ranges::find(view.entries, "running", [](const Entry& entry) { return entry.facts.state; });
  const auto stopped = std::ranges::find(view.entries, "stopped", [](const Entry& entry) { return entry.facts.state; });
  const std::string us = hotaru(context);
  std::vector<Step> steps;
  if (running != view.entries.end()) {
    steps.push_back({fmt::format("{} ssh {}", us, running->facts.name), "log in"});
    steps.push_back({fmt::format("{} down {}", us, running->facts.name), "end it, and what it costs"});
  }
  if (stopped != view.entries.end())
    steps.push_back({fmt::format("{} start {}", us, stopped->facts.name), "bring it back; its disk bills meanwhile"});
  if (stopped != view.entries.end() && running == view.entries.end())
    steps.push_back({fmt::format("{} down {}", us, stopped->facts.name), "erase it, so that nothing bills"});
  return view.entries.empty() ? steps_to_begin(context, view) : steps;
}

std::string steps_text(const std::vector<Step>& steps) {
  std::size_t width = 0;
  for (const Step& step : steps) width = std::max(width, step.line.size());
  std::string text;
  for (const Step& step : steps) text += fmt::format("  {:<{}}  # {}\n", step.line, width, step.what);
  return text;
}

std::string ends_text(const lifecycle::Facts& facts, TimePoint now) {
  if (!facts.ours || facts.state == "stopped") return "-";
  return lifecycle::is_expired(facts, now) ? "past its limit" : limits_text(facts.limits, now);
}

std::string entries_text(const View& view, const price::Taste& taste, TimePoint now) {
  const auto amount = [&](const std::optional<double>& usd) { return usd ? price::amount_text(*usd, taste) : "-"; };
  std::vector<std::vector<std::string>> rows{
      {"NAME", "STATE", "TYPE", "REGION", "UP FOR", "AN HOUR", "SO FAR", "ENDS"}};
  for (const Entry& entry : view.entries) {
    const auto& facts = entry.facts;
    rows.push_back({facts.name, facts.state, facts.type, facts.region,
                    facts.state == "running" ? age(facts.launch_time, now) : "-", amount(entry.usd_per_hour),
                    amount(entry.usd), ends_text(facts, now)});
  }
  return table(rows);
}

std::string text_of(Context& context, const View& view) {
  const auto taste = taste_of(context).value_or(price::Taste{});
  std::string text;
  if (!view.ready) {
    text = view.why + " Nothing is running that hotaru knows of.\n";
  } else if (view.entries.empty()) {
    text = "Nothing of hotaru's is running, and nothing of it bills.\n";
  } else {
    text = entries_text(view, taste, context.clock().now());
    text += fmt::format("{} an hour now, {} since they began: instances, disks and addresses, {}.{}\n",
                        price::amount_text(sum_of(view, &Entry::usd_per_hour), taste),
                        price::amount_text(sum_of(view, &Entry::usd), taste), price::taste_text(taste),
                        context.on_sim() ? " All of it is simulated: nothing is billed." : "");
  }
  if (view.sim_besides) text += "The sim runs here, too: hotaru --cloud sim\n";
  const std::string heading = view.entries.empty() ? "To begin:" : "Next:";
  if (context.language() != Language::english) {
    std::string shown;
    for (const std::string& line : lines(text)) shown += translated(context.language(), line) + "\n";
    text = shown;
  }
  return text + translated(context.language(), heading) + "\n" + steps_text(next_steps(context, view));
}

std::string json_of(Context& context, const View& view) {
  const auto number = [](const std::optional<double>& usd) { return usd ? Json(*usd) : Json(nullptr); };
  Json instances = Json::array();
  for (const Entry& entry : view.entries)
    instances.push_back({{"name", entry.facts.name},
                         {"id", entry.facts.id},
                         {"state", entry.facts.state},
                         {"type", entry.facts.type},
                         {"region", entry.facts.region},
                         {"usd_per_hour", number(entry.usd_per_hour)},
                         {"usd", number(entry.usd)}});
  Json next = Json::array();
  for (const Step& step : next_steps(context, view)) next.push_back(step.line);
  Json errors = Json::array();
  for (const auto& one : view.errors) errors.push_back({{"region", one.region}, {"error", one.error.message}});
  const Json status{{"ready", view.ready},
                    {"why", view.why.empty() ? Json(nullptr) : Json(view.why)},
                    {"instances", instances},
                    {"usd_per_hour", sum_of(view, &Entry::usd_per_hour)},
                    {"usd", sum_of(view, &Entry::usd)},
                    {"next", next},
                    {"simulated", context.on_sim()}};
  return Json{{"status", status}, {"errors", errors}}.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<int> run_command(const StatusOptions&, Context& context) {
  auto view = look(context);
  if (!view) return pass(view);
  context.out() << (context.json() ? json_of(context, *view) : text_of(context, *view));
  for (const auto& one : view->errors) tell_note(context, one.region + ": " + one.error.message);
  return exit_ok;
}

constexpr Example examples[] = {
    {"hotaru", "the same"},
    {"hotaru status -o json | jq .status.usd_per_hour", "for programs"},
};

}  // namespace

extern const Command status_command{
    .name = "status",
    .summary = "Tell what is running, what it costs, what to do next (as `hotaru` alone)",
    .arguments = "",
    .about =
        "Shows hotaru's instances in all regions in use, what they cost an hour and have cost since they began, with\n"
        "their disks, addresses and alarms, as this machine's ledger has it.",
    .examples = examples,
    .make = bound<StatusOptions>,
};

}  // namespace hotaru::cli
