#include "aws/instance_connect.h"

#include <nlohmann/json.hpp>

#include "aws/json.h"

namespace hotaru::aws {

Result<void> send_ssh_public_key(Client& client, const std::string& region, const PushedKey& key) {
  nlohmann::json body{{"InstanceId", key.instance_id}, {"InstanceOSUser", key.user}, {"SSHPublicKey", key.public_key}};
  if (!key.zone.empty()) body["AvailabilityZone"] = key.zone;
  // The same key once more is no harm: it may be sent again.
  auto answer = ask_json(client, json_call("ec2-instance-connect", region, "SendSSHPublicKey", true), body);
  if (!answer) return pass(answer);
  return {};
}

}  // namespace hotaru::aws
