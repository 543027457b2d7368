// Asks AWS for the quota that is missing, and for no more.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "aws/quotas.h"
#include "base/text.h"
#include "catalog/quotas.h"
#include "cli/asked_regions.h"
#include "cli/command.h"
#include "cli/render_market.h"
#include "cli/talk.h"

namespace hotaru::cli {
namespace {

struct RequestOptions {
  std::string type;
  std::string count;
  bool spot = false;
  bool dry_run = false;
};

void declare_options(Options& options, RequestOptions& values) {
  options.argument("TYPE", values.type, true, "instance type, such as g5.xlarge");
  options.argument("COUNT", values.count, false, "how many of it are to run beside what runs now (default: 1)");
  options.flag("--spot", values.spot, "the spot market's quota");
  options.flag("--dry-run", values.dry_run, "show what would be asked for, and ask for nothing");
}

Result<int> count_of(const std::string& text) {
  if (text.empty()) return 1;
  const auto count = parse_integer(text);
  if (count && *count >= 1 && *count <= 10'000) return static_cast<int>(*count);
  return fail(ErrorClass::invalid, fmt::format("\"{}\" is not a number of instances.", text),
              "Say it as in: hotaru quota request g5.xlarge 2");
}

Result<const catalog::InstanceType*> find_type(const catalog::Catalog& catalog, const std::string& name, bool spot) {
  const catalog::InstanceType* type = catalog.find_type(name);
  if (type == nullptr) {
    std::vector<std::string> names;
    for (const catalog::InstanceType& each : catalog.types()) names.emplace_back(each.name);
    const auto near = nearest(name, names);
    return fail(ErrorClass::not_found, fmt::format("There is no instance type {}.", name),
                near ? fmt::format("Did you mean {}?", *near) : "See: hotaru find");
  }
  if (spot && type->usage_classes.find("spot") == std::string_view::npos) {
    return fail(ErrorClass::invalid, fmt::format("{} is not sold on the spot market.", name), "Leave out --spot.");
  }
  return type;
}

/// The quota of the family as it is now.
Result<market::QuotaState> state_of(lifecycle::Context& cloud, const std::string& region,
                                    const catalog::InstanceType& type, bool spot) {
  const catalog::QuotaFamily* family = catalog::quota_family_of(type.name);
  if (family == nullptr) {
    return fail(ErrorClass::unsupported, fmt::format("hotaru does not know which quota {} counts in.", type.name),
                "Look in the console: Service Quotas, Amazon EC2.");
  }
  auto states = market::quota_limits(cloud.client, region, {{std::string(family->name), spot}});
  if (!states) return pass(states);
  if (states->empty()) {
    return fail(ErrorClass::not_found, fmt::format("{} has no quota for {}.", region, type.name),
                fmt::format("Look where it is offered: hotaru find --type {}", type.name));
  }
  auto used = market::used_vcpus(cloud.ec2(region));
  if (!used) return pass(used);
  market::set_use(*states, *used);
  return states->front();
}

Result<QuotaWish> wish_of(const RequestOptions& values, Context& context, lifecycle::Context& cloud) {
  auto count = count_of(values.count);
  if (!count) return pass(count);
  auto region = context.region();
  if (!region) return pass(region);
  auto catalog = context.catalog();
  if (!catalog) return pass(catalog);
  auto type = find_type(**catalog, values.type, values.spot);
  if (!type) return pass(type);
  QuotaWish wish{.region = region->empty() ? cloud.region : *region, .type = values.type, .count = *count, .state = {}};
  if (auto checked = lifecycle::check_region(cloud, wish.region); !checked) return pass(checked);
  auto state = state_of(cloud, wish.region, **type, values.spot);
  if (!state) return pass(state);
  wish.state = std::move(*state);
  wish.desired = wish.state.used + *count * (*type)->vcpus;
  return wish;
}

std::string wish_text(const QuotaWish& wish) {
  const market::QuotaState& state = wish.state;
  return fact_lines({{"Region", wish.region},
                     {"Quota", fmt::format("{} ({})", printable(state.name), state.code)},
                     {"Now", fmt::format("{:.10g} vCPUs, {:.10g} of them in use", state.limit, state.used)},
                     {"For", fmt::format("{} × {} beside them", wish.count, wish.type)},
                     {"New limit", fmt::format("{:.10g} vCPUs", wish.desired)}});
}

/// AWS takes one request at a time for a quota. Where the history may not be read it will say so itself.
Result<void> check_none_open(lifecycle::Context& cloud, const QuotaWish& wish) {
  const auto changes = aws::quota_changes(cloud.client, wish.region, wish.state.code);
  if (!changes) return {};
  const auto open = std::ranges::find_if(*changes, [](const aws::QuotaChange& change) {
    return change.status == "PENDING" || change.status == "CASE_OPENED";
  });
  if (open == changes->end()) return {};
  return fail(
      ErrorClass::conflict,
      fmt::format("{:.10g} vCPUs have been asked for already{}, and AWS has not decided yet ({}).", open->desired,
                  open->created ? " on " + iso8601(*open->created).substr(0, 10) : "", open->status),
      "AWS takes one request at a time for a quota. Look: hotaru quota status");
}

void tell_result(Context& context, const QuotaWish& wish, const aws::QuotaChange* change) {
  if (context.json()) {
    context.out() << json_text(wish, change);
    return;
  }
  if (!wish.needed()) {
    context.out() << fmt::format(
        "Nothing has to be asked for: {:.10g} of {:.10g} vCPUs are in use in {}, and {} × {} fit.\n", wish.state.used,
        wish.state.limit, wish.region, wish.count, wish.type);
  } else if (change == nullptr) {
    context.out() << wish_text(wish);
  } else {
    context.out() << fmt::format("Asked for {:.10g} vCPUs: request {}, {}\n", change->desired, printable(change->id),
                                 printable(change->status));
    context.err() << "AWS decides within a business day, sometimes more.  Look: hotaru quota status --region "
                  << wish.region << "\n";
  }
}

Result<int> run_command(const RequestOptions& values, Context& context) {
  auto cloud = context.cloud();
  if (!cloud) return pass(cloud);
  auto wish = wish_of(values, context, **cloud);
  if (!wish) return pass(wish);
  if (!wish->needed() || values.dry_run) {
    tell_result(context, *wish, nullptr);
    return 0;
  }
  if (auto none_open = check_none_open(**cloud, *wish); !none_open) return pass(none_open);
  context.err() << wish_text(*wish);
  if (auto agreed = ask(context, "Ask AWS for it?", "Nothing was asked for."); !agreed) return pass(agreed);
  auto change = aws::request_quota_increase((*cloud)->client, wish->region, wish->state.code, wish->desired);
  if (!change) return pass(change);
  tell_result(context, *wish, &*change);
  return 0;
}

constexpr Example examples[] = {
    {"hotaru quota request g5.xlarge", "so much that one of it can run beside what runs now"},
    {"hotaru quota request p4d.24xlarge 2 --spot --region us-west-2", "two of it on the spot market"},
    {"hotaru quota request g5.xlarge --dry-run", "what would be asked for"},
};

}  // namespace

extern const Command quota_request_command{
    .name = "quota request",
    .summary = "Ask AWS for the quota that a launch is short of",
    .arguments = "TYPE [COUNT]",
    .about =
        "Asks Service Quotas for exactly what is missing, after showing it: the smaller a request, the sooner it is\n"
        "granted. Costs nothing. Permissions: servicequotas:RequestServiceQuotaIncrease and those of `hotaru quota`.",
    .examples = examples,
    .make = bound<RequestOptions>,
};

}  // namespace hotaru::cli
