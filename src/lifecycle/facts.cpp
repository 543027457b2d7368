#include "lifecycle/facts.h"

#include "base/file.h"
#include "lifecycle/choose.h"
#include "lifecycle/limits.h"
#include "lifecycle/names.h"

namespace hotaru::lifecycle {

Facts to_facts(const aws::Instance& instance, const std::string& region) {
  const std::string own_name = aws::tag_value(instance.tags, tag::name);
  return {.name = own_name.empty() ? aws::tag_value(instance.tags, "Name") : own_name,
          .ours = !own_name.empty(),
          .id = instance.id,
          .region = region,
          .zone = instance.zone,
          .type = instance.type,
          .gpu = gpu_text(instance.type),
          .state = instance.state,
          .state_reason = instance.state_reason_message,
          .address = instance.public_ip,
          .private_address = instance.private_ip,
          .user = aws::tag_value(instance.tags, tag::user),
          .image = instance.image_id,
          .launch_time = instance.launch_time,
          .owner = aws::tag_value(instance.tags, tag::owner),
          .group_id = instance.security_group_ids.empty() ? "" : instance.security_group_ids.front(),
          .host_key = aws::tag_value(instance.tags, tag::host_key),
          .operation = aws::tag_value(instance.tags, tag::operation),
          .volumes = instance.volume_ids,
          .price = instance.lifecycle == "spot" ? std::nullopt : price_of(region, instance.type),
          .limits = read_limits(instance.tags)};
}

store::KnownInstance to_known(const Facts& facts, const store::KnownInstance& before) {
  store::KnownInstance known = before;
  // Tags may come later than the instance that has them (eventual consistency).
  if (!facts.name.empty()) known.name = facts.name;
  known.region = facts.region;
  known.id = facts.id;
  known.type = facts.type;
  known.zone = facts.zone;
  known.state = facts.state;
  known.address = facts.address;
  if (!facts.user.empty()) known.user = facts.user;
  if (!facts.operation.empty()) known.operation = facts.operation;
  return known;
}

ssh::Target target_of(const Context& context, const store::KnownInstance& known) {
  ssh::Target target;
  target.name = known.name;
  target.address = known.address;
  target.user = known.user;
  target.identity = known.identity;
  target.known_hosts = context.folders.state / "ssh" / "known_hosts" / known.id;
  target.host_key_alias = known.id;
  if (!known.address.empty())
    target.control_path = ssh::shared_connection_path(context.folders, known.id, known.address);
  return target;
}

bool is_launched_here(Context& context, const std::string& operation) {
  auto found = context.journal.find(operation);
  return found && *found;
}

Result<void> trust_host_key(Context& context, const ssh::Target& target, const std::string& public_text,
                            const std::string& operation) {
  if (public_text.empty()) return {};
  auto stored = ssh::stored_host_keys(target);
  if (stored && !stored->empty() && is_launched_here(context, operation)) return {};
  if (auto made = make_folder(target.known_hosts.parent_path()); !made) return made;
  return ssh::store_host_keys(target, {public_text});
}

}  // namespace hotaru::lifecycle
