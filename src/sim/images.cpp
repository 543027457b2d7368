#include "sim/images.h"

#include <fmt/format.h>

#include <map>

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "catalog/catalog.h"

namespace hotaru::sim {

namespace {

/// One release of a distribution's image, for both architectures.
struct Release {
  const char* family;
  const char* default_user;
  const char* owner_id;
  const char* root_device_name;
  const char* title;   ///< what the real image is
  const char* name;    ///< with {} for the architecture, in the distribution's spelling
  const char* x86_64;  ///< that spelling
  const char* arm64;
  const char* creation_date;
};

// Two of each family that is launched by default, so that "the newest" means something.
constexpr Release releases[] = {
    {"ubuntu", "ubuntu", "099720109477", "/dev/sda1", "Canonical, Ubuntu, 24.04 LTS",
     "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{}-server-20260710", "amd64", "arm64", "2026-07-10T06:18:24.000Z"},
    {"ubuntu", "ubuntu", "099720109477", "/dev/sda1", "Canonical, Ubuntu, 24.04 LTS",
     "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{}-server-20260602", "amd64", "arm64", "2026-06-02T05:51:09.000Z"},
    {"ubuntu", "ubuntu", "099720109477", "/dev/sda1", "Canonical, Ubuntu, 22.04 LTS",
     "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-{}-server-20260615", "amd64", "arm64", "2026-06-15T07:02:44.000Z"},
    {"amazon-linux", "ec2-user", "137112412989", "/dev/xvda", "Amazon Linux 2023 AMI",
     "al2023-ami-2023.8.20260713.0-kernel-6.1-{}", "x86_64", "arm64", "2026-07-13T22:10:31.000Z"},
    {"amazon-linux", "ec2-user", "137112412989", "/dev/xvda", "Amazon Linux 2023 AMI",
     "al2023-ami-2023.8.20260615.0-kernel-6.1-{}", "x86_64", "arm64", "2026-06-15T21:44:02.000Z"},
    {"debian", "admin", "136693071363", "/dev/xvda", "Debian 12", "debian-12-{}-20260706-2165", "amd64", "arm64",
     "2026-07-06T14:25:17.000Z"},
    {"debian", "admin", "136693071363", "/dev/xvda", "Debian 12", "debian-12-{}-20260601-2131", "amd64", "arm64",
     "2026-06-01T13:11:58.000Z"},
};

/// The distribution that instances really run: their root file system is made from the host's own.
std::string host_distribution() {
  const auto release = read_file("/etc/os-release");
  if (!release) return "this machine's Linux";
  for (const std::string& line : lines(*release)) {
    if (!line.starts_with("PRETTY_NAME=")) continue;
    std::string name = line.substr(std::string("PRETTY_NAME=").size());
    std::erase(name, '"');
    return name;
  }
  return "this machine's Linux";
}

std::string derived_id(const std::string& prefix, const std::string& region, const std::string& name) {
  return prefix + "-0" + hex_encode(sha256(region + "/" + name)).substr(0, 16);
}

Image image_of(const Release& release, const std::string& region, bool arm, const std::string& distribution) {
  Image image;
  image.name = fmt::format(fmt::runtime(release.name), arm ? release.arm64 : release.x86_64);
  image.id = derived_id("ami", region, image.name);
  image.snapshot_id = derived_id("snap", region, "snapshot of " + image.name);
  image.description = fmt::format("{} (simulated by hotaru: really {})", release.title, distribution);
  image.owner_id = release.owner_id;
  image.owner_alias = "amazon";  // also borne by the images of verified publishers
  image.architecture = arm ? "arm64" : "x86_64";
  image.family = release.family;
  image.default_user = release.default_user;
  image.root_device_name = release.root_device_name;
  image.creation_date = release.creation_date;
  image.boot_mode = arm ? "uefi" : "uefi-preferred";
  return image;
}

std::map<std::string, std::vector<Image>, std::less<>> all_images() {
  std::map<std::string, std::vector<Image>, std::less<>> all;
  const std::string distribution = host_distribution();
  for (const catalog::Region& region : catalog::regions()) {
    auto& images = all[std::string(region.name)];
    for (const Release& release : releases) {
      images.push_back(image_of(release, std::string(region.name), false, distribution));
      images.push_back(image_of(release, std::string(region.name), true, distribution));
    }
  }
  return all;
}

}  // namespace

const std::vector<Image>& images_of(const std::string& region) {
  static const auto all = all_images();
  static const std::vector<Image> none;
  const auto found = all.find(region);
  return found == all.end() ? none : found->second;
}

const Image* find_image(const std::string& region, const std::string& id) {
  for (const Image& image : images_of(region)) {
    if (image.id == id) return &image;
  }
  return nullptr;
}

}  // namespace hotaru::sim
