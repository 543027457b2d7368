#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <ostream>

#include "base/text.h"
#include "cli/choose_places.h"
#include "cli/command.h"
#include "cli/connection.h"
#include "cli/limit_options.h"
#include "cli/plan_text.h"
#include "cli/render.h"
#include "cli/talk.h"
#include "cli/watched.h"
#include "cli/words.h"
#include "lifecycle/choose.h"
#include "lifecycle/lifecycle.h"

namespace hotaru::cli {
namespace {

constexpr int unsaid = std::numeric_limits<int>::min();

struct UpOptions {
  lifecycle::Request request;
  WishOptions wish;
  LimitOptions limits;
  std::string plan_file;
  std::string retry_for;
  bool fresh = false;
  bool no_wait = false;
  bool dry_run = false;
  int disk_gib = unsaid;
  int patience_minutes = 15;
};
/// `hotaru plan`: the same, changing nothing.
struct PlanOptions : UpOptions {};

void declare_options(Options& options, UpOptions& values) {
  auto& request = values.request;
  options.argument("NAME", request.name, false, "what to call it (a-z, 0-9, -); one is made up where none is given");
  declare_wish(options, values.wish);
  options.text("--zone", "ZONE", request.zone, "availability zone, by name or id");
  options.text("--image", "IMAGE", request.image,
               "dlami (NVIDIA driver and CUDA inside; default for GPUs), pytorch, ubuntu (default else), amazon-linux, "
               "debian, a name of your own, marketplace:NAME, resolve:ssm:…, or an ami-…");
  options.text("--user", "USER", request.user, "login (default: the image's own)");
  options.number("--disk", "GIB", values.disk_gib, "size of the root volume (default: 64, or the image's if more)");
  options.text("--subnet", "SUBNET", request.subnet, "subnet-… (default: the default VPC's)");
  options.text("--key", "FILE", request.key_file,
               "an existing public key instead of hotaru's own; its private half beside it or in ssh-agent");
  options.text("--role", "PROFILE", request.role, "instance profile, name or ARN");
  options.texts("--from", "CIDR", request.from, "who may reach port 22 (default: your own address alone)");
  declare_limits(options, values.limits, false);
  options.flag("--create-default-vpc", request.create_default_vpc, "make the default VPC where the account has none");
  options.flag("--no-wait", values.no_wait, "return when EC2 has accepted the launch; connect to nothing");
  options.number("--timeout", "MINUTES", values.patience_minutes, "how long to wait for a shell (default: 15)");
  options.text("--retry-for", "TIME", values.retry_for, "keep trying where nothing has room: 30m, 2h");
  options.text("--plan", "FILE", values.plan_file, "launch what `hotaru plan -o json` has written");
  options.flag("--fresh", values.fresh, "ask again for what is remembered: regions, quotas");
  options.flag("--dry-run", values.dry_run, "show the plan and change nothing anywhere");
}

/// "30m", "2h", "90s" in milliseconds; nothing for "".
Result<Duration> read_time(const std::string& text) {
  if (text.empty()) return Duration{0};
  const auto number = parse_integer(text.substr(0, text.size() - 1));
  const Duration::rep unit = text.back() == 's'   ? 1000
                             : text.back() == 'm' ? 60'000
                             : text.back() == 'h' ? 3'600'000
                                                  : 0;
  if (number && *number > 0 && *number < 10'000 && unit > 0) return Duration{*number * unit};
  return fail(ErrorClass::invalid, fmt::format("\"{}\" is no length of time.", text), "Say it as in 30m or 2h.");
}

Result<lifecycle::Request> request_of(const UpOptions& values, Context& context) {
  lifecycle::Request request = values.request;
  const bool no_disk = values.disk_gib != unsaid && values.disk_gib < 1;
  if (no_disk || values.patience_minutes < 1) {
    return fail(ErrorClass::invalid, "A size or a time must be more than nothing.",
                fmt::format("Say {} 1 or more.", no_disk ? "--disk" : "--timeout"));
  }
  if (values.disk_gib != unsaid) request.disk_gib = values.disk_gib;
  if (context.globals().regions.size() == 1) request.region = context.globals().regions.front();
  request.type = values.wish.type;
  request.spot = values.wish.spot || values.wish.market == "spot";
  auto limits = limits_to_propose(values.limits, context);
  if (!limits) return pass(limits);
  request.limits = *limits;
  request.wait = !values.no_wait;
  request.dry_run = values.dry_run;
  request.patience = Duration{values.patience_minutes * 60'000};
  return request;
}

/// Type and region are named, and nothing else is wished for: there is nothing to choose, and nothing is asked for it.
bool is_settled(const UpOptions& values, const Context& context, const lifecycle::Context& cloud) {
  const auto& wish = values.wish;
  const bool one_type = !wish.type.empty() && wish.type.find_first_of("*?") == std::string::npos;
  const bool one_region =
      context.globals().regions.size() == 1 || (context.globals().regions.empty() && !cloud.region.empty());
  return one_type && one_region && !has_wish(wish) && wish.max_price.empty() && wish.max_latency.empty() &&
         wish.market != "any";
}

/// Eight of them cost eight times as much: who wants one and can only have more is asked to say so.
Result<void> check_single(const std::string& gpu, const catalog::Catalog& catalog) {
  int fewest = 0;
  for (const catalog::InstanceType& type : catalog.types())
    if (type.gpu_name == gpu && type.gpu_count > 0 && (fewest == 0 || type.gpu_count < fewest)) fewest = type.gpu_count;
  if (fewest <= 1) return {};
  return fail(ErrorClass::not_found, fmt::format("No instance type has one {} alone; the fewest are {}.", gpu, fewest),
              fmt::format("Say --gpu {}:{}; `hotaru find` shows what it costs.", gpu, fewest));
}

bool is_zone_id(std::string_view zone) { return zone.find("-az") != std::string_view::npos; }

/// What is wanted of a machine that people launch: a GPU by its name is one whole GPU.
Result<plan::Wish> wish_of(const UpOptions& values, Context& context) {
  auto catalog = context.catalog();
  if (!catalog) return pass(catalog);
  auto wish = read_wish(values.wish, context, **catalog);
  if (!wish) return wish;
  if (!wish->gpu.name.empty() && wish->gpu.count == 0) {
    wish->gpu.count = 1;
    if (auto single = check_single(wish->gpu.name, **catalog); !single) return pass(single);
  }
  if (values.wish.type.empty() && !has_wish(values.wish))
    return fail(ErrorClass::invalid, "What is to be launched was not said.",
                "Say --gpu T4, --gpu 24GiB or --type g4dn.xlarge; `hotaru find` shows what there is.");
  wish->zone_id = values.request.zone;
  if (!wish->zone_id.empty() && !is_zone_id(wish->zone_id) && context.globals().regions.size() != 1)
    return fail(ErrorClass::invalid, "A zone by its name belongs to a region.",
                "Say --region with it, or the zone's id (use1-az1).");
  return wish;
}

/// A plan, and what it was chosen from.
struct Decision {
  lifecycle::LaunchPlan plan;
  std::optional<Chosen> chosen;
};

bool is_known(const lifecycle::Context& cloud, const std::string& name) {
  if (name.empty()) return false;
  const auto known = cloud.known.find(cloud.scope, name);
  return known && !known->empty();
}

Result<Decision> decide(const UpOptions& values, Context& context, lifecycle::Context& cloud,
                        lifecycle::Request request) {
  Decision decision;
  std::vector<lifecycle::Place> places;
  if (!values.plan_file.empty()) {
    auto kept = read_plan_file(values.plan_file);
    if (!kept) return pass(kept);
    if (request.name.empty()) request.name = kept->request.name;
    request.image = kept->request.image;
    request.disk_gib = kept->request.disk_gib;
    request.from = kept->request.from;
    places = kept->places;
  } else if (!is_settled(values, context, cloud) && !is_known(cloud, request.name)) {
    auto wish = wish_of(values, context);
    if (!wish) return pass(wish);
    if (!wish->zone_id.empty() && !is_zone_id(wish->zone_id)) {
      auto id = lifecycle::zone_id_of(cloud, context.globals().regions.front(), wish->zone_id);
      if (!id) return pass(id);
      wish->zone_id = *id;
    }
    auto chosen = choose_places(context, cloud, *wish, values.fresh);
    if (!chosen) return pass(chosen);
    places = chosen->places;
    decision.chosen = std::move(*chosen);
  }
  auto plan = lifecycle::plan(cloud, request, places);
  if (!plan) return pass(plan);
  decision.plan = std::move(*plan);
  return decision;
}

/// What was tried on the way.
void tell_refusals(Context& context, const std::vector<lifecycle::Refusal>& refusals) {
  if (refusals.empty()) return;
  std::vector<std::vector<std::string>> rows{{"TRIED", "REGION", "ZONE", "SAID"}};
  for (const auto& one : refusals)
    rows.push_back({one.place.type + (one.place.spot ? " spot" : ""), one.place.region,
                    one.place.zone_id.empty() ? "-" : one.place.zone_id, one.code.empty() ? one.message : one.code});
  context.err() << table(rows);
}

void tell_result(Context& context, const lifecycle::Launched& launched) {
  if (context.json()) {
    context.out() << json_text(launched, context.on_sim());
    return;
  }
  const auto& facts = launched.facts;
  const std::string what = launched.started   ? "was stopped and has been started"
                           : launched.existed ? "is there already"
                                              : "is launched";
  std::string line = fmt::format("{} {}: {} {} in {}", facts.name, what, facts.type, facts.id, facts.region);
  if (!facts.address.empty()) line += ", " + facts.address;
  line += took(launched.timings);
  context.out() << line << "\n";
  if (launched.ready) {
    context.out() << "Connect:  hotaru ssh " << facts.name << "\n";
  } else {
    context.out() << "It is " << facts.state << ".  Look: hotaru show " << facts.name << "\n";
  }
  context.out() << "Limits:   " << limits_text(facts.limits, context.clock().now());
  if (launched.guard) context.out() << " (its guard is armed)";
  context.out() << "\nEnd it:   hotaru down " << facts.name << "\n";
}

/// Until one has room, or the time is over: with growing pauses, so that nobody is bothered.
Result<lifecycle::Launched> launch(Context& context, lifecycle::Context& cloud, const lifecycle::LaunchPlan& plan,
                                   Duration retry_for) {
  const Duration end = context.clock().steady() + retry_for;
  Duration pause{30'000};
  return watched(context, cloud, per_hour(plan.price), [&]() -> Result<lifecycle::Launched> {
    while (true) {
      auto launched = lifecycle::launch(cloud, plan);
      const bool no_room = !launched && launched.error().kind == ErrorClass::capacity;
      if (!no_room || context.clock().steady() + pause > end) return launched;
      cloud.progress({"retry", fmt::format("Nothing has room; trying again in {}, for {} more", human_duration(pause),
                                           human_duration(end - context.clock().steady()))});
      if (!context.clock().sleep(pause)) return fail(ErrorClass::interrupted, "Interrupted.", "Nothing is left.");
      pause = std::min(pause * 3 / 2, Duration{5 * 60'000});
    }
  });
}

int show_plan(Context& context, const Decision& decision, const price::FullPrice& full, const price::Taste& taste) {
  const Chosen* chosen = decision.chosen ? &*decision.chosen : nullptr;
  if (context.json()) {
    context.out() << plan_json(decision.plan, full, chosen, context.clock().now(), context.on_sim());
    return 0;
  }
  if (chosen != nullptr && !decision.plan.existing) context.out() << offers_text(*chosen);
  context.out() << plan_text(decision.plan, full, taste, context.clock().now(), context.on_sim(), context.language());
  return 0;
}

Result<int> run_command(const UpOptions& values, Context& context) {
  auto request = request_of(values, context);
  if (!request) return pass(request);
  if (!request->name.empty()) {
    if (auto good = lifecycle::check_name(request->name); !good) return pass(good);
  }
  auto retry_for = read_time(values.retry_for);
  if (!retry_for) return pass(retry_for);
  if (has_wish(values.wish))  // what makes no sense is said before anybody is asked for credentials
    if (auto wish = wish_of(values, context); !wish) return pass(wish);
  auto taste = taste_of(context);
  if (!taste) return pass(taste);
  auto cloud = values.dry_run ? context.cloud() : context.cloud_to_launch();
  if (!cloud) return pass(cloud);
  auto decision = watched(context, **cloud, "", [&] { return decide(values, context, **cloud, *request); });
  if (!decision) return pass(decision);
  const lifecycle::LaunchPlan& plan = decision->plan;
  const price::FullPrice full = price_of(plan, (*cloud)->catalog());
  if (values.dry_run) return show_plan(context, *decision, full, *taste);
  if (!plan.existing) {
    if (decision->chosen) context.err() << offers_text(*decision->chosen);
    context.err() << plan_text(plan, full, *taste, context.clock().now(), context.on_sim(), context.language());
    if (auto agreed = ask(context, "Launch it?", "Nothing was launched."); !agreed) return pass(agreed);
  }
  auto launched = launch(context, **cloud, plan, *retry_for);
  if (!launched) return pass(launched);
  tell_refusals(context, launched->refusals);
  follow_connection(context, *launched);
  tell_result(context, *launched);
  if (launched->ready) offer_alias(context, launched->target);
  return 0;
}

Result<int> run_command(const PlanOptions& values, Context& context) {
  UpOptions dry = values;
  dry.dry_run = true;
  return run_command(dry, context);
}

constexpr Example examples[] = {
    {"hotaru up --type g4dn.xlarge", "shows the plan with its price, asks, launches, waits until you can log in"},
    {"hotaru up --gpu 24GiB --yes", "the cheapest GPU with 24 GB or more that the account may have, wherever it is"},
    {"hotaru up train --gpu A10G:4 --region ap-northeast-1", "the cheapest type with four A10G in Tokyo"},
    {"hotaru up train --gpu L4 --spot --retry-for 2h", "on spot; tries for two hours where nothing has room"},
    {"hotaru up train --type g5.2xlarge --disk 200 --yes", "without asking, with a larger disk"},
    {"hotaru up train --gpu L4 --for 8h --budget 10usd --then terminate", "limits, kept with the laptop closed"},
    {"hotaru up --gpu T4 --dry-run -o json", "the plan alone, for programs"},
    {"hotaru --cloud sim up try --type g4dn.xlarge --yes", "on the embedded EC2: no account, no bill"},
};

}  // namespace

extern const Command up_command{
    .name = "up",
    .summary = "Launch an instance and wait until you can log in",
    .arguments = "[NAME]",
    .about =
        "Launches an instance, waits for it, and verifies a shell on it. Running it again with the same name is\n"
        "harmless: it says what is there, and starts it if it is stopped. Ctrl-C undoes what was done; a second\n"
        "Ctrl-C leaves the undoing to the next hotaru command.\n\n"
        "With a type and a region it tries that region's zones. With wishes (--gpu, --memory …) it asks all enabled\n"
        "regions, or those of --region, for quotas, ranks what there is, and goes from one offer to the next until "
        "one\n"
        "has room. A zone that refused is not asked again for ten minutes.\n\n"
        "Limits (--for, --until, --idle, --budget) are kept on the instance itself, with nothing of hotaru running:\n"
        "the first one reached stops or terminates it. Without any, those of `hotaru config`, else --idle 1h --for "
        "24h.",
    .examples = examples,
    .make = bound<UpOptions>,
};

constexpr Example plan_examples[] = {
    {"hotaru plan --gpu 24GiB", "the best offers, what would be made, and what it costs in full"},
    {"hotaru plan --gpu T4 --max-latency 50 --sort latency", "near first (after `hotaru regions`)"},
    {"hotaru plan --gpu L4 -o json > plan.json; hotaru up --plan plan.json", "look first, launch later"},
};

extern const Command plan_command{
    .name = "plan",
    .summary = "Show what `up` would launch, where, and what it costs; change nothing",
    .arguments = "[NAME]",
    .about = "The same as `hotaru up --dry-run`, with the same options.",
    .examples = plan_examples,
    .make = bound<PlanOptions>,
};

}  // namespace hotaru::cli
