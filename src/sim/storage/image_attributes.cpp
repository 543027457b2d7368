#include <fmt/format.h>

#include "sim/describe.h"
#include "sim/storage/actions.h"
#include "sim/storage/own_images.h"
#include "sim/storage/permissions.h"

namespace hotaru::sim::actions {

namespace {

constexpr auto permission = "launchPermission";

Xml value_xml(const std::string& value) { return value.empty() ? Xml{} : Xml{}.text("value", value); }

/// The attributes that have one plain value.
std::optional<std::string> plain_attribute(const Image& image, const std::string& name) {
  if (name == "description") return image.description;
  if (name == "kernel") return image.kernel_id;
  if (name == "ramdisk") return image.ramdisk_id;
  if (name == "sriovNetSupport") return image.sriov;
  if (name == "bootMode") return image.boot_mode;
  if (name == "tpmSupport") return image.tpm_support;
  if (name == "imdsSupport") return image.needs_imds_v2 ? "v2.0" : "";
  if (name == "deregistrationProtection") return "disabled";
  if (name == "uefiData" || name == "lastLaunchedTime") return "";
  return std::nullopt;
}

std::unexpected<ApiError> unknown_attribute(const std::string& attribute) {
  return refuse("InvalidParameterValue",
                fmt::format("Value ({}) for parameter attribute is invalid. Unknown attribute.", attribute));
}

struct Changes {
  PermissionChange permissions;
  std::optional<std::string> description;
  std::optional<std::string> imds_support;
  bool empty() const { return permissions.empty() && !description && !imds_support; }
};

Changes read_changes(const Parameters& parameters, const std::string& attribute) {
  Changes changes;
  changes.permissions = read_permissions(parameters, "LaunchPermission");
  changes.description = parameters.optional_text("Description.Value");
  changes.imds_support = parameters.optional_text("ImdsSupport.Value");
  const auto value = parameters.optional_text("Value");
  if (attribute == "description" && value) changes.description = value;
  if (attribute == "imdsSupport" && value) changes.imds_support = value;
  if (changes.imds_support && *changes.imds_support != "v2.0")
    parameters.invalid_value("ImdsSupport", *changes.imds_support, "Expecting one of: v2.0.");
  for (const char* name : {"OrganizationArn", "OrganizationalUnitArn", "ProductCode"}) parameters.ignore(name);
  return changes;
}

}  // namespace

ApiResult<Xml> describe_image_attribute(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("ImageId");
  const std::string attribute = parameters.required("Attribute");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto found = own_image(context, id);
  if (!found) return std::unexpected(found.error());
  const Image& image = **found;
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  Xml xml;
  xml.text("imageId", id);
  if (const auto value = plain_attribute(image, attribute)) return xml.element(attribute, value_xml(*value));
  if (attribute == permission) {
    write_permissions(xml, permission, image.is_public, image.launch_users);
  } else if (attribute == "blockDeviceMapping") {
    write_image_devices(xml, image);
  } else if (attribute == "productCodes") {
    xml.element("productCodes", Xml{});
  } else {
    return unknown_attribute(attribute);
  }
  return xml;
}

ApiResult<Xml> modify_image_attribute(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("ImageId");
  const std::string attribute = parameters.text("Attribute");
  const Changes changes = read_changes(parameters, attribute);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto found = own_image(context, id);
  if (!found) return std::unexpected(found.error());
  if (changes.empty()) return refuse("InvalidParameterCombination", "No attributes specified.");
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.images.modify(id, [&](Image& one) {
    apply(changes.permissions, one.is_public, one.launch_users);
    if (changes.description) one.description = *changes.description;
    if (changes.imds_support) one.needs_imds_v2 = true;
  });
  return done();
}

ApiResult<Xml> reset_image_attribute(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("ImageId");
  const std::string attribute = parameters.required("Attribute");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto found = own_image(context, id);
  if (!found) return std::unexpected(found.error());
  if (attribute != permission) return unknown_attribute(attribute);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.images.modify(id, [](Image& one) {
    one.is_public = false;
    one.launch_users.clear();
  });
  return done();
}

}  // namespace hotaru::sim::actions
