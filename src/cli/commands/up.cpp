#include <fmt/format.h>

#include <filesystem>
#include <limits>
#include <ostream>

#include "base/text.h"
#include "cli/command.h"
#include "cli/connection.h"
#include "cli/render.h"
#include "cli/talk.h"
#include "cli/watched.h"
#include "cli/words.h"
#include "lifecycle/lifecycle.h"

namespace hotaru::cli {
namespace {

constexpr int unsaid = std::numeric_limits<int>::min();

struct UpOptions {
  lifecycle::Request request;
  std::string gpu;
  bool no_wait = false;
  bool dry_run = false;
  int disk_gib = unsaid;
  int patience_minutes = 15;
};

void declare_options(Options& options, UpOptions& values) {
  auto& request = values.request;
  options.argument("NAME", request.name, false, "what to call it (a-z, 0-9, -); one is made up where none is given");
  options.text("-t,--type", "TYPE", request.type, "instance type, such as g4dn.xlarge");
  options.text("-g,--gpu", "NAME[:COUNT]", values.gpu, "the cheapest type that has so many of that GPU");
  options.text("--zone", "ZONE", request.zone, "availability zone, by name or id");
  options.text("--image", "IMAGE", request.image, "ubuntu (default), amazon-linux, debian, or an ami-…");
  options.text("--user", "USER", request.user, "login (default: the image's own)");
  options.number("--disk", "GIB", values.disk_gib, "size of the root volume (default: 64, or the image's if more)");
  options.text("--subnet", "SUBNET", request.subnet, "subnet-… (default: the default VPC's)");
  options.text("--key", "FILE", request.key_file,
               "an existing public key instead of hotaru's own; its private half beside it or in ssh-agent");
  options.text("--role", "PROFILE", request.role, "instance profile, name or ARN");
  options.texts("--from", "CIDR", request.from, "who may reach port 22 (default: your own address alone)");
  options.flag("--create-default-vpc", request.create_default_vpc, "make the default VPC where the account has none");
  options.flag("--no-wait", values.no_wait, "return when EC2 has accepted the launch; connect to nothing");
  options.number("--timeout", "MINUTES", values.patience_minutes, "how long to wait for a shell (default: 15)");
  options.flag("--dry-run", values.dry_run, "show the plan and change nothing anywhere");
}

/// "T4:4" into GPU and count.
Result<void> read_gpu(const std::string& text, lifecycle::Request& request) {
  if (text.empty()) return {};
  const auto parts = split(text, ':');
  request.gpu = parts[0];
  if (parts.size() == 1) return {};
  const auto count = parse_integer(parts[1]);
  if (parts.size() > 2 || !count || *count < 1 || *count > 64) {
    return fail(ErrorClass::invalid, fmt::format("\"{}\" is not a GPU and a count.", text), "Say it as in --gpu T4:4.");
  }
  request.gpu_count = static_cast<int>(*count);
  return {};
}

Result<lifecycle::Request> request_of(const UpOptions& values, const Context& context) {
  lifecycle::Request request = values.request;
  const bool no_disk = values.disk_gib != unsaid && values.disk_gib < 1;
  if (no_disk || values.patience_minutes < 1) {
    return fail(ErrorClass::invalid, "A size or a time must be more than nothing.",
                fmt::format("Say {} 1 or more.", no_disk ? "--disk" : "--timeout"));
  }
  if (values.disk_gib != unsaid) request.disk_gib = values.disk_gib;
  if (auto gpu = read_gpu(values.gpu, request); !gpu) return pass(gpu);
  auto region = context.region();
  if (!region) return pass(region);
  request.region = *region;
  request.wait = !values.no_wait;
  request.patience = Duration{values.patience_minutes * 60'000};
  return request;
}

std::string plan_text(const lifecycle::LaunchPlan& plan, bool simulated) {
  const auto& request = plan.request;
  if (plan.existing) {
    const auto& there = *plan.existing;
    const bool stopped = there.state == "stopped" || there.state == "stopping";
    return fmt::format("{} is there already: {} {} in {}, {}. Nothing would be launched{}.\n", request.name, there.type,
                       there.id, request.region, there.state, stopped ? "; it would be started" : "");
  }
  std::string zone = plan.subnet.zone;
  if (!plan.subnet.zone_id.empty()) zone += zone.empty() ? plan.subnet.zone_id : " (" + plan.subnet.zone_id + ")";
  std::string text =
      fact_lines({{"Name", request.name},
                  {"Instance type", request.type},
                  {"GPU", plan.gpu.empty() ? "none" : plan.gpu},
                  {"Region", request.region},
                  {"Zone", zone},
                  {"Image", plan.image.name + " (" + plan.image.id + ")"},
                  {"Disk", fmt::format("{} GiB gp3, encrypted, deleted with the instance", plan.disk_gib)},
                  {"Open to", join(plan.from, ", ") + " on port 22"},
                  {"Price", price_sentence(plan.price, simulated)}});
  for (const auto& sentence : plan.creates) text += "  + " + sentence + "\n";
  for (const auto& sentence : plan.exists) text += "  = " + sentence + "\n";
  return text;
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
  context.out() << "End it:   hotaru down " << facts.name << "\n";
}

Result<lifecycle::Launched> launch(Context& context, lifecycle::Context& cloud, const lifecycle::LaunchPlan& plan) {
  return watched(context, cloud, per_hour(plan.price), [&] { return lifecycle::launch(cloud, plan); });
}

Result<int> run_command(const UpOptions& values, Context& context) {
  auto request = request_of(values, context);
  if (!request) return pass(request);
  if (!request->name.empty()) {
    if (auto good = lifecycle::check_name(request->name); !good) return pass(good);
  }
  auto cloud = context.cloud();
  if (!cloud) return pass(cloud);
  auto plan = watched(context, **cloud, "", [&] { return lifecycle::plan(**cloud, *request); });
  if (!plan) return pass(plan);

  if (values.dry_run) {
    context.out() << (context.json() ? json_text(*plan, context.on_sim()) : plan_text(*plan, context.on_sim()));
    return 0;
  }
  if (!plan->existing) {
    context.err() << plan_text(*plan, context.on_sim());
    if (auto agreed = ask(context, "Launch it?", "Nothing was launched."); !agreed) return pass(agreed);
  }
  auto launched = launch(context, **cloud, *plan);
  if (!launched) return pass(launched);
  follow_connection(context, *launched);
  tell_result(context, *launched);
  if (launched->ready) offer_alias(context, launched->target);
  return 0;
}

constexpr Example examples[] = {
    {"hotaru up --type g4dn.xlarge", "shows the plan with its price, asks, launches, waits until you can log in"},
    {"hotaru up train --gpu A10G:4 --region ap-northeast-1", "the cheapest type with four A10G in Tokyo"},
    {"hotaru up train --type g5.2xlarge --disk 200 --yes", "without asking, with a larger disk"},
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
        "Ctrl-C leaves the undoing to the next hotaru command.",
    .examples = examples,
    .make = bound<UpOptions>,
};

}  // namespace hotaru::cli
