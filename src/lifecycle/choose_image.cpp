#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "lifecycle/choose.h"
#include "lifecycle/encode.h"

namespace hotaru::lifecycle {
namespace {

constexpr Duration kImageAge{6 * 3600 * 1000};

/// Where a family's own makers publish it, and how they name it (their documents): {arch} is filled in.
struct Family {
  const char* name;
  const char* owner;
  const char* pattern;
  bool amd64;  ///< says amd64 for x86_64
};
constexpr std::array kFamilies{
    Family{"ubuntu", "099720109477", "ubuntu/images/hvm-ssd*/ubuntu-noble-24.04-{arch}-server-*", true},
    Family{"amazon-linux", "amazon", "al2023-ami-2023.*-{arch}", false},
    Family{"debian", "136693071363", "debian-12-{arch}-*", true},
};

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

std::string fill(const Family& family, const std::string& architecture) {
  std::string text = family.pattern;
  const std::string arch = family.amd64 && architecture == "x86_64" ? "amd64" : architecture;
  return text.replace(text.find("{arch}"), 6, arch);
}

Result<aws::DescribeImages> question(const std::string& image, const std::string& architecture) {
  aws::DescribeImages request;
  if (image.starts_with("ami-")) {
    request.image_ids = {image};
    return request;
  }
  const auto family = std::ranges::find(kFamilies, image, &Family::name);
  if (family == kFamilies.end())
    return fail(ErrorClass::invalid, fmt::format("There is no image family \"{}\".", image),
                "Say ubuntu, amazon-linux, debian, or an image id (ami-…).");
  request.owners = {family->owner};
  request.filters = {{"name", {fill(*family, architecture)}},
                     {"architecture", {architecture}},
                     {"virtualization-type", {"hvm"}},
                     {"root-device-type", {"ebs"}},
                     {"state", {"available"}}};
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
          .user = login_of(image)};
}

Error no_image(const std::string& image, const std::string& region) {
  return {ErrorClass::not_found, fmt::format("There is no image {} in {}.", image, region),
          image.starts_with("ami-") ? "Image ids differ from region to region; is it public, or shared with you?"
                                    : "Say an image id (--image ami-…)."};
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
  auto request = question(image, architecture);
  if (!request) return pass(request);
  context.progress({"image", fmt::format("Looking for the image {} in {}", image, region)});
  auto images = context.ec2(region).describe_images(*request);
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

void forget_image(Context& context, const std::string& region, const std::string& image,
                  const std::string& architecture) {
  (void)context.known.forget_fact(context.scope, region, fact_key(image, architecture));
}

}  // namespace hotaru::lifecycle
