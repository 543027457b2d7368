#include <fmt/format.h>
#include <algorithm>

#include "base/text.h"
#include "catalog/catalog.h"
#include "sim/bill/usage.h"
#include "sim/describe.h"
#include "sim/images.h"
#include "sim/network/shared.h"
#include "sim/storage/actions.h"
#include "sim/storage/own_images.h"
#include "sim/storage/snapshots.h"
#include "sim/storage/storage.h"

namespace hotaru::sim::actions {

namespace {

using Tags = std::map<std::string, std::string>;

struct Request {
  std::string region;
  std::string image_id;
  std::string name;
  std::optional<std::string> description;
  std::optional<bool> encrypted;
  std::string kms_key_id;
  bool copy_tags = false;
  std::string client_token;
  std::string digest;
  std::map<std::string, Tags> tags;
};

Request read(const Parameters& parameters) {
  Request request;
  request.client_token = read_client_token(parameters);
  request.digest = digest_of(parameters);
  request.region = parameters.required("SourceRegion");
  request.image_id = parameters.required("SourceImageId");
  request.name = parameters.required("Name");
  request.description = parameters.optional_text("Description");
  request.encrypted = parameters.optional_flag("Encrypted");
  request.kms_key_id = parameters.text("KmsKeyId");
  request.copy_tags = parameters.flag("CopyImageTags");
  request.tags = read_tag_specifications(parameters, {"image", "snapshot"});
  parameters.ignore("SnapshotCopyCompletionDurationMinutes");
  return request;
}

struct Source {
  const RegionState* state;
  const Image* image;
};

ApiResult<Source> find_source(Context& context, const Request& request) {
  const bool known =
      std::ranges::any_of(catalog::regions(), [&](const auto& one) { return one.name == request.region; });
  if (!known)
    return refuse("InvalidParameterValue",
                  fmt::format("Value ({}) for parameter SourceRegion is invalid.", request.region));
  const RegionState& from = context.world.region(context.account_id, request.region);
  if (!is_id("ami", request.image_id))
    return refuse("InvalidAMIID.Malformed", fmt::format("Invalid id: \"{}\"", request.image_id));
  const Image* image = find_image(from, request.image_id);
  if (image == nullptr) return std::unexpected(no_such_image(request.image_id));
  if (image->state != "available")
    return refuse("InvalidAMIID.Unavailable", fmt::format("The image ID '{}' is not available", request.image_id));
  if (!image->product_code.empty() || !image->platform.empty())
    return refuse("InvalidRequest", "Images with an EC2 BillingProduct code cannot be copied to another AWS account");
  return Source{&from, image};
}

/// The devices of the copy, with copies of the snapshots.
Refusal copy_devices(Context& context, const Source& source, const Request& request, Image& image) {
  for (ImageDevice& device : image.devices) {
    std::optional<Snapshot> made_up;
    const Snapshot* snapshot = find_snapshot(*source.state, device.snapshot_id, made_up);
    if (snapshot == nullptr) continue;
    SnapshotCopy copy;
    copy.description = fmt::format("Copied for DestinationAmi {} from SourceAmi {} for SourceSnapshot {}.", image.id,
                                   request.image_id, snapshot->id);
    copy.encrypted = request.encrypted;
    copy.kms_key_id = request.kms_key_id;
    if (const auto tags = request.tags.find("snapshot"); tags != request.tags.end()) copy.tags = tags->second;
    auto made = copy_snapshot_here(context, *snapshot, copy);
    if (!made) return made.error();
    const Snapshot& there = *context.state.snapshots.find(*made);
    const bool root = device.name == image.root_device_name;
    if (root) image.snapshot_id = *made;
    device.snapshot_id = *made;
    device.encrypted = there.encrypted;
    device.kms_key_id = there.kms_key_id;
  }
  return std::nullopt;
}

const Image* copied_before(const RegionState& state, const std::string& token) {
  if (token.empty()) return nullptr;
  for (const auto& [id, image] : state.images.all())
    if (image.client_token == token) return &image;
  return nullptr;
}

Image copy_of(const Context& context, const Source& source, const Request& request) {
  Image image = *source.image;
  image.id = context.new_id("ami");
  image.name = request.name;
  if (request.description) image.description = *request.description;
  image.owner_id = context.account_id;
  image.owner_alias = image.source_instance_id = image.deprecation_time = "";
  image.creation_date = iso8601(context.now());
  image.parameters.clear();
  image.launch_users.clear();
  image.is_public = false;
  image.source_image_id = request.image_id;
  image.source_image_region = request.region;
  image.client_token = request.client_token;
  image.request_digest = request.digest;
  return image;
}

Tags image_tags(const Source& source, const Request& request) {
  Tags all = request.copy_tags ? source.state->tags_of(request.image_id) : Tags{};
  if (const auto tags = request.tags.find("image"); tags != request.tags.end())
    for (const auto& [key, value] : tags->second) all[key] = value;
  return all;
}

void delete_snapshots(Context& context, const Image& image, Xml& xml) {
  xml.set("deleteSnapshotResultSet", image.devices, [&](const ImageDevice& one, Xml& item) {
    const Snapshot* snapshot = context.state.snapshots.find(one.snapshot_id);
    item.text("snapshotId", one.snapshot_id).text("returnCode", snapshot != nullptr ? "success" : "skipped");
    if (snapshot == nullptr) return;
    bill_snapshot(context.state, *snapshot, context.now());
    erase_snapshot_later(context, one.snapshot_id);
    context.state.remove_tags(one.snapshot_id);
    context.state.snapshots.erase(one.snapshot_id);
  });
}

}  // namespace

ApiResult<Xml> copy_image(Context& context, const Parameters& parameters) {
  refuse_unsupported(parameters,
                     {"DestinationOutpostArn", "DestinationAvailabilityZone", "DestinationAvailabilityZoneId"});
  const Request request = read(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (const Image* former = copied_before(context.state, request.client_token)) {
    if (former->request_digest == request.digest) return Xml{}.text("imageId", former->id);
    return refuse("IdempotentParameterMismatch",
                  "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).");
  }
  const auto source = find_source(context, request);
  if (!source) return std::unexpected(source.error());
  if (auto no = check_image_name(context.state, request.name)) return std::unexpected(*no);
  if (!request.kms_key_id.empty() && !request.encrypted.value_or(false))
    return refuse("InvalidParameterDependency", "The parameter KmsKeyId requires the parameter Encrypted to be set.");
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  Image image = copy_of(context, *source, request);
  if (auto no = copy_devices(context, *source, request, image)) return std::unexpected(*no);
  context.state.add_tags(image.id, image_tags(*source, request));
  return Xml{}.text("imageId", context.state.images.put(std::move(image)).id);
}

ApiResult<Xml> deregister_image(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("ImageId");
  const bool with_snapshots = parameters.flag("DeleteAssociatedSnapshots");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto found = own_image(context, id);
  if (!found) return std::unexpected(found.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  Xml xml = done();
  context.state.images.modify(id, [](Image& one) {
    one.state = "deregistered";
    one.client_token = "";
  });
  context.state.remove_tags(id);
  if (with_snapshots) delete_snapshots(context, **found, xml);
  return xml;
}

}  // namespace hotaru::sim::actions
