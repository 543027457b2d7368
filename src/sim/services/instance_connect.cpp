#include <fmt/format.h>

#include <algorithm>

#include "sim/describe.h"
#include "sim/instances/life.h"
#include "sim/services/services.h"
#include "sim/ssh_public_key.h"

namespace hotaru::sim::services {

namespace {

constexpr Duration key_lasts = std::chrono::seconds(60);  // EC2 Instance Connect API Reference, "SendSSHPublicKey"

Refusal check_instance(const Context& context, const std::string& id, const std::string& zone) {
  const auto found = find_by_id(context.state.instances, id_forms::instance, id);
  if (!found || (*found)->state == "terminated")
    return ApiError{400, "EC2InstanceNotFoundException", fmt::format("Instance {} not found.", id)};
  if (!zone.empty() && (*found)->zone != zone)
    return ApiError{400, "EC2InstanceNotFoundException", fmt::format("Instance {} not found in {}.", id, zone)};
  if ((*found)->state != "running")
    return ApiError{400, "EC2InstanceStateInvalidException",
                    "Unable to connect because the instance is not in a valid state. Connecting to a stopped or "
                    "terminated instance is not supported."};
  return std::nullopt;
}

}  // namespace

ApiResult<JsonObject> send_ssh_public_key(Context& context, const JsonInput& input) {
  const std::string id = input.required("InstanceId");
  const std::string user = input.required("InstanceOSUser");
  const std::string key = input.required("SSHPublicKey");
  const std::string zone = input.text("AvailabilityZone");
  if (auto no = input.finish()) return std::unexpected(*no);
  const bool plain = user.size() <= 32 && std::ranges::all_of(user, [](unsigned char one) {
                       return std::isalnum(one) != 0 || one == '_' || one == '-' || one == '.' || one == '@';
                     });
  if (!plain) return refuse("InvalidArgsException", "The InstanceOSUser is not valid.");
  const auto read = read_ssh_public_key(key);
  if (!read) return refuse("InvalidArgsException", "The SSH public key is not valid.");
  settle(context);
  if (auto no = check_instance(context, id, zone)) return std::unexpected(*no);
  PushedKeys pushed = context.state.pushed_keys.find(id) ? *context.state.pushed_keys.find(id) : PushedKeys{id, {}};
  std::erase_if(pushed.keys, [&](const PushedKey& one) { return one.until <= context.now(); });
  pushed.keys.push_back({user, read->openssh, context.now() + key_lasts});
  context.state.pushed_keys.put(std::move(pushed));
  update_later(context, id);
  return JsonObject{}.text("RequestId", context.request_id).flag("Success", true);
}

}  // namespace hotaru::sim::services
