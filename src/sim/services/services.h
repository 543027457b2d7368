#pragma once

#include "sim/action.h"

/// The operations of the services that speak JSON, by file. Each is documented by its service's API Reference under its
/// own name.
namespace hotaru::sim::services {

// systems_manager.cpp
ApiResult<JsonObject> get_parameter(Context&, const JsonInput&);
ApiResult<JsonObject> get_parameters(Context&, const JsonInput&);
ApiResult<JsonObject> get_parameters_by_path(Context&, const JsonInput&);

// parameter_store.cpp
ApiResult<JsonObject> put_parameter(Context&, const JsonInput&);
ApiResult<JsonObject> delete_parameter(Context&, const JsonInput&);
ApiResult<JsonObject> delete_parameters(Context&, const JsonInput&);
ApiResult<JsonObject> describe_parameters(Context&, const JsonInput&);
ApiResult<JsonObject> get_parameter_history(Context&, const JsonInput&);
ApiResult<JsonObject> list_tags_of_parameter(Context&, const JsonInput&);
ApiResult<JsonObject> add_tags_to_parameter(Context&, const JsonInput&);
ApiResult<JsonObject> remove_tags_from_parameter(Context&, const JsonInput&);

// parameter_labels.cpp
ApiResult<JsonObject> label_parameter_version(Context&, const JsonInput&);
ApiResult<JsonObject> unlabel_parameter_version(Context&, const JsonInput&);

// instance_connect.cpp
ApiResult<JsonObject> send_ssh_public_key(Context&, const JsonInput&);

// service_quotas.cpp
ApiResult<JsonObject> get_service_quota(Context&, const JsonInput&);
ApiResult<JsonObject> get_default_service_quota(Context&, const JsonInput&);
ApiResult<JsonObject> list_service_quotas(Context&, const JsonInput&);
ApiResult<JsonObject> list_default_service_quotas(Context&, const JsonInput&);

// quota_changes.cpp
ApiResult<JsonObject> request_service_quota_increase(Context&, const JsonInput&);
ApiResult<JsonObject> get_requested_service_quota_change(Context&, const JsonInput&);
ApiResult<JsonObject> list_quota_change_history(Context&, const JsonInput&);
ApiResult<JsonObject> list_quota_change_history_by_quota(Context&, const JsonInput&);

// pricing.cpp
ApiResult<JsonObject> get_products(Context&, const JsonInput&);
ApiResult<JsonObject> describe_services(Context&, const JsonInput&);
ApiResult<JsonObject> get_attribute_values(Context&, const JsonInput&);

// alarms.cpp
ApiResult<JsonObject> put_metric_alarm(Context&, const JsonInput&);
ApiResult<JsonObject> delete_alarms(Context&, const JsonInput&);

// describe_alarms.cpp
ApiResult<JsonObject> describe_alarms(Context&, const JsonInput&);
ApiResult<JsonObject> describe_alarm_history(Context&, const JsonInput&);

// alarm_changes.cpp
ApiResult<JsonObject> set_alarm_state(Context&, const JsonInput&);
ApiResult<JsonObject> enable_alarm_actions(Context&, const JsonInput&);
ApiResult<JsonObject> disable_alarm_actions(Context&, const JsonInput&);
ApiResult<JsonObject> tag_alarm(Context&, const JsonInput&);
ApiResult<JsonObject> untag_alarm(Context&, const JsonInput&);
ApiResult<JsonObject> list_tags_of_alarm(Context&, const JsonInput&);

}  // namespace hotaru::sim::services
