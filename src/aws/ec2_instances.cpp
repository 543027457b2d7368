// Instances: launch, look, start, stop, end.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "aws/ec2.h"
#include "aws/run_parameters.h"
#include "aws/xml.h"
#include "base/text.h"

namespace hotaru::aws {

namespace {

void add_groups(std::vector<std::string>& ids, pugi::xml_node group_set) {
  for (const auto group : group_set.children("item")) {
    const std::string id = text_of(group, "groupId");
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
}

/// Reads an element of an instance into it.
using Reader = void (*)(Instance& into, pugi::xml_node element);

template <std::string Instance::* field>
void read_text(Instance& into, pugi::xml_node element) {
  into.*field = element.child_value();
}

/// By the name of the element.
const std::unordered_map<std::string_view, Reader> readers = {
    {"instanceId", read_text<&Instance::id>},
    {"instanceType", read_text<&Instance::type>},
    {"imageId", read_text<&Instance::image_id>},
    {"keyName", read_text<&Instance::key_name>},
    {"ipAddress", read_text<&Instance::public_ip>},
    {"privateIpAddress", read_text<&Instance::private_ip>},
    {"dnsName", read_text<&Instance::public_dns>},
    {"vpcId", read_text<&Instance::vpc_id>},
    {"subnetId", read_text<&Instance::subnet_id>},
    {"launchTime", read_text<&Instance::launch_time>},
    {"clientToken", read_text<&Instance::client_token>},
    {"reason", read_text<&Instance::transition_reason>},
    {"instanceLifecycle", read_text<&Instance::lifecycle>},
    {"platform", read_text<&Instance::platform>},
    {"instanceState", [](Instance& into, pugi::xml_node element) { into.state = text_of(element, "name"); }},
    {"stateReason",
     [](Instance& into, pugi::xml_node element) {
       into.state_reason_code = text_of(element, "code");
       into.state_reason_message = text_of(element, "message");
     }},
    {"placement", [](Instance& into, pugi::xml_node element) { into.zone = text_of(element, "availabilityZone"); }},
    {"groupSet", [](Instance& into, pugi::xml_node element) { add_groups(into.security_group_ids, element); }},
    // The groups of the interfaces: EC2 repeats the first one's in those of the instance, moto does not.
    {"networkInterfaceSet",
     [](Instance& into, pugi::xml_node element) {
       for (const auto interface : element.children("item"))
         add_groups(into.security_group_ids, interface.child("groupSet"));
     }},
    {"blockDeviceMapping",
     [](Instance& into, pugi::xml_node element) {
       for (const auto mapping : element.children("item")) {
         const std::string volume = text_of(mapping.child("ebs"), "volumeId");
         if (volume.empty()) continue;
         into.volume_ids.push_back(volume);
         if (text_of(mapping.child("ebs"), "deleteOnTermination") == "false") into.lasting_volume_ids.push_back(volume);
       }
     }},
    {"tagSet", [](Instance& into, pugi::xml_node element) { into.tags = tags_in(element); }},
};

/// One walk over the elements: looked for one by one, they take a quarter of the time of a long listing.
Instance instance_of(pugi::xml_node item) {
  Instance instance;
  for (const auto element : item.children()) {
    const auto reader = readers.find(element.name());
    if (reader != readers.end()) reader->second(instance, element);
  }
  return instance;
}

Result<StateChange> change_state(Client& client, const Call& call) {
  auto answer = ask(client, call);
  if (!answer) return pass(answer);
  const auto item = answer->root().child("instancesSet").child("item");
  return StateChange{text_of(item, "instanceId"), text_of(item.child("previousState"), "name"),
                     text_of(item.child("currentState"), "name")};
}

}  // namespace

Result<Instance> Ec2::run_instance(const RunInstances& request) {
  Call call = call_of("RunInstances", run_parameters(request), !request.client_token.empty());
  auto answer = ask(*client_, call);
  if (!answer) {
    if (request.dry_run && answer.error().code == "DryRunOperation") return Instance{};
    return pass(answer);
  }
  const auto item = answer->root().child("instancesSet").child("item");
  if (!item) {
    return fail(ErrorClass::unknown_outcome, "EC2 accepted the launch and named no instance.",
                "Look with 'hotaru ls --all' whether one is there.");
  }
  return instance_of(item);
}

Result<void> Ec2::each_instance(const DescribeInstances& request, const std::function<void(Instance instance)>& take) {
  Call call = call_of("DescribeInstances", {}, true);
  add_list(call.parameters, "InstanceId", request.instance_ids);
  add_filters(call.parameters, request.filters);
  // EC2 refuses this beside ids, and answers those in one page.
  if (request.instance_ids.empty()) call.parameters.emplace_back("MaxResults", std::to_string(request.page_size));
  std::vector<Instance> page;
  const auto read = [&](pugi::xml_node root) {
    for (const auto reservation : root.child("reservationSet").children("item")) {
      for (const auto item : reservation.child("instancesSet").children("item")) page.push_back(instance_of(item));
    }
  };
  const auto done = [&] {
    for (Instance& instance : page) take(std::move(instance));
    page.clear();
  };
  return ask_all_pages(*client_, call, read, done, request.ahead);
}

Result<std::vector<Instance>> Ec2::describe_instances(const DescribeInstances& request) {
  std::vector<Instance> instances;
  auto asked = each_instance(request, [&](Instance instance) { instances.push_back(std::move(instance)); });
  if (!asked) return pass(asked);
  return instances;
}

Result<StateChange> Ec2::start_instance(const std::string& id) {
  return change_state(*client_, call_of("StartInstances", {{"InstanceId.1", id}}, true));
}

Result<StateChange> Ec2::stop_instance(const std::string& id, bool force) {
  Call call = call_of("StopInstances", {{"InstanceId.1", id}}, true);
  if (force) {
    call.parameters.emplace_back("Force", "true");
    call.parameters.emplace_back("SkipOsShutdown", "true");
  }
  return change_state(*client_, call);
}

Result<void> Ec2::reboot_instance(const std::string& id) {
  auto answer = ask(*client_, call_of("RebootInstances", {{"InstanceId.1", id}}, false));
  if (!answer) return pass(answer);
  return {};
}

Result<StateChange> Ec2::terminate_instance(const std::string& id) {
  return change_state(*client_, call_of("TerminateInstances", {{"InstanceId.1", id}}, true));
}

Result<void> Ec2::modify_attribute(const std::string& id, const std::string& name, const std::string& value) {
  auto answer = ask(*client_, call_of("ModifyInstanceAttribute", {{"InstanceId", id}, {name + ".Value", value}}, true));
  if (!answer) return pass(answer);
  return {};
}

Result<void> Ec2::allow_termination(const std::string& id) {
  return modify_attribute(id, "DisableApiTermination", "false");
}

Result<void> Ec2::set_user_data(const std::string& id, const std::string& user_data) {
  return modify_attribute(id, "UserData", base64_encode(user_data));
}

Result<void> Ec2::set_shutdown_behavior(const std::string& id, const std::string& behavior) {
  return modify_attribute(id, "InstanceInitiatedShutdownBehavior", behavior);
}

Result<std::string> Ec2::user_data(const std::string& id) {
  auto answer =
      ask(*client_, call_of("DescribeInstanceAttribute", {{"InstanceId", id}, {"Attribute", "userData"}}, true));
  if (!answer) return pass(answer);
  return base64_decode(text_of(answer->root().child("userData"), "value")).value_or("");
}

Result<std::string> Ec2::console_output(const std::string& id, bool latest) {
  Call call = call_of("GetConsoleOutput", {{"InstanceId", id}}, true);
  if (latest) call.parameters.emplace_back("Latest", "true");
  auto answer = ask(*client_, call);
  if (!answer) {
    // Only Nitro instances have the latest output; the others have the last that EC2 kept.
    if (latest && answer.error().code == "UnsupportedOperation") return console_output(id, false);
    return pass(answer);
  }
  return base64_decode(text_of(answer->root(), "output")).value_or("");
}

}  // namespace hotaru::aws
