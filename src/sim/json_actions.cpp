#include <algorithm>
#include <string>

#include "sim/action.h"
#include "sim/services/services.h"

namespace hotaru::sim {

namespace {

// Every operation there is of the services that speak JSON.
constexpr JsonAction all_actions[] = {
    {"ec2-instance-connect", "SendSSHPublicKey", services::send_ssh_public_key},
    {"monitoring", "DeleteAlarms", services::delete_alarms},
    {"monitoring", "DescribeAlarmHistory", services::describe_alarm_history},
    {"monitoring", "DescribeAlarms", services::describe_alarms},
    {"monitoring", "DisableAlarmActions", services::disable_alarm_actions},
    {"monitoring", "EnableAlarmActions", services::enable_alarm_actions},
    {"monitoring", "ListTagsForResource", services::list_tags_of_alarm},
    {"monitoring", "PutMetricAlarm", services::put_metric_alarm},
    {"monitoring", "SetAlarmState", services::set_alarm_state},
    {"monitoring", "TagResource", services::tag_alarm},
    {"monitoring", "UntagResource", services::untag_alarm},
    {"pricing", "DescribeServices", services::describe_services},
    {"pricing", "GetAttributeValues", services::get_attribute_values},
    {"pricing", "GetProducts", services::get_products},
    {"servicequotas", "GetAWSDefaultServiceQuota", services::get_default_service_quota},
    {"servicequotas", "GetRequestedServiceQuotaChange", services::get_requested_service_quota_change},
    {"servicequotas", "GetServiceQuota", services::get_service_quota},
    {"servicequotas", "ListAWSDefaultServiceQuotas", services::list_default_service_quotas},
    {"servicequotas", "ListRequestedServiceQuotaChangeHistory", services::list_quota_change_history},
    {"servicequotas", "ListRequestedServiceQuotaChangeHistoryByQuota", services::list_quota_change_history_by_quota},
    {"servicequotas", "ListServiceQuotas", services::list_service_quotas},
    {"servicequotas", "RequestServiceQuotaIncrease", services::request_service_quota_increase},
    {"ssm", "AddTagsToResource", services::add_tags_to_parameter},
    {"ssm", "DeleteParameter", services::delete_parameter},
    {"ssm", "DeleteParameters", services::delete_parameters},
    {"ssm", "DescribeParameters", services::describe_parameters},
    {"ssm", "GetParameter", services::get_parameter},
    {"ssm", "GetParameterHistory", services::get_parameter_history},
    {"ssm", "GetParameters", services::get_parameters},
    {"ssm", "GetParametersByPath", services::get_parameters_by_path},
    {"ssm", "LabelParameterVersion", services::label_parameter_version},
    {"ssm", "UnlabelParameterVersion", services::unlabel_parameter_version},
    {"ssm", "ListTagsForResource", services::list_tags_of_parameter},
    {"ssm", "PutParameter", services::put_parameter},
    {"ssm", "RemoveTagsFromResource", services::remove_tags_from_parameter},
};

struct Service {
  std::string_view name;
  std::string_view target;
};
constexpr Service all_services[] = {{"monitoring", "GraniteServiceVersion20100801"},
                                    {"ssm", "AmazonSSM"},
                                    {"ec2-instance-connect", "AWSEC2InstanceConnectService"},
                                    {"servicequotas", "ServiceQuotasV20190624"},
                                    {"pricing", "AWSPriceListService"}};

}  // namespace

const JsonAction* find_json_action(std::string_view service, std::string_view name) {
  const auto found = std::ranges::find_if(
      all_actions, [&](const JsonAction& one) { return one.service == service && one.name == name; });
  return found == std::end(all_actions) ? nullptr : &*found;
}

std::string_view json_target_of(std::string_view service) {
  const auto found = std::ranges::find(all_services, service, &Service::name);
  return found == std::end(all_services) ? "" : found->target;
}

}  // namespace hotaru::sim
