#include "sim/images.h"

#include <fmt/format.h>

#include "sim/actions/actions.h"
#include "sim/describe.h"

namespace hotaru::sim::actions {

namespace {

std::string location(const Image& image) { return image.owner_alias + "/" + image.name; }
Values always(const char* value) { return Values{std::string(value)}; }
Values unless_empty(const std::string& value) { return value.empty() ? Values{} : Values{value}; }

const FilterTable<Image>& image_filters() {
  static const FilterTable<Image> table = {
      {"architecture", [](const Image& one) { return Values{one.architecture}; }},
      {"block-device-mapping.delete-on-termination", [](const Image&) { return truth(true); }},
      {"block-device-mapping.device-name", [](const Image& one) { return Values{one.root_device_name}; }},
      {"block-device-mapping.encrypted", [](const Image&) { return truth(false); }},
      {"block-device-mapping.snapshot-id", [](const Image& one) { return Values{one.snapshot_id}; }},
      {"block-device-mapping.volume-size",
       [](const Image& one) { return Values{std::to_string(one.root_volume_gib)}; }},
      {"block-device-mapping.volume-type", [](const Image&) { return always("gp3"); }},
      {"boot-mode", [](const Image& one) { return Values{one.boot_mode}; }},
      {"creation-date", [](const Image& one) { return Values{one.creation_date}; }},
      {"description", [](const Image& one) { return Values{one.description}; }},
      {"ena-support", [](const Image&) { return truth(true); }},
      {"hypervisor", [](const Image&) { return always("xen"); }},
      {"image-id", [](const Image& one) { return Values{one.id}; }},
      {"image-type", [](const Image&) { return always("machine"); }},
      {"is-public", [](const Image&) { return truth(true); }},
      {"kernel-id", [](const Image&) { return Values{}; }},
      {"manifest-location", [](const Image& one) { return Values{location(one)}; }},
      {"name", [](const Image& one) { return Values{one.name}; }},
      {"owner-alias", [](const Image& one) { return Values{one.owner_alias}; }},
      {"owner-id", [](const Image& one) { return Values{one.owner_id}; }},
      {"platform", [](const Image& one) { return unless_empty(one.platform); }},
      {"platform-details", [](const Image& one) { return Values{one.platform_details}; }},
      {"product-code", [](const Image& one) { return unless_empty(one.product_code); }},
      {"product-code.type",
       [](const Image& one) { return one.product_code.empty() ? Values{} : always("marketplace"); }},
      {"root-device-name", [](const Image& one) { return Values{one.root_device_name}; }},
      {"root-device-type", [](const Image&) { return always("ebs"); }},
      {"state", [](const Image&) { return always("available"); }},
      {"usage-operation", [](const Image& one) { return Values{one.usage_operation}; }},
      {"virtualization-type", [](const Image&) { return always("hvm"); }},
  };
  return table;
}

bool owned(const Context& context, const Image& image, const std::vector<std::string>& owners) {
  return owners.empty() || std::ranges::any_of(owners, [&](const std::string& owner) {
           if (owner == "self") return image.owner_id == context.account_id;
           return owner == image.owner_id || owner == image.owner_alias;
         });
}

/// All built-in images are public; nobody else has given anybody a permission.
bool executable(const std::vector<std::string>& by) { return by.empty() || std::ranges::find(by, "all") != by.end(); }

void write(const Context& context, const Image& image, Xml& item) {
  Xml ebs;
  ebs.text("snapshotId", image.snapshot_id)
      .number("volumeSize", image.root_volume_gib)
      .flag("deleteOnTermination", true)
      .text("volumeType", "gp3")
      .number("iops", 3000)
      .number("throughput", 125)
      .flag("encrypted", false);
  item.text("imageId", image.id)
      .text("imageLocation", location(image))
      .text("imageState", "available")
      .text("imageOwnerId", image.owner_id)
      .text("creationDate", image.creation_date)
      .flag("isPublic", true)
      .text("architecture", image.architecture)
      .text("imageType", "machine")
      .text("imageOwnerAlias", image.owner_alias)
      .text("name", image.name)
      .text("description", image.description)
      .text_unless_empty("platform", image.platform)
      .text("platformDetails", image.platform_details)
      .text("usageOperation", image.usage_operation)
      .text("rootDeviceType", "ebs")
      .text("rootDeviceName", image.root_device_name)
      .element("blockDeviceMapping",
               Xml{}.element("item", Xml{}.text("deviceName", image.root_device_name).element("ebs", ebs)))
      .text("virtualizationType", "hvm")
      .text("hypervisor", "xen")  // as EC2 says of every HVM image
      .flag("enaSupport", true)
      .text("sriovNetSupport", "simple")
      .text("bootMode", image.boot_mode);
  if (image.needs_imds_v2) item.text("imdsSupport", "v2.0");
  if (!image.product_code.empty()) {
    item.element("productCodes",
                 Xml{}.element("item", Xml{}.text("productCode", image.product_code).text("type", "marketplace")));
  }
  write_tags(item, context.state.tags_of(image.id));
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
    if (!find_image(context.region, id)) missing.push_back(id);
  }
  if (!missing.empty()) {
    return refuse(id_forms::image.not_found_code,
                  fmt::format("The image id '[{}]' does not exist", fmt::join(missing, ", ")));
  }
  std::vector<const Image*> found;
  for (const Image& image : images_of(context.region)) {
    if (!ids.empty() && std::ranges::find(ids, image.id) == ids.end()) continue;
    if (!owned(context, image, owners) || !executable(executable_by)) continue;
    if (passes(filters, image_filters(), image, context.state.tags_of(image.id))) found.push_back(&image);
  }
  std::ranges::sort(found, {}, [](const Image* one) { return one->id; });
  const auto page = cut_page(page_request, std::move(found), [](const Image& one) { return one.id; });
  Xml xml;
  xml.set("imagesSet", page.items, [&](const Image* one, Xml& item) { write(context, *one, item); });
  page.write_token(xml);
  return xml;
}

}  // namespace hotaru::sim::actions
