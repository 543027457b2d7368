// Regions and images.
#include "aws/ec2.h"
#include "aws/xml.h"

namespace hotaru::aws {

namespace {

Image image_of(pugi::xml_node item) {
  Image image;
  image.id = text_of(item, "imageId");
  image.name = text_of(item, "name");
  image.description = text_of(item, "description");
  image.owner_id = text_of(item, "imageOwnerId");
  image.architecture = text_of(item, "architecture");
  image.creation_date = text_of(item, "creationDate");
  image.state = text_of(item, "imageState");
  image.root_device_name = text_of(item, "rootDeviceName");
  image.virtualization_type = text_of(item, "virtualizationType");
  image.platform = text_of(item, "platform");
  image.boot_mode = text_of(item, "bootMode");
  image.ena = text_of(item, "enaSupport") != "false";
  image.is_public = is_true(item, "isPublic");
  image.owner_alias = text_of(item, "imageOwnerAlias");
  for (const auto product : item.child("productCodes").children("item")) {
    image.product_codes.push_back(text_of(product, "productCode"));
  }
  image.tags = tags_of(item);
  for (const auto mapping : item.child("blockDeviceMapping").children("item")) {
    const auto ebs = mapping.child("ebs");
    if (!ebs) continue;
    image.ebs_device_names.push_back(text_of(mapping, "deviceName"));
    if (image.ebs_device_names.back() == image.root_device_name) image.root_volume_gib = number_of(ebs, "volumeSize");
  }
  return image;
}

}  // namespace

std::string tag_value(const Tags& tags, const std::string& key) {
  for (const auto& tag : tags) {
    if (tag.key == key) return tag.value;
  }
  return "";
}

Result<std::vector<RegionInfo>> Ec2::describe_regions(bool all) {
  Call call = call_of("DescribeRegions", {}, true);
  if (all) call.parameters.emplace_back("AllRegions", "true");
  auto answer = ask(*client_, call);
  if (!answer) return pass(answer);
  std::vector<RegionInfo> regions;
  for (const auto item : answer->root().child("regionInfo").children("item")) {
    regions.push_back({text_of(item, "regionName"), text_of(item, "optInStatus")});
  }
  return regions;
}

Result<std::vector<Image>> Ec2::describe_images(const DescribeImages& request) {
  Call call = call_of("DescribeImages", {}, true);
  add_list(call.parameters, "ImageId", request.image_ids);
  add_list(call.parameters, "Owner", request.owners);
  add_filters(call.parameters, request.filters);
  std::vector<Image> images;
  auto asked = ask_all_pages(*client_, call, [&](pugi::xml_node root) {
    for (const auto item : root.child("imagesSet").children("item")) images.push_back(image_of(item));
  });
  if (!asked) return pass(asked);
  return images;
}

}  // namespace hotaru::aws
