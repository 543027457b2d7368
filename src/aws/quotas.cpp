#include "aws/quotas.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "aws/json.h"

namespace hotaru::aws {

using nlohmann::json;

namespace {

constexpr const char* service_code = "ec2";

Call call_of(const std::string& region, const char* action, bool idempotent = true) {
  return json_call("servicequotas", region, action, idempotent);
}

Call hurried_call_of(const std::string& region, const char* action, std::optional<Duration> deadline) {
  Call call = call_of(region, action);
  call.deadline = deadline;
  return call;
}

Quota quota_of(const json& object) {
  Quota quota;
  quota.code = text_in(object, "QuotaCode");
  quota.name = text_in(object, "QuotaName");
  quota.value = number_in(object, "Value");
  const auto adjustable = object.find("Adjustable");
  quota.adjustable = adjustable != object.end() && adjustable->is_boolean() && adjustable->get<bool>();
  return quota;
}

/// Seconds since 1970, with a fraction; nullopt for none, or one that is beyond all calendars.
std::optional<TimePoint> time_in(const json& object, const char* member) {
  const double seconds = number_in(object, member);
  if (seconds <= 0 || seconds > 1e11) return std::nullopt;
  return TimePoint(Duration(static_cast<Duration::rep>(seconds * 1000)));
}

QuotaChange change_of(const json& object) {
  QuotaChange change;
  change.id = text_in(object, "Id");
  change.case_id = text_in(object, "CaseId");
  change.quota_code = text_in(object, "QuotaCode");
  change.quota_name = text_in(object, "QuotaName");
  change.desired = number_in(object, "DesiredValue");
  change.status = text_in(object, "Status");
  change.created = time_in(object, "Created");
  change.updated = time_in(object, "LastUpdated");
  return change;
}

Result<Quota> ask_quota(Client& client, const Call& call, const std::string& code) {
  auto answer = ask_json(client, call, {{"ServiceCode", service_code}, {"QuotaCode", code}});
  if (!answer) return pass(answer);
  Quota quota = quota_of(object_in(*answer, "Quota"));
  if (!quota.code.empty()) return quota;
  return fail(ErrorClass::unknown_outcome, "Service Quotas answered without a quota.", "Check the endpoint.");
}

Result<std::vector<Quota>> ask_quotas(Client& client, const Call& call) {
  std::vector<Quota> quotas;
  auto asked =
      ask_json_pages(client, call, {{"ServiceCode", service_code}, {"MaxResults", 100}}, [&](const json& page) {
        for (const auto& one : list_in(page, "Quotas"))
          if (one.is_object()) quotas.push_back(quota_of(one));
      });
  if (!asked) return pass(asked);
  return quotas;
}

}  // namespace

Result<Quota> get_quota(Client& client, const std::string& region, const std::string& code,
                        std::optional<Duration> deadline) {
  auto applied = ask_quota(client, hurried_call_of(region, "GetServiceQuota", deadline), code);
  if (applied || applied.error().kind != ErrorClass::not_found) return applied;
  return ask_quota(client, hurried_call_of(region, "GetAWSDefaultServiceQuota", deadline), code);
}

Result<std::vector<Quota>> list_quotas(Client& client, const std::string& region, std::optional<Duration> deadline) {
  return ask_quotas(client, hurried_call_of(region, "ListServiceQuotas", deadline));
}

Result<std::vector<Quota>> list_default_quotas(Client& client, const std::string& region) {
  return ask_quotas(client, call_of(region, "ListAWSDefaultServiceQuotas"));
}

Result<QuotaChange> request_quota_increase(Client& client, const std::string& region, const std::string& code,
                                           double desired) {
  const json body{{"ServiceCode", service_code}, {"QuotaCode", code}, {"DesiredValue", desired}};
  auto answer = ask_json(client, call_of(region, "RequestServiceQuotaIncrease", false), body);
  if (!answer) return pass(answer);
  return change_of(object_in(*answer, "RequestedQuota"));
}

Result<std::vector<QuotaChange>> quota_changes(Client& client, const std::string& region, const std::string& code) {
  json body{{"ServiceCode", service_code}, {"MaxResults", 100}};
  if (!code.empty()) body["QuotaCode"] = code;
  const char* action =
      code.empty() ? "ListRequestedServiceQuotaChangeHistory" : "ListRequestedServiceQuotaChangeHistoryByQuota";
  std::vector<QuotaChange> changes;
  auto asked = ask_json_pages(client, call_of(region, action), std::move(body), [&](const json& page) {
    for (const auto& one : list_in(page, "RequestedQuotas"))
      if (one.is_object()) changes.push_back(change_of(one));
  });
  if (!asked) return pass(asked);
  std::ranges::sort(changes, std::greater<>(),
                    [](const QuotaChange& change) { return std::pair(change.created, change.id); });
  return changes;
}

Result<QuotaChange> get_quota_change(Client& client, const std::string& region, const std::string& id) {
  auto answer = ask_json(client, call_of(region, "GetRequestedServiceQuotaChange"), {{"RequestId", id}});
  if (!answer) return pass(answer);
  return change_of(object_in(*answer, "RequestedQuota"));
}

}  // namespace hotaru::aws
