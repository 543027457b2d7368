#include <fmt/format.h>
#include <malloc.h>

#include <ostream>

#include "base/duration.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/plan_text.h"
#include "cli/render.h"
#include "cli/talk.h"
#include "cli/words.h"
#include "lifecycle/cost.h"
#include "lifecycle/lifecycle.h"

namespace hotaru::cli {
namespace {

struct LsOptions {
  bool all = false;
  bool watch = false;
  std::string every = "5s";
};

void declare_options(Options& options, LsOptions& values) {
  options.flag("-a,--all", values.all, "every instance of the account, not hotaru's alone");
  options.flag("-w,--watch", values.watch, "look again and again, until Ctrl-C");
  options.text("--every", "TIME", values.every, "with --watch: how often (default: 5s)");
}

std::vector<std::string> row_of(const lifecycle::Facts& facts, TimePoint now) {
  const std::string gpu = facts.gpu.empty() ? "-" : facts.gpu;
  return {facts.name.empty() ? facts.id : facts.name,
          facts.state,
          facts.type,
          gpu,
          facts.region,
          facts.address.empty() ? "-" : facts.address,
          age(facts.launch_time, now),
          facts.price ? fmt::format("{:.3f}", facts.price->usd) : "-"};
}

/// The list on standard output, in one piece or in many.
class Writer {
 public:
  /// `heading` goes before everything, as soon as there is something to show.
  Writer(Context& context, std::string heading)
      : context_(context), heading_(std::move(heading)), json_(context.on_sim()) {}

  void add(const std::vector<lifecycle::Facts>& instances) {
    if (context_.json()) {
      context_.out() << json_.part(instances);
      return;
    }
    if (instances.empty()) return;
    head();
    std::vector<std::vector<std::string>> rows;
    if (!begun_) rows.push_back({"NAME", "STATE", "TYPE", "GPU", "REGION", "ADDRESS", "AGE", "$/H"});
    begun_ = true;
    const TimePoint now = context_.clock().now();
    for (const auto& facts : instances) rows.push_back(row_of(facts, now));
    context_.out() << table_.part(rows);
  }
  void end(const std::vector<lifecycle::RegionError>& errors) {
    if (context_.json()) context_.out() << json_.end(errors);
  }
  bool begun() const { return begun_; }
  void head() {
    context_.out() << heading_;
    heading_.clear();
  }

 private:
  Context& context_;
  std::string heading_;
  ListingText json_;
  Table table_;
  bool begun_ = false;
};

/// What is stopped bills on, each time that it is shown.
void tell_stopped(Context& context, lifecycle::Context& cloud, const std::vector<lifecycle::Facts>& instances) {
  constexpr int most_told = 5;
  const auto taste = taste_of(context).value_or(price::Taste{});
  int told = 0;
  for (const auto& facts : instances) {
    if (facts.state != "stopped" && facts.state != "stopping") continue;
    if (++told > most_told) continue;
    if (const auto rate = lifecycle::stopped_rate(cloud, facts))
      tell_note(context,
                fmt::format("{} is stopped and still bills {}", facts.name, still_bills(*rate, facts.name, taste)));
  }
  if (told > most_told)
    tell_note(context, fmt::format("{} more are stopped, and bill for their disks: hotaru cost", told - most_told));
}

Result<int> look(const LsOptions& values, Context& context, const std::string& heading) {
  // Pages of EC2's are megabytes, read by a thread for each region. By itself malloc keeps large blocks after the
  // first, in pieces, and a heap for each thread: a long list would take more memory than a short one (mallopt(3)).
  mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
  mallopt(M_ARENA_MAX, 2);
  auto cloud = context.cloud();
  if (!cloud) return pass(cloud);
  Writer writer(context, heading);
  auto listing = lifecycle::list(**cloud, {.regions = context.globals().regions, .all = values.all},
                                 [&](const std::vector<lifecycle::Facts>& part) { writer.add(part); });
  if (!listing) return pass(listing);
  writer.add(listing->instances);
  writer.end(listing->errors);
  if (!context.json() && !writer.begun()) {
    writer.head();
    context.out().flush();
    const std::string none = values.all ? "There is no instance." : "There is no instance of hotaru's.";
    context.err() << translated(context.language(), none) << "\n";
  }
  tell_stopped(context, **cloud, listing->instances);
  for (const auto& one : listing->settled) tell_note(context, one.text);
  for (const auto& one : listing->errors) tell_note(context, one.region + ": " + one.error.message);
  if (context.on_sim() && writer.begun()) context.err() << "All of it is simulated.\n";
  if (!listing->failure) return 0;
  say_error(context, *listing->failure);
  return exit_code_of(listing->failure->kind);
}

/// What goes before each look: a terminal begins anew, anything else gets a line with the time.
std::string heading_of(Context& context, Duration every) {
  const std::string when = iso8601(context.clock().now(), false);
  if (context.json()) return "";
  if (!context.interactive() || !context.live()) return when + "\n";
  return fmt::format("\033[H\033[J{}, every {}; Ctrl-C ends\n", when, duration_text(every));
}

Result<int> run_command(const LsOptions& values, Context& context) {
  if (!values.watch) return look(values, context, "");
  const auto every = parse_duration(values.every);
  if (!every || *every < Duration{1'000})
    return fail(ErrorClass::invalid, fmt::format("\"{}\" is no time to wait between two looks.", values.every),
                "Say --every 5s, or another time of a second or more.");
  while (true) {
    auto looked = look(values, context, heading_of(context, *every));
    if (!looked && looked.error().kind == ErrorClass::interrupted) return exit_interrupted;
    if (!looked) say_error(context, looked.error());  // the next look may have an answer
    context.out().flush();
    if (!context.out()) return exit_local;  // nobody reads any more
    if (!context.clock().sleep(*every)) return exit_interrupted;
  }
}

constexpr Example examples[] = {
    {"hotaru ls", "hotaru's instances, in all regions in use"},
    {"hotaru ls --all --region us-east-1 --region ap-northeast-1", "every instance of the account in two regions"},
    {"hotaru ls --watch", "again every five seconds"},
    {"hotaru ls -o json | jq -r '.instances[].address'", "for programs"},
};

}  // namespace

extern const Command ls_command{
    .name = "ls",
    .summary = "List instances",
    .arguments = "",
    .about =
        "Lists hotaru's instances in all regions in use (all enabled ones when none is known). Prices are of the\n"
        "instance alone, on demand, Linux, before tax.\n\n"
        "They are sorted by region and name. Of more than a thousand each page of EC2's is shown as it comes, sorted "
        "in\n"
        "itself.",
    .examples = examples,
    .make = bound<LsOptions>,
};

}  // namespace hotaru::cli
