#include <fmt/format.h>

#include "base/text.h"
#include "sim/model.h"
#include "sim/row_json.h"

namespace hotaru::sim {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(CidrAssociation, id, cidr)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Vpc, id, cidr, is_default, tenancy, dhcp_options_id, further_cidrs,
                                                dns_support, dns_hostnames, address_usage_metrics)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Subnet, id, vpc_id, cidr, zone, zone_id, default_for_zone,
                                                map_public_ip)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(InternetGateway, id, vpc_id)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Route, destination, gateway_id, network_interface_id)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(RouteTableAssociation, id, subnet_id)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(RouteTable, id, vpc_id, main, main_association_id, routes, associations,
                                                client_token)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ElasticAddress, id, public_ip, association_id, network_interface_id,
                                                private_ip, allocated)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(DhcpOption, key, values)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(DhcpOptions, id, options)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(PlacementGroup, id, name, strategy, spread_level, partitions)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(SecurityGroupRule, id, egress, protocol, from_port, to_port, cidr,
                                                cidr6, group_id, description)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(SecurityGroup, id, name, vpc_id, description, rules)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(KeyPair, id, name, type, fingerprint, public_key, created)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(VolumeAttachment, instance_id, device, state, attach_time,
                                                delete_on_termination)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Volume, id, zone, zone_id, size_gib, type, iops, throughput, encrypted,
                                                kms_key_id, snapshot_id, state, created, attachments, made_for,
                                                client_token, request_digest, auto_enable_io, multi_attach, billed_from)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ImageDevice, name, snapshot_id, virtual_name, size_gib, type, iops,
                                                throughput, encrypted, kms_key_id, delete_on_termination)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Image, id, name, description, owner_id, owner_alias, architecture,
                                                family, default_user, root_device_name, snapshot_id, root_volume_gib,
                                                creation_date, boot_mode, platform, platform_details, usage_operation,
                                                product_code, needs_imds_v2, parameters, devices, state, is_public,
                                                launch_users, source_instance_id, source_image_id, source_image_region,
                                                virtualization, kernel_id, ramdisk_id, sriov, tpm_support,
                                                deprecation_time, client_token, request_digest, ena_support)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Snapshot, id, volume_id, owner_id, owner_alias, size_gib, description,
                                                state, state_message, started, completed, encrypted, kms_key_id,
                                                is_public, users, bytes, image_id)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(VolumeModification, id, size, iops, throughput, type, multi_attach,
                                                original_size, original_iops, original_throughput, original_type,
                                                original_multi_attach, started, ended, recent)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Setting, id, value)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(PrivateAddress, private_ip, private_dns, public_ip, public_dns)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(NetworkInterface, id, vpc_id, subnet_id, zone, description, mac,
                                                private_ip, private_dns, public_ip, public_dns, group_ids, instance_id,
                                                attachment_id, device_index, delete_on_termination, attach_time, status,
                                                secondary, source_dest_check, client_token)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(RunningInterval, start, end, booted, instance_type, nano_usd_per_hour)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(AddressTime, address, since, until)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(InstanceOptions, iam_association_id, iam_association_time, tenancy,
                                                auto_recovery, cpu_cores, cpu_threads)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(
    Instance, id, reservation_id, client_token, request_digest, image_id, instance_type, architecture, zone, zone_id,
    vpc_id, subnet_id, group_ids, key_name, public_key, user_data, launch_index, launch_time,
    usage_operation_update_time, state, state_reason_code, state_reason_message, transition_reason, state_since, booted,
    shutdown_behavior, disable_api_termination, disable_api_stop, ebs_optimized, source_dest_check, monitoring,
    private_ip, private_dns, public_ip, public_dns, network_interface_id, root_device_name, root_volume_id, volume_ids,
    iam_profile_arn, iam_profile_id, options, lifecycle, spot_request_id, metadata_http_tokens, metadata_http_endpoint,
    metadata_hop_limit, metadata_tags, metadata_ipv6, created, public_ip_wanted, spot_persistent, cpu_credits,
    intervals, addresses, placement_group, partition, further_interface_ids, ends_at)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ResourceTags, id, tags)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(LaunchTemplateVersion, number, description, created, data)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(LaunchTemplate, id, name, created, default_version, versions,
                                                client_token, request_digest)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(FleetOffer, template_id, template_name, version, overrides)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(FleetLaunch, offer, lifecycle, instance_type, instance_ids)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(FleetFailure, offer, lifecycle, code, message)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Fleet, id, state, created, client_token, request_digest, total,
                                                on_demand, spot, default_market, on_demand_strategy, spot_strategy,
                                                offers, launches, failures)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(QuotaChange, id, case_id, quota_code, desired, status, created, updated,
                                                requester)

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(AlarmEvent, time, type, summary)
/// All of an alarm but its threshold: a row has no number that is not an integer (base/json.h).
struct AlarmRow : Alarm {};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(AlarmRow, id, description, actions_enabled, ok_actions, alarm_actions,
                                                insufficient_data_actions, metric, name_space, statistic, unit,
                                                dimensions, period, evaluation_periods, datapoints_to_alarm, comparison,
                                                treat_missing_data, created, configured, state, reason, reason_data,
                                                state_updated, tags, history)
void to_json(nlohmann::json& out, const Alarm& alarm) {
  out = AlarmRow{alarm};
  out["threshold"] = fmt::format("{}", alarm.threshold);
}
void from_json(const nlohmann::json& in, Alarm& alarm) {
  alarm = in.get<AlarmRow>();
  alarm.threshold = parse_number(in.value("threshold", "")).value_or(0);
}
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Usage, id, kind, what, instance_id, name, since, until, nano_usd,
                                                priced)

HOTARU_ROW(Vpc)
HOTARU_ROW(Subnet)
HOTARU_ROW(InternetGateway)
HOTARU_ROW(RouteTable)
HOTARU_ROW(ElasticAddress)
HOTARU_ROW(DhcpOptions)
HOTARU_ROW(PlacementGroup)
HOTARU_ROW(SecurityGroup)
HOTARU_ROW(KeyPair)
HOTARU_ROW(Volume)
HOTARU_ROW(VolumeModification)
HOTARU_ROW(Snapshot)
HOTARU_ROW(Image)
HOTARU_ROW(Setting)
HOTARU_ROW(NetworkInterface)
HOTARU_ROW(Instance)
HOTARU_ROW(ResourceTags)
HOTARU_ROW(QuotaChange)
HOTARU_ROW(LaunchTemplate)
HOTARU_ROW(Fleet)
HOTARU_ROW(Alarm)
HOTARU_ROW(Usage)

}  // namespace hotaru::sim
