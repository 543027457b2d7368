#include "sim/services/service_quotas.h"

#include <fmt/format.h>

#include "sim/services/page.h"
#include "sim/services/services.h"

namespace hotaru::sim::services {

namespace {

/// "G/OnDemand", as CloudWatch's metric of the usage has it.
std::string usage_class(const Quota& quota) {
  std::string family(quota.family->name);
  if (family == "standard") {
    family = "Standard";
  } else if (family.front() >= 'a' && family.front() <= 'z') {
    family.front() -= 'a' - 'A';
  }
  return family + (quota.market == "spot" ? "/Spot" : "/OnDemand");
}

void write(const Context& context, const Quota& quota, bool by_default, JsonObject& out) {
  const std::int64_t value = by_default ? default_limit(quota) : limit_of(context.world, context.state, quota);
  JsonObject dimensions;
  dimensions.text("Class", usage_class(quota)).text("Resource", "vCPU").text("Service", "EC2").text("Type", "Resource");
  JsonObject usage;
  usage.text("MetricNamespace", "AWS/Usage")
      .text("MetricName", "ResourceCount")
      .object("MetricDimensions", dimensions)
      .text("MetricStatisticRecommendation", "Maximum");
  out.text("ServiceCode", "ec2")
      .text("ServiceName", ec2_service_name)
      .text("QuotaArn", quota_arn(context.region, by_default ? "" : context.account_id, quota))
      .text("QuotaCode", quota.code)
      .text("QuotaName", quota.name)
      .real("Value", static_cast<double>(value))
      .text("Unit", "None")
      .flag("Adjustable", true)
      .flag("GlobalQuota", false)
      .object("UsageMetric", usage);
  if (!by_default) out.text("QuotaAppliedAtLevel", "ACCOUNT");
}

ApiResult<JsonObject> get(const Context& context, const JsonInput& input, bool by_default) {
  const std::string service = input.required("ServiceCode");
  const std::string code = input.required("QuotaCode");
  if (auto no = input.finish()) return std::unexpected(*no);
  const auto quota = named_quota(service, code);
  if (!quota) return std::unexpected(quota.error());
  JsonObject out;
  write(context, **quota, by_default, out);
  return JsonObject{}.object("Quota", out);
}

ApiResult<JsonObject> list(const Context& context, const JsonInput& input, bool by_default) {
  const std::string service = input.required("ServiceCode");
  const std::string code = input.text("QuotaCode");
  const std::string level = input.one_of("QuotaAppliedAtLevel", {"ACCOUNT", "RESOURCE", "ALL"}, "ACCOUNT");
  const auto page = read_page(input, 100, 100, "InvalidPaginationTokenException");
  if (auto no = input.finish()) return std::unexpected(*no);
  if (auto no = check_service(service)) return std::unexpected(*no);
  std::vector<Quota> found;
  for (const Quota& quota : quotas())
    if (level != "RESOURCE" && (code.empty() || quota.code == code)) found.push_back(quota);
  const auto shown = cut(page, std::move(found), [](const Quota& one) { return one.code; });
  return JsonObject{}
      .objects("Quotas", shown.items,
               [&](const Quota& one, JsonObject& item) { write(context, one, by_default, item); })
      .text_unless_empty("NextToken", shown.next_token);
}

}  // namespace

Refusal check_service(const std::string& service_code) {
  if (service_code == "ec2") return std::nullopt;
  return ApiError{400, "NoSuchResourceException",
                  "The request failed because the specified service does not exist. (The simulator has the quotas of "
                  "ec2.)"};
}

ApiResult<const Quota*> named_quota(const std::string& service_code, const std::string& quota_code) {
  if (auto no = check_service(service_code)) return std::unexpected(*no);
  const Quota* quota = find_quota(quota_code);
  if (quota == nullptr)
    return refuse("NoSuchResourceException",
                  "The request failed because the specified quota does not exist. (The simulator has those that count "
                  "vCPUs.)");
  return quota;
}

std::string quota_arn(const std::string& region, const std::string& account, const Quota& quota) {
  return fmt::format("arn:aws:servicequotas:{}:{}:ec2/{}", region, account, quota.code);
}

ApiResult<JsonObject> get_service_quota(Context& context, const JsonInput& input) {
  input.text("ContextId");
  return get(context, input, false);
}

ApiResult<JsonObject> get_default_service_quota(Context& context, const JsonInput& input) {
  return get(context, input, true);
}

ApiResult<JsonObject> list_service_quotas(Context& context, const JsonInput& input) {
  return list(context, input, false);
}

ApiResult<JsonObject> list_default_service_quotas(Context& context, const JsonInput& input) {
  return list(context, input, true);
}

}  // namespace hotaru::sim::services
