// What the account may run, and what has become of requests for more.
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
#include "market/quota_fit.h"

namespace hotaru::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

struct QuotaOptions {
  bool all_regions = false;
  bool all = false;
};

void declare_options(Options& options, QuotaOptions& values) {
  options.flag("--all-regions", values.all_regions, "every region that is enabled for the account");
  options.flag("-a,--all", values.all, "every family, not those with GPUs alone");
}

bool is_shown(const market::QuotaState& state, bool all) {
  const auto families = catalog::quota_families();
  const auto family = std::ranges::find(families, state.family, &catalog::QuotaFamily::name);
  return all || (family != families.end() && family->has_gpus);
}

std::vector<QuotaFacts> facts_of(const catalog::Catalog& catalog, const std::string& region,
                                 const std::vector<market::QuotaState>& states, bool all) {
  std::vector<QuotaFacts> facts;
  for (const market::QuotaState& state : states) {
    if (!is_shown(state, all)) continue;
    const auto fit = market::quota_fit(catalog, region, state.family, state.spot, state.limit - state.used);
    facts.push_back({region, state, fit ? std::string(fit->type->name) : "", fit ? fit->count : 0});
  }
  return facts;
}

std::string fits_text(const QuotaFacts& quota) {
  if (quota.fits_type.empty()) return "not offered";
  if (quota.fits == 0) return "no " + quota.fits_type;
  return fmt::format("{} × {}", quota.fits, quota.fits_type);
}

Rows rows_of(const std::vector<QuotaFacts>& quotas) {
  Rows rows{{"REGION", "FAMILY", "MARKET", "LIMIT", "USED", "FREE", "FITS"}};
  for (const QuotaFacts& quota : quotas) {
    const market::QuotaState& state = quota.state;
    rows.push_back({quota.region, state.family, state.spot ? "spot" : "on-demand", fmt::format("{:.10g}", state.limit),
                    fmt::format("{:.10g}", state.used), fmt::format("{:.10g}", std::max(0.0, state.limit - state.used)),
                    fits_text(quota)});
  }
  return rows;
}

Result<int> run_command(const QuotaOptions& values, Context& context) {
  auto cloud = context.cloud();
  if (!cloud) return pass(cloud);
  auto catalog = context.catalog();
  if (!catalog) return pass(catalog);
  auto regions = asked_regions(context, **cloud, values.all_regions);
  if (!regions) return pass(regions);
  using States = std::vector<market::QuotaState>;
  auto told = ask_each_region<States>(
      **cloud, *regions, [&](const std::string& region) { return market::quotas((*cloud)->client, region); });
  if (!told) return pass(told);
  std::vector<QuotaFacts> facts;
  for (const auto& [region, states] : told->answers) {
    std::ranges::move(facts_of(**catalog, region, states, values.all), std::back_inserter(facts));
  }
  if (context.json()) {
    context.out() << json_text(facts, told->errors);
  } else {
    context.out() << table(rows_of(facts));
    context.err() << "In vCPUs. Ask for more: hotaru quota request TYPE [COUNT]\n";
  }
  tell_region_errors(context, told->errors);
  return 0;
}

constexpr Example quota_examples[] = {
    {"hotaru quota", "the GPU families in the region that hotaru works in"},
    {"hotaru quota --all-regions", "in every enabled region"},
    {"hotaru quota --region ap-northeast-1 --all -o json", "all families in Tokyo, for programs"},
};

struct StatusOptions {
  bool all_regions = false;
};

void declare_options(Options& options, StatusOptions& values) {
  options.flag("--all-regions", values.all_regions, "every region that is enabled for the account");
}

/// A region's requests, with the limits that they wanted to change as they are now.
Result<std::vector<QuotaRequestFacts>> requests_of(aws::Client& client, const std::string& region) {
  auto changes = aws::quota_changes(client, region, "");
  if (!changes) return pass(changes);
  if (changes->empty()) return std::vector<QuotaRequestFacts>{};
  auto limits = aws::list_quotas(client, region);
  if (!limits) return pass(limits);
  std::vector<QuotaRequestFacts> requests;
  for (aws::QuotaChange& change : *changes) {
    const auto quota = std::ranges::find(*limits, change.quota_code, &aws::Quota::code);
    const auto limit = quota != limits->end() ? std::optional(quota->value) : std::nullopt;
    requests.push_back({region, std::move(change), limit});
  }
  return requests;
}

Rows rows_of(const std::vector<QuotaRequestFacts>& requests) {
  Rows rows{{"REGION", "QUOTA", "ASKED FOR", "LIMIT NOW", "STATUS", "ASKED ON", "CASE"}};
  for (const QuotaRequestFacts& request : requests) {
    const aws::QuotaChange& change = request.change;
    rows.push_back({request.region, printable(change.quota_name.empty() ? change.quota_code : change.quota_name),
                    fmt::format("{:.10g}", change.desired),
                    request.limit ? fmt::format("{:.10g}", *request.limit) : "-", printable(change.status),
                    change.created ? iso8601(*change.created).substr(0, 10) : "-",
                    change.case_id.empty() ? "-" : printable(change.case_id)});
  }
  return rows;
}

Result<int> run_command(const StatusOptions& values, Context& context) {
  auto cloud = context.cloud();
  if (!cloud) return pass(cloud);
  auto regions = asked_regions(context, **cloud, values.all_regions);
  if (!regions) return pass(regions);
  auto told = ask_each_region<std::vector<QuotaRequestFacts>>(
      **cloud, *regions, [&](const std::string& region) { return requests_of((*cloud)->client, region); });
  if (!told) return pass(told);
  std::vector<QuotaRequestFacts> requests;
  for (auto& [region, list] : told->answers) std::ranges::move(list, std::back_inserter(requests));
  if (context.json()) {
    context.out() << json_text(requests, told->errors);
  } else if (requests.empty()) {
    context.err() << "Nobody has asked for a higher quota in " << join(*regions, ", ") << ".\n";
  } else {
    context.out() << table(rows_of(requests));
    context.err() << "A closed case does not mean that it was granted: the limit of now tells.\n";
  }
  tell_region_errors(context, told->errors);
  return 0;
}

constexpr Example status_examples[] = {
    {"hotaru quota status", "what was asked for in the region, and what has become of it"},
    {"hotaru quota status --all-regions", "in every enabled region"},
};

}  // namespace

extern const Command quota_command{
    .name = "quota",
    .summary = "Show how much of each GPU family the account may run",
    .arguments = "",
    .about =
        "EC2 counts quotas in vCPUs, for each region, and apart for on-demand and spot; GPU families begin with 0 in "
        "a\n"
        "new account. USED is what is pending or running now. Permissions: servicequotas:List*, ec2:DescribeInstances.",
    .examples = quota_examples,
    .make = bound<QuotaOptions>,
};

extern const Command quota_status_command{
    .name = "quota status",
    .summary = "Show what has become of requests for higher quotas",
    .arguments = "",
    .about =
        "Shows the requests that Service Quotas remembers, newest first, beside the limits of now. AWS answers within\n"
        "a business day, sometimes more; CASE is the one of AWS Support.",
    .examples = status_examples,
    .make = bound<StatusOptions>,
};

}  // namespace hotaru::cli
