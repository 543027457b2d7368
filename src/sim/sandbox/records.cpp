#include "sim/sandbox/records.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

namespace hotaru::sim {

void to_json(nlohmann::json& out, const SpecKey& key) {
  out = {{"user", key.user}, {"key", key.key}, {"until", key.until.time_since_epoch().count()}};
}
void from_json(const nlohmann::json& in, SpecKey& key) {
  key = {in.value("user", ""), in.value("key", ""), TimePoint{Duration{in.value("until", std::int64_t{0})}}};
}

namespace {

using Json = nlohmann::json;

/// Visits every field of a record by name, so that writing and reading cannot drift apart.
template <class Spec, class Visitor>
void visit_spec(Spec& spec, const Visitor& visit) {
  visit("instance_id", spec.instance_id);
  visit("region", spec.region);
  visit("zone", spec.zone);
  visit("zone_id", spec.zone_id);
  visit("account_id", spec.account_id);
  visit("vpc_id", spec.vpc_id);
  visit("vpc_cidr", spec.vpc_cidr);
  visit("subnet_id", spec.subnet_id);
  visit("subnet_cidr", spec.subnet_cidr);
  visit("network_interface_id", spec.network_interface_id);
  visit("mac", spec.mac);
  visit("private_ip", spec.private_ip);
  visit("private_dns", spec.private_dns);
  visit("public_ip", spec.public_ip);
  visit("public_dns", spec.public_dns);
  visit("further_cidrs", spec.further_cidrs);
  visit("secondary", spec.secondary);
  visit("dns_support", spec.dns_support);
  visit("placement_group", spec.placement_group);
  visit("partition", spec.partition);
  visit("reservation_id", spec.reservation_id);
  visit("image_id", spec.image_id);
  visit("image_family", spec.image_family);
  visit("default_user", spec.default_user);
  visit("instance_type", spec.instance_type);
  visit("architecture", spec.architecture);
  visit("vcpus", spec.vcpus);
  visit("memory_mib", spec.memory_mib);
  visit("gpu_name", spec.gpu_name);
  visit("gpu_count", spec.gpu_count);
  visit("gpu_memory_mib", spec.gpu_memory_mib);
  visit("local_nvme_gb", spec.local_nvme_gb);
  visit("volume_id", spec.volume_id);
  visit("disk_gib", spec.disk_gib);
  visit("root_device_name", spec.root_device_name);
  visit("key_name", spec.key_name);
  visit("public_key", spec.public_key);
  visit("security_groups", spec.security_groups);
  visit("security_group_ids", spec.security_group_ids);
  visit("tags", spec.tags);
  visit("iam_profile_arn", spec.iam_profile_arn);
  visit("iam_profile_id", spec.iam_profile_id);
  visit("iam_role", spec.iam_role);
  visit("iam_role_id", spec.iam_role_id);
  visit("session_key", spec.session_key);
  visit("pushed_keys", spec.pushed_keys);
  visit("lifecycle", spec.lifecycle);
  visit("metadata_enabled", spec.metadata_enabled);
  visit("metadata_tokens_required", spec.metadata_tokens_required);
  visit("metadata_hop_limit", spec.metadata_hop_limit);
  visit("metadata_tags", spec.metadata_tags);
}

template <class Interface, class Visitor>
void visit_interface(Interface& one, const Visitor& visit) {
  visit("id", one.id);
  visit("device_index", one.device_index);
  visit("mac", one.mac);
  visit("subnet_id", one.subnet_id);
  visit("subnet_cidr", one.subnet_cidr);
  visit("private_ip", one.private_ip);
  visit("public_ip", one.public_ip);
  visit("secondary", one.secondary);
}

template <class Setup, class Visitor>
void visit_setup(Setup& setup, const Visitor& visit) {
  visit("image", setup.image);
  visit("volume", setup.volume);
  visit("router", setup.router);
  visit("link", setup.link);
  visit("uplink", setup.uplink);
  visit("caller", setup.caller);
  visit("gateway", setup.gateway);
  visit("names", setup.names);
  visit("cgroup", setup.cgroup);
}

auto writer(Json& json) {
  return [&json](const char* name, const auto& value) { json[name] = value; };
}

auto reader(const Json& json) {
  return [&json](const char* name, auto& value) {
    if (json.contains(name)) json.at(name).get_to(value);
  };
}

/// Text from outside (tags, key names) may hold any bytes; what is not UTF-8 is replaced rather than thrown at us.
std::string text_of(const Json& json) { return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n"; }

template <class T, class Fill>
Result<T> read_json(const std::filesystem::path& file, const Fill& fill) {
  auto text = read_file(file);
  if (!text) return pass(text);
  const auto damaged = [&](const std::string& context) {
    Error error{ErrorClass::io, fmt::format("{} is damaged", file.string()), "hotaru sim reset starts afresh"};
    error.context = context;
    return std::unexpected(std::move(error));
  };
  const Json json = parse_own_json(*text);
  if (json.is_discarded()) return damaged("it is not JSON as hotaru writes it");
  T value;
  try {
    fill(json, value);
  } catch (const Json::exception& problem) {
    return damaged(problem.what());
  }
  return value;
}

constexpr std::pair<MachineState, const char*> state_names[] = {{MachineState::starting, "starting"},
                                                                {MachineState::booted, "booted"},
                                                                {MachineState::ended, "ended"},
                                                                {MachineState::absent, "absent"}};

std::string name_of(MachineState state) {
  for (const auto& [value, name] : state_names)
    if (value == state) return name;
  return "absent";
}

MachineState state_of(const std::string& text) {
  for (const auto& [value, name] : state_names)
    if (text == name) return value;
  return MachineState::absent;
}

Json rules_json(const std::vector<TrafficRule>& rules) {
  Json json = Json::array();
  for (const TrafficRule& rule : rules) {
    json.push_back(
        {{"protocol", rule.protocol}, {"from_port", rule.from_port}, {"to_port", rule.to_port}, {"cidr", rule.cidr}});
  }
  return json;
}

std::vector<TrafficRule> rules_of(const Json& json) {
  std::vector<TrafficRule> rules;
  for (const Json& rule : json) {
    rules.push_back(
        {rule.value("protocol", ""), rule.value("from_port", -1), rule.value("to_port", -1), rule.value("cidr", "")});
  }
  return rules;
}

Json firewall_json(const Firewall& firewall) {
  Json further = Json::array();
  for (const Firewall& one : firewall.further) further.push_back(firewall_json(one));
  return {{"instance_id", firewall.instance_id},     {"private_ip", firewall.private_ip},
          {"ingress", rules_json(firewall.ingress)}, {"egress", rules_json(firewall.egress)},
          {"internet", firewall.internet},           {"further", std::move(further)}};
}

void fill_firewall(const Json& json, Firewall& firewall) {
  firewall.instance_id = json.value("instance_id", "");
  firewall.private_ip = json.value("private_ip", "");
  firewall.ingress = rules_of(json.value("ingress", Json::array()));
  if (json.contains("egress")) firewall.egress = rules_of(json.at("egress"));
  firewall.internet = json.value("internet", true);
  for (const Json& one : json.value("further", Json::array())) fill_firewall(one, firewall.further.emplace_back());
}

}  // namespace

std::string to_json(const MachineSpec& spec) {
  Json json;
  visit_spec(spec, writer(json));
  json["user_data"] = base64_encode(spec.user_data);
  for (const MachineDisk& one : spec.disks)
    json["disks"].push_back(
        {{"volume", one.volume_id}, {"device", one.device}, {"gib", one.gib}, {"shared", one.shared}});
  json["interfaces"] = Json::array();
  for (const MachineInterface& one : spec.interfaces) {
    Json item;
    visit_interface(one, writer(item));
    json["interfaces"].push_back(std::move(item));
  }
  return text_of(json);
}

std::string to_json(const Firewall& firewall) { return text_of(firewall_json(firewall)); }

std::string to_json(const MachineSetup& setup) {
  Json json;
  visit_setup(setup, writer(json));
  return text_of(json);
}

std::string to_json(const MachineRecord& record) {
  Json json{{"state", name_of(record.status.state)},
            {"how", record.status.how},
            {"supervisor", record.supervisor},
            {"supervisor_started", record.supervisor_started}};
  if (record.status.when) json["when"] = record.status.when->time_since_epoch().count();
  return text_of(json);
}

Result<MachineSpec> read_spec(const std::filesystem::path& file) {
  return read_json<MachineSpec>(file, [](const Json& json, MachineSpec& spec) {
    visit_spec(spec, reader(json));
    spec.user_data = base64_decode(json.value("user_data", "")).value_or("");
    for (const Json& one : json.value("disks", Json::array()))
      spec.disks.push_back(
          {one.value("volume", ""), one.value("device", ""), one.value("gib", 1), one.value("shared", false)});
    for (const Json& item : json.value("interfaces", Json::array())) {
      MachineInterface one;
      visit_interface(one, reader(item));
      spec.interfaces.push_back(std::move(one));
    }
  });
}

Result<Firewall> read_firewall(const std::filesystem::path& file) { return read_json<Firewall>(file, fill_firewall); }

Result<MachineSetup> read_setup(const std::filesystem::path& file) {
  return read_json<MachineSetup>(file, [](const Json& json, MachineSetup& setup) { visit_setup(setup, reader(json)); });
}

Result<MachineRecord> read_record(const std::filesystem::path& file) {
  return read_json<MachineRecord>(file, [](const Json& json, MachineRecord& record) {
    record.status.state = state_of(json.value("state", ""));
    record.status.how = json.value("how", "");
    if (json.contains("when")) record.status.when = TimePoint{Duration{json.at("when").get<std::int64_t>()}};
    record.supervisor = json.value("supervisor", 0);
    record.supervisor_started = json.value("supervisor_started", "");
  });
}

std::string to_json(const DiskReport& report) {
  return text_of({{"attached", report.attached}, {"failed", report.failed}});
}

Result<DiskReport> read_disk_report(const std::filesystem::path& file) {
  return read_json<DiskReport>(file, [](const Json& json, DiskReport& report) {
    report.attached = json.value("attached", report.attached);
    report.failed = json.value("failed", report.failed);
  });
}

Result<void> replace_file(const std::filesystem::path& path, const std::string& content, mode_t mode) {
  std::string temporary = path.string() + ".XXXXXX";
  const int file = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (file < 0) return fail_errno("cannot write " + path.string(), errno);
  const bool written = ::fchmod(file, mode) == 0 &&
                       ::write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
                       ::rename(temporary.c_str(), path.c_str()) == 0;
  const int number = errno;
  ::close(file);
  if (written) return {};
  ::unlink(temporary.c_str());
  return fail_errno("cannot write " + path.string(), number);
}

}  // namespace hotaru::sim
