#include "sim/images.h"

#include <fmt/format.h>

#include "sim/actions/actions.h"
#include "sim/empty_filters.h"
#include "sim/storage/own_images.h"

namespace hotaru::sim::actions {

namespace {

std::string location(const Image& image) {
  return (image.owner_alias.empty() ? image.owner_id : image.owner_alias) + "/" + image.name;
}
Values always(const char* value) { return Values{std::string(value)}; }
Values unless_empty(const std::string& value) { return value.empty() ? Values{} : Values{value}; }

/// A value of each device that is a volume.
template <class Read>
auto of_devices(Read read) {
  return [read](const Image& image) {
    Values values;
    for (const ImageDevice& one : image.devices)
      if (one.virtual_name.empty()) values.push_back(read(one));
    return values;
  };
}

std::string word(bool value) { return value ? "true" : "false"; }

FilterTable<Image> make_filters() {
  FilterTable<Image> table = {
      {"architecture", [](const Image& one) { return Values{one.architecture}; }},
      {"block-device-mapping.delete-on-termination",
       of_devices([](const ImageDevice& one) { return word(one.delete_on_termination); })},
      {"block-device-mapping.device-name", of_devices([](const ImageDevice& one) { return one.name; })},
      {"block-device-mapping.encrypted", of_devices([](const ImageDevice& one) { return word(one.encrypted); })},
      {"block-device-mapping.snapshot-id", of_devices([](const ImageDevice& one) { return one.snapshot_id; })},
      {"block-device-mapping.volume-size",
       of_devices([](const ImageDevice& one) { return std::to_string(one.size_gib); })},
      {"block-device-mapping.volume-type", of_devices([](const ImageDevice& one) { return one.type; })},
      {"boot-mode", [](const Image& one) { return Values{one.boot_mode}; }},
      {"creation-date", [](const Image& one) { return Values{one.creation_date}; }},
      {"description", [](const Image& one) { return Values{one.description}; }},
      {"ena-support", [](const Image& one) { return truth(one.ena_support); }},
      {"hypervisor", [](const Image&) { return always("xen"); }},
      {"image-id", [](const Image& one) { return Values{one.id}; }},
      {"image-type", [](const Image&) { return always("machine"); }},
      {"imds-support", [](const Image& one) { return one.needs_imds_v2 ? always("v2.0") : Values{}; }},
      {"is-public", [](const Image& one) { return truth(one.is_public); }},
      {"kernel-id", [](const Image& one) { return unless_empty(one.kernel_id); }},
      {"manifest-location", [](const Image& one) { return Values{location(one)}; }},
      {"name", [](const Image& one) { return Values{one.name}; }},
      {"owner-alias", [](const Image& one) { return unless_empty(one.owner_alias); }},
      {"owner-id", [](const Image& one) { return Values{one.owner_id}; }},
      {"platform", [](const Image& one) { return unless_empty(one.platform); }},
      {"platform-details", [](const Image& one) { return Values{one.platform_details}; }},
      {"product-code", [](const Image& one) { return unless_empty(one.product_code); }},
      {"product-code.type",
       [](const Image& one) { return one.product_code.empty() ? Values{} : always("marketplace"); }},
      {"root-device-name", [](const Image& one) { return Values{one.root_device_name}; }},
      {"root-device-type", [](const Image&) { return always("ebs"); }},
      {"ramdisk-id", [](const Image& one) { return unless_empty(one.ramdisk_id); }},
      {"source-image-id", [](const Image& one) { return unless_empty(one.source_image_id); }},
      {"source-image-region", [](const Image& one) { return unless_empty(one.source_image_region); }},
      {"source-instance-id", [](const Image& one) { return unless_empty(one.source_instance_id); }},
      {"sriov-net-support", [](const Image& one) { return unless_empty(one.sriov); }},
      {"state", [](const Image& one) { return Values{one.state}; }},
      {"state-reason-code", [](const Image&) { return Values{}; }},
      {"state-reason-message", [](const Image&) { return Values{}; }},
      {"public-ssm-parameter-name", [](const Image& one) { return one.parameters; }},
      {"usage-operation", [](const Image& one) { return Values{one.usage_operation}; }},
      {"virtualization-type", [](const Image& one) { return Values{one.virtualization}; }},
  };
  add_empty_filters(table, {"scan-result.critical-fix-available-since", "scan-result.finding-scan-date",
                            "scan-result.high-fix-available-since", "scan-result.highest-finding-severity-label",
                            "scan-result.informational-fix-available-since", "scan-result.low-fix-available-since",
                            "scan-result.medium-fix-available-since", "free-tier-eligible", "image-allowed",
                            "image-watermark.source-image-creation-time", "image-watermark.source-image-id",
                            "image-watermark.source-image-region", "image-watermark.watermark-creation-time",
                            "image-watermark.watermark-key", "instance-type-specification.supported-instance-type",
                            "instance-type-specification.unsupported-instance-type"});
  return table;
}

const FilterTable<Image>& image_filters() {
  static const FilterTable<Image> table = make_filters();
  return table;
}

bool owned(const Context& context, const Image& image, const std::vector<std::string>& owners) {
  return owners.empty() || std::ranges::any_of(owners, [&](const std::string& owner) {
           if (owner == "self") return image.owner_id == context.account_id;
           return owner == image.owner_id || owner == image.owner_alias;
         });
}

/// "self" means those that somebody has allowed the account by name.
bool executable(const Context& context, const Image& image, const std::vector<std::string>& by) {
  return by.empty() || std::ranges::any_of(by, [&](const std::string& user) {
           if (user == "all") return image.is_public;
           const std::string& account = user == "self" ? context.account_id : user;
           return std::ranges::find(image.launch_users, account) != image.launch_users.end();
         });
}

void write(const Context& context, const Image& image, Xml& item) {
  item.text("imageId", image.id)
      .text("imageLocation", location(image))
      .text("imageState", image.state)
      .text("imageOwnerId", image.owner_id)
      .text("creationDate", image.creation_date)
      .flag("isPublic", image.is_public)
      .text("architecture", image.architecture)
      .text("imageType", "machine")
      .text_unless_empty("imageOwnerAlias", image.owner_alias)
      .text("name", image.name)
      .text("description", image.description)
      .text_unless_empty("platform", image.platform)
      .text("platformDetails", image.platform_details)
      .text("usageOperation", image.usage_operation)
      .text("rootDeviceType", "ebs")
      .text("rootDeviceName", image.root_device_name)
      .text_unless_empty("kernelId", image.kernel_id)
      .text_unless_empty("ramdiskId", image.ramdisk_id);
  write_image_devices(item, image);
  item.text("virtualizationType", image.virtualization)
      .text("hypervisor", "xen")  // as EC2 says of every image
      .flag("enaSupport", image.ena_support)
      .text_unless_empty("sriovNetSupport", image.sriov)
      .text_unless_empty("bootMode", image.boot_mode)
      .text_unless_empty("tpmSupport", image.tpm_support)
      .text_unless_empty("sourceInstanceId", image.source_instance_id)
      .text_unless_empty("sourceImageId", image.source_image_id)
      .text_unless_empty("sourceImageRegion", image.source_image_region)
      .text_unless_empty("deprecationTime", image.deprecation_time);
  if (image.needs_imds_v2) item.text("imdsSupport", "v2.0");
  if (!image.product_code.empty()) {
    item.element("productCodes",
                 Xml{}.element("item", Xml{}.text("productCode", image.product_code).text("type", "marketplace")));
  }
  write_tags_if_any(item, context.state.tags_of(image.id));
}

}  // namespace

ApiResult<Xml> describe_images(Context& context, const Parameters& parameters) {
  const auto ids = parameters.list("ImageId");
  const auto owners = parameters.list("Owner");
  const auto executable_by = parameters.list("ExecutableBy");
  parameters.ignore("IncludeDeprecated");  // there are none
  parameters.ignore("IncludeDisabled");
  const auto filters = read_filters(parameters, names_of(image_filters()));
  const auto page_request = read_page(parameters, 1, 1000);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  std::vector<std::string> missing;
  for (const std::string& id : ids) {
    if (!is_id("ami", id)) return std::unexpected(malformed_id(id_forms::image, id));
    if (!find_image(context.state, id)) missing.push_back(id);
  }
  if (!missing.empty()) {
    return refuse(id_forms::image.not_found_code,
                  fmt::format(fmt::runtime(missing.size() == 1 ? "The image id '[{}]' does not exist"
                                                               : "The image ids '[{}]' do not exist"),
                              fmt::join(missing, ", ")));
  }
  std::vector<const Image*> found;
  const auto take = [&](const Image& image) {
    if (!ids.empty() && std::ranges::find(ids, image.id) == ids.end()) return;
    if (!owned(context, image, owners) || !executable(context, image, executable_by)) return;
    if (passes(filters, image_filters(), image, context.state.tags_of(image.id))) found.push_back(&image);
  };
  for (const Image& image : images_of(context.region)) take(image);
  for (const auto& [id, image] : context.state.images.all())
    if (image.state != "deregistered") take(image);
  std::ranges::sort(found, {}, [](const Image* one) { return one->id; });
  const auto page = cut_page(page_request, std::move(found), [](const Image& one) { return one.id; });
  Xml xml;
  xml.set("imagesSet", page.items, [&](const Image* one, Xml& item) { write(context, *one, item); });
  page.write_token(xml);
  return xml;
}

}  // namespace hotaru::sim::actions
