#include <fmt/format.h>
#include <algorithm>

#include "sim/describe.h"
#include "sim/instances/launch_request.h"
#include "sim/storage/actions.h"
#include "sim/storage/storage.h"
#include "sim/storage/volume_rules.h"

namespace hotaru::sim::actions {

namespace {

struct VolumeRequest {
  std::string zone;
  std::string zone_id;
  std::string snapshot_id;
  VolumeWish wish;
  std::optional<bool> encrypted;
  std::string kms_key_id;
  bool multi_attach = false;
  std::string client_token;
  std::string digest;
  std::map<std::string, std::map<std::string, std::string>> tags;
};

VolumeRequest read(const Parameters& parameters) {
  VolumeRequest request;
  request.client_token = read_client_token(parameters);
  request.digest = digest_of(parameters);
  request.zone = parameters.text("AvailabilityZone");
  request.zone_id = parameters.text("AvailabilityZoneId");
  if (request.zone.empty() && request.zone_id.empty())
    parameters.refuse("MissingParameter", "The request must contain the parameter AvailabilityZone");
  request.snapshot_id = parameters.text("SnapshotId");
  request.wish = read_volume_wish(parameters);
  if (!request.wish.size_gib && request.snapshot_id.empty())
    parameters.refuse("MissingParameter", "The request must contain the parameter size/snapshot");
  request.encrypted = parameters.optional_flag("Encrypted");
  request.kms_key_id = parameters.text("KmsKeyId");
  request.multi_attach = parameters.flag("MultiAttachEnabled");
  request.tags = read_tag_specifications(parameters, {"volume"});
  parameters.ignore("VolumeInitializationRate");
  return request;
}

ApiResult<Zone> find_zone(const Context& context, const VolumeRequest& request) {
  for (const Zone& zone : zones_of(context.region))
    if (request.zone.empty() ? zone.id == request.zone_id : zone.name == request.zone) return zone;
  return refuse("InvalidZone.NotFound",
                fmt::format("The zone '{}' does not exist.", request.zone.empty() ? request.zone_id : request.zone));
}

ApiResult<Volume> plan(const Context& context, const VolumeRequest& request) {
  Volume volume;
  Snapshot source;
  source.size_gib = 0;
  if (!request.snapshot_id.empty()) {
    auto found = usable_snapshot(context.state, request.snapshot_id);
    if (!found) return std::unexpected(found.error());
    source = *std::move(found);
  }
  if (request.wish.size_gib && *request.wish.size_gib < source.size_gib)
    return refuse("InvalidParameterValue",
                  fmt::format("The size of the volume ({} GiB) is smaller than the size of the snapshot '{}' ({} GiB)",
                              *request.wish.size_gib, source.id, source.size_gib));
  if (auto no = plan_volume(request.wish, source.size_gib, volume)) return std::unexpected(*no);
  std::string key;
  if (auto no = plan_encryption(context.state, request.encrypted, request.kms_key_id, source.encrypted,
                                source.kms_key_id, volume.encrypted, key))
    return std::unexpected(*no);
  volume.kms_key_id = key;
  if (request.multi_attach && volume.type != "io1" && volume.type != "io2")
    return refuse("InvalidParameterCombination",
                  fmt::format("The parameter MultiAttachEnabled is not supported for {} volumes.", volume.type));
  volume.multi_attach = request.multi_attach;
  volume.snapshot_id = request.snapshot_id;
  return volume;
}

Xml described(const RegionState& state, const Volume& volume) {
  Xml xml;
  write_volume(xml, state, volume);
  return xml;
}

}  // namespace

ApiResult<Xml> create_volume(Context& context, const Parameters& parameters) {
  const VolumeRequest request = read(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  for (const SharedText& id : context.state.volumes.index().by_token().ids(request.client_token)) {
    const Volume& former = *context.state.volumes.find(id);
    if (former.request_digest == request.digest) return described(context.state, former);
    return refuse("IdempotentParameterMismatch",
                  "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).");
  }
  const auto zone = find_zone(context, request);
  if (!zone) return std::unexpected(zone.error());
  auto planned = plan(context, request);
  if (!planned) return std::unexpected(planned.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  Volume volume = *std::move(planned);
  volume.id = context.new_id("vol");
  volume.zone = zone->name;
  volume.zone_id = zone->id;
  volume.state = "creating";
  volume.created = context.now();
  volume.client_token = request.client_token;
  volume.request_digest = request.client_token.empty() ? "" : request.digest;
  if (const auto tags = request.tags.find("volume"); tags != request.tags.end())
    context.state.add_tags(volume.id, tags->second);
  make_volumes_later(context, {std::string(volume.id)});
  return described(context.state, context.state.volumes.put(std::move(volume)));
}

}  // namespace hotaru::sim::actions
