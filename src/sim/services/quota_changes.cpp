#include <fmt/format.h>

#include <cmath>

#include "sim/services/page.h"
#include "sim/services/service_quotas.h"
#include "sim/services/services.h"

namespace hotaru::sim::services {

namespace {

void write(const Context& context, const QuotaChange& change, JsonObject& out) {
  const Quota* quota = find_quota(change.quota_code);
  out.text("Id", change.id)
      .text_unless_empty("CaseId", change.case_id)
      .text("ServiceCode", "ec2")
      .text("ServiceName", ec2_service_name)
      .text("QuotaCode", change.quota_code)
      .text("QuotaName", quota != nullptr ? quota->name : "")
      .real("DesiredValue", static_cast<double>(change.desired))
      .text("Status", change.status)
      .time("Created", change.created)
      .time("LastUpdated", change.updated)
      .text("Requester", JsonObject{}.text("accountId", context.account_id).text("accessKeyId", change.requester).str())
      .text("QuotaArn", quota != nullptr ? quota_arn(context.region, context.account_id, *quota) : "")
      .flag("GlobalQuota", false)
      .text("Unit", "None")
      .text("QuotaRequestedAtLevel", "ACCOUNT");
}

JsonObject requested(const Context& context, const QuotaChange& change) {
  JsonObject out;
  write(context, change, out);
  return JsonObject{}.object("RequestedQuota", out);
}

/// Newest first, each key once.
std::string order(const QuotaChange& change) {
  return fmt::format("{:020}{}", INT64_MAX - change.created.time_since_epoch().count(), change.id);
}

ApiResult<JsonObject> list(Context& context, const JsonInput& input, const std::string& quota_code) {
  const std::string status = input.one_of(
      "Status", {"PENDING", "CASE_OPENED", "APPROVED", "DENIED", "CASE_CLOSED", "NOT_APPROVED", "INVALID_REQUEST"}, "");
  const std::string level = input.one_of("QuotaRequestedAtLevel", {"ACCOUNT", "RESOURCE", "ALL"}, "ACCOUNT");
  const auto page = read_page(input, 100, 100, "InvalidPaginationTokenException");
  if (auto no = input.finish()) return std::unexpected(*no);
  settle_quota_changes(context.world, context.state);
  std::vector<QuotaChange> found;
  for (const auto& [id, change] : context.state.quota_changes.all()) {
    const bool wanted = (status.empty() || change.status == status) &&
                        (quota_code.empty() || change.quota_code == quota_code) && level != "RESOURCE";
    if (wanted) found.push_back(change);
  }
  std::ranges::sort(found, {}, order);
  const auto shown = cut(page, std::move(found), order);
  return JsonObject{}
      .objects("RequestedQuotas", shown.items,
               [&](const QuotaChange& one, JsonObject& item) { write(context, one, item); })
      .text_unless_empty("NextToken", shown.next_token);
}

bool has_open_request(const RegionState& state, const Quota& quota) {
  return std::ranges::any_of(state.quota_changes.all(), [&](const auto& entry) {
    return entry.second.quota_code == quota.code && entry.second.open();
  });
}

}  // namespace

ApiResult<JsonObject> request_service_quota_increase(Context& context, const JsonInput& input) {
  const std::string service = input.required("ServiceCode");
  const std::string code = input.required("QuotaCode");
  const auto desired = input.optional_real("DesiredValue");
  input.text("ContextId");
  input.flag("SupportCaseAllowed", true);
  if (!desired) input.invalid("DesiredValue", "", "Member must not be null");
  if (desired && (*desired < 0 || *desired > 1e10))
    input.invalid("DesiredValue", fmt::format("{}", *desired), "Member must have value from 0 to 1.0E10");
  if (auto no = input.finish()) return std::unexpected(*no);
  const auto quota = named_quota(service, code);
  if (!quota) return std::unexpected(quota.error());
  // It settles what is open, too.
  const std::int64_t limit = limit_of(context.world, context.state, **quota);
  if (*desired <= static_cast<double>(limit))
    return refuse("IllegalArgumentException",
                  fmt::format("You must provide a quota value greater than the current quota value of {}.", limit));
  if (*desired != std::floor(*desired))
    return refuse("IllegalArgumentException", "The quota counts vCPUs: the value must be a whole number.");
  if (has_open_request(context.state, **quota))
    return refuse("ResourceAlreadyExistsException",
                  "Only one open service quota increase request is allowed per quota.");
  QuotaChange change;
  change.id = context.world.random().hex(32);
  change.quota_code = code;
  change.desired = static_cast<std::int64_t>(*desired);
  change.created = change.updated = context.now();
  change.requester = context.access_key_id;
  return requested(context, context.state.quota_changes.put(std::move(change)));
}

ApiResult<JsonObject> get_requested_service_quota_change(Context& context, const JsonInput& input) {
  const std::string id = input.required("RequestId");
  if (auto no = input.finish()) return std::unexpected(*no);
  settle_quota_changes(context.world, context.state);
  const QuotaChange* change = context.state.quota_changes.find(id);
  if (change == nullptr) return refuse("NoSuchResourceException", "The specified request does not exist.");
  return requested(context, *change);
}

ApiResult<JsonObject> list_quota_change_history(Context& context, const JsonInput& input) {
  const std::string service = input.text("ServiceCode");
  if (!service.empty())
    if (auto no = check_service(service)) return std::unexpected(*no);
  return list(context, input, "");
}

ApiResult<JsonObject> list_quota_change_history_by_quota(Context& context, const JsonInput& input) {
  const std::string service = input.required("ServiceCode");
  const std::string code = input.required("QuotaCode");
  if (auto no = input.finish()) return std::unexpected(*no);
  const auto quota = named_quota(service, code);
  if (!quota) return std::unexpected(quota.error());
  return list(context, input, code);
}

}  // namespace hotaru::sim::services
