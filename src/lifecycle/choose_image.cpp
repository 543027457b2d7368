#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "aws/ssm.h"
#include "base/text.h"
#include "catalog/gpus.h"
#include "lifecycle/choose.h"
#include "lifecycle/encode.h"

namespace hotaru::lifecycle {
namespace {

constexpr Duration kImageAge{6 * 3600 * 1000};

/// Where a family's own makers publish it, how they name it, and which public SSM parameter leads to it (their
/// documents): {arch} is filled in, as amd64 where the makers say so.
struct Family {
  const char* name;
  const char* owner;
  const char* pattern;
  bool amd64;
  const char* parameter;
};
constexpr std::array kFamilies{
    Family{"dlami", "amazon", "Deep Learning*Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04) *", false,
           "/aws/service/deeplearning/ami/{arch}/base-oss-nvidia-driver-gpu-ubuntu-24.04/latest/ami-id"},
    Family{"pytorch", "amazon", "Deep Learning*OSS Nvidia Driver AMI GPU PyTorch 2.* (Ubuntu 24.04) *", false,
           "/aws/service/deeplearning/ami/{arch}/oss-nvidia-driver-gpu-pytorch-2.9-ubuntu-24.04/latest/ami-id"},
    Family{"ubuntu", "099720109477", "ubuntu/images/hvm-ssd*/ubuntu-noble-24.04-{arch}-server-*", true,
           "/aws/service/canonical/ubuntu/server/24.04/stable/current/{arch}/hvm/ebs-gp3/ami-id"},
    Family{"amazon-linux", "amazon", "al2023-ami-2023.*-{arch}", false,
           "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{arch}"},
    Family{"debian", "136693071363", "debian-12-{arch}-*", true, ""},
    Family{"windows", "amazon", "Windows_Server-2022-English-Full-Base-*", false,
           "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base"},
};
constexpr std::string_view kParameter = "resolve:ssm:";
constexpr std::string_view kProduct = "marketplace:";

/// What an image's makers call it, and the login that they give it (EC2 User Guide, "Manage system users").
constexpr std::array<std::pair<const char*, const char*>, 8> kLogins{{{"ubuntu", "ubuntu"},
                                                                      {"amazon linux", "ec2-user"},
                                                                      {"amzn", "ec2-user"},
                                                                      {"al2023", "ec2-user"},
                                                                      {"debian", "admin"},
                                                                      {"centos", "centos"},
                                                                      {"fedora", "fedora"},
                                                                      {"rocky", "rocky"}}};

std::string fact_key(const std::string& image, const std::string& architecture) {
  return "image/" + image + "/" + architecture;
}

std::string fill(const Family& family, std::string text, const std::string& architecture) {
  const auto place = text.find("{arch}");
  if (place == std::string::npos) return text;
  const std::string arch = family.amd64 && architecture == "x86_64" ? "amd64" : architecture;
  return text.replace(place, 6, arch);
}

const Family* find_family(const std::string& name) {
  const auto family = std::ranges::find(kFamilies, name, &Family::name);
  return family != kFamilies.end() ? &*family : nullptr;
}

aws::Filters usable(const std::string& name, const std::string& architecture) {
  return {{"name", {name}},
          {"architecture", {architecture}},
          {"virtualization-type", {"hvm"}},
          {"root-device-type", {"ebs"}},
          {"state", {"available"}}};
}

aws::DescribeImages question(const std::string& image, const std::string& architecture) {
  aws::DescribeImages request;
  if (image.starts_with("ami-")) {
    request.image_ids = {image};
  } else if (const Family* family = find_family(image)) {
    request.owners = {family->owner};
    request.filters = usable(fill(*family, family->pattern, architecture), architecture);
  } else if (image.starts_with(kProduct)) {
    request.owners = {"aws-marketplace"};
    request.filters = usable("*" + image.substr(kProduct.size()) + "*", architecture);
  } else {
    request.owners = {"self"};
    request.filters = usable(image, architecture);
  }
  return request;
}

Result<void> check_fit(const aws::Image& image, const std::string& architecture) {
  if (!image.architecture.empty() && image.architecture != architecture)
    return fail(ErrorClass::invalid,
                fmt::format("{} is for {}, the instance type for {}.", image.id, image.architecture, architecture),
                "Choose an image of the type's architecture.");
  if (!image.virtualization_type.empty() && image.virtualization_type != "hvm")
    return fail(ErrorClass::invalid, fmt::format("{} is not an HVM image.", image.id),
                "Types of today run HVM images alone.");
  if (image.platform == "windows")
    return fail(ErrorClass::unsupported, fmt::format("{} is a Windows image.", image.id),
                "Choose a Linux image; Windows is not supported yet.");
  return {};
}

ImageChoice to_choice(const aws::Image& image, const std::string& family) {
  return {.id = image.id,
          .name = image.name,
          .family = family,
          .root_device = image.root_device_name,
          .root_gib = image.root_volume_gib,
          .ebs_devices = image.ebs_device_names,
          .architecture = image.architecture,
          .user = login_of(image),
          .boot_mode = image.boot_mode,
          .ena = image.ena,
          .marketplace = !image.product_codes.empty()};
}

Error no_image(const std::string& image, const std::string& region) {
  Error error{ErrorClass::not_found, fmt::format("There is no image {} in {}.", image, region), ""};
  if (image.starts_with("ami-")) {
    error.hint = "Image ids differ from region to region; is it public, or shared with you?";
  } else if (find_family(image) != nullptr) {
    error.hint = "Say an image id (--image ami-…).";
  } else {
    std::vector<std::string> names;
    for (const Family& family : kFamilies) names.emplace_back(family.name);
    error.hint =
        fmt::format("Families are {}; else the name of an image of your own, marketplace:NAME, or an id (ami-…).",
                    join(names, ", "));
  }
  return error;
}

Result<std::vector<aws::Image>> ask_by_parameter(Context& context, const std::string& region,
                                                 const std::string& parameter) {
  auto found = aws::get_parameters(context.client, region, {parameter});
  if (!found) return pass(found);
  const auto value = found->values.find(parameter);
  if (value == found->values.end() || !value->second.starts_with("ami-")) return std::vector<aws::Image>{};
  return context.ec2(region).describe_images({.image_ids = {value->second}, .owners = {}, .filters = {}});
}

/// By its name, and where its makers name it otherwise now, by the parameter that leads to it.
Result<std::vector<aws::Image>> ask_images(Context& context, const std::string& region, const std::string& image,
                                           const std::string& architecture) {
  if (image.starts_with(kParameter)) return ask_by_parameter(context, region, image.substr(kParameter.size()));
  auto images = context.ec2(region).describe_images(question(image, architecture));
  const Family* family = find_family(image);
  if (!images || !images->empty() || family == nullptr || *family->parameter == '\0') return images;
  auto by_parameter = ask_by_parameter(context, region, fill(*family, family->parameter, architecture));
  return by_parameter ? by_parameter : images;
}

}  // namespace

std::string login_of(const aws::Image& image) {
  // The name first: a description may speak of much else ("… simulated, on Debian 12").
  for (const std::string& text : {to_lower(image.name), to_lower(image.description)})
    for (const auto& [word, user] : kLogins)
      if (text.find(word) != std::string::npos) return user;
  return "ec2-user";  // Red Hat, SUSE
}

Result<ImageChoice> choose_image(Context& context, const std::string& region, const std::string& image,
                                 const std::string& architecture) {
  auto kept = context.known.fact(context.scope, region, fact_key(image, architecture), kImageAge);
  if (kept && *kept)
    if (auto choice = decode_image(**kept)) return *choice;
  context.progress({"image", fmt::format("Looking for the image {} in {}", image, region)});
  auto images = ask_images(context, region, image, architecture);
  if (!images) {
    const bool unknown =
        images.error().code == "InvalidAMIID.NotFound" || images.error().code == "InvalidAMIID.Malformed";
    if (!unknown) return pass(images);
    Error error = no_image(image, region);
    error.code = images.error().code;
    return std::unexpected(error);
  }
  const auto newest = std::ranges::max_element(*images, {}, &aws::Image::creation_date);
  if (newest == images->end()) return std::unexpected(no_image(image, region));
  if (auto fits = check_fit(*newest, architecture); !fits) return pass(fits);
  const ImageChoice choice = to_choice(*newest, image);
  // A cache that cannot be written costs a call the next time, nothing more.
  (void)context.known.set_fact(context.scope, region, fact_key(image, architecture), encode(choice));
  return choice;
}

std::string default_image(const catalog::Catalog& catalog, const std::string& type) {
  constexpr double open_modules = 7.5;  // NVIDIA's documents: Turing and later
  const catalog::InstanceType* known = catalog.find_type(type);
  const bool has_driver = known != nullptr && catalog::cuda_capability(known->gpu_name) >= open_modules;
  return has_driver ? "dlami" : "ubuntu";
}

Result<void> check_image_fits(const catalog::Catalog& catalog, const ImageChoice& image, const std::string& type) {
  const catalog::InstanceType* known = catalog.find_type(type);
  if (known == nullptr) return {};
  const bool one_mode = image.boot_mode == "uefi" || image.boot_mode == "legacy-bios";
  const auto modes = split(known->boot_modes, '+');
  if (one_mode && !known->boot_modes.empty() && std::ranges::find(modes, image.boot_mode) == modes.end())
    return fail(ErrorClass::invalid,
                fmt::format("{} boots by {} alone, which {} does not do.", image.id, image.boot_mode, type),
                "Choose another image or type.");
  if (!image.ena && known->ena == "required")
    return fail(ErrorClass::invalid, fmt::format("{} does not know ENA, which {} needs.", image.id, type),
                "Choose a newer image.");
  return {};
}

void forget_image(Context& context, const std::string& region, const std::string& image,
                  const std::string& architecture) {
  (void)context.known.forget_fact(context.scope, region, fact_key(image, architecture));
}

}  // namespace hotaru::lifecycle
