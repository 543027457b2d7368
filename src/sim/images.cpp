#include "sim/images.h"

#include <fmt/format.h>

#include <map>

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "catalog/catalog.h"

namespace hotaru::sim {

namespace {

/// One release of a distribution's image, for one or both architectures.
struct Release {
  const char* family;
  const char* default_user;
  const char* owner_id;
  const char* root_device_name;
  int root_gib;
  const char* title;   ///< what the real image is
  const char* name;    ///< with {} for the architecture, in the publisher's spelling
  const char* x86_64;  ///< that spelling; nullptr: there is none for it
  const char* arm64;
  const char* creation_date;
  /// The public parameters of Systems Manager that lead to it, with a space between them and {} for the architecture;
  /// only the newest of its kind has any.
  const char* parameters;
  const char* parameter_x86_64;
  const char* parameter_arm64;
};

constexpr auto canonical = "099720109477";
constexpr auto amazon = "137112412989";
constexpr auto debian = "136693071363";
constexpr auto deep_learning = "898082745236";
constexpr auto windows = "801119661308";
constexpr auto marketplace = "679593333241";

// Two of each family that is launched by default, so that "the newest" means something.
constexpr Release releases[] = {
    {"ubuntu", "ubuntu", canonical, "/dev/sda1", 8, "Canonical, Ubuntu, 24.04 LTS",
     "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{}-server-20260710", "amd64", "arm64", "2026-07-10T06:18:24.000Z",
     "/aws/service/canonical/ubuntu/server/24.04/stable/current/{0}/hvm/ebs-gp3/ami-id "
     "/aws/service/canonical/ubuntu/server/noble/stable/current/{0}/hvm/ebs-gp3/ami-id",
     "amd64", "arm64"},
    {"ubuntu", "ubuntu", canonical, "/dev/sda1", 8, "Canonical, Ubuntu, 24.04 LTS",
     "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{}-server-20260602", "amd64", "arm64", "2026-06-02T05:51:09.000Z",
     "", "", ""},
    {"ubuntu", "ubuntu", canonical, "/dev/sda1", 8, "Canonical, Ubuntu, 22.04 LTS",
     "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-{}-server-20260615", "amd64", "arm64", "2026-06-15T07:02:44.000Z",
     "/aws/service/canonical/ubuntu/server/22.04/stable/current/{0}/hvm/ebs-gp2/ami-id "
     "/aws/service/canonical/ubuntu/server/jammy/stable/current/{0}/hvm/ebs-gp2/ami-id",
     "amd64", "arm64"},
    {"amazon-linux", "ec2-user", amazon, "/dev/xvda", 8, "Amazon Linux 2023 AMI",
     "al2023-ami-2023.8.20260713.0-kernel-6.1-{}", "x86_64", "arm64", "2026-07-13T22:10:31.000Z",
     "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{0} "
     "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-{0}",
     "x86_64", "arm64"},
    {"amazon-linux", "ec2-user", amazon, "/dev/xvda", 8, "Amazon Linux 2023 AMI",
     "al2023-ami-2023.8.20260615.0-kernel-6.1-{}", "x86_64", "arm64", "2026-06-15T21:44:02.000Z", "", "", ""},
    {"debian", "admin", debian, "/dev/xvda", 8, "Debian 12", "debian-12-{}-20260706-2165", "amd64", "arm64",
     "2026-07-06T14:25:17.000Z", "/aws/service/debian/release/12/latest/{}", "amd64", "arm64"},
    {"debian", "admin", debian, "/dev/xvda", 8, "Debian 12", "debian-12-{}-20260601-2131", "amd64", "arm64",
     "2026-06-01T13:11:58.000Z", "", "", ""},
    {"deep-learning", "ubuntu", deep_learning, "/dev/sda1", 35,
     "Deep Learning Base AMI with Nvidia driver, Ubuntu 24.04",
     "Deep Learning {}Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04) 20260710", "", "ARM64 ", "2026-07-11T03:12:40.000Z",
     "/aws/service/deeplearning/ami/{}/base-oss-nvidia-driver-gpu-ubuntu-24.04/latest/ami-id", "x86_64", "arm64"},
    {"deep-learning", "ubuntu", deep_learning, "/dev/sda1", 35,
     "Deep Learning Base AMI with Nvidia driver, Ubuntu 22.04",
     "Deep Learning {}Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04) 20260710", "", "ARM64 ", "2026-07-11T03:40:05.000Z",
     "/aws/service/deeplearning/ami/{}/base-oss-nvidia-driver-gpu-ubuntu-22.04/latest/ami-id", "x86_64", "arm64"},
    {"deep-learning-al2023", "ec2-user", deep_learning, "/dev/xvda", 40,
     "Deep Learning Base AMI with Nvidia driver, Amazon Linux 2023",
     "Deep Learning {}Base OSS Nvidia Driver GPU AMI (Amazon Linux 2023) 20260710", "", "ARM64 ",
     "2026-07-11T04:05:51.000Z",
     "/aws/service/deeplearning/ami/{}/base-oss-nvidia-driver-gpu-amazon-linux-2023/latest/ami-id", "x86_64", "arm64"},
    {"deep-learning", "ubuntu", deep_learning, "/dev/sda1", 75, "Deep Learning AMI with PyTorch 2.9, Ubuntu 24.04",
     "Deep Learning {} Nvidia Driver AMI GPU PyTorch 2.9 (Ubuntu 24.04) 20260712", "OSS", "ARM64 OSS",
     "2026-07-12T18:22:13.000Z",
     "/aws/service/deeplearning/ami/{}/oss-nvidia-driver-gpu-pytorch-2.9-ubuntu-24.04/latest/ami-id", "x86_64",
     "arm64"},
    {"windows", "Administrator", windows, "/dev/sda1", 30, "Microsoft Windows Server 2022 Full Locale English AMI",
     "Windows_Server-2022-English-Full-Base-2026.07.15{}", "", nullptr, "2026-07-15T20:31:47.000Z",
     "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base", "", ""},
    {"marketplace", "ubuntu", marketplace, "/dev/sda1", 40, "NVIDIA GPU-Optimized AMI, sold in AWS Marketplace",
     "NVIDIA GPU-Optimized AMI 26.07.1{}-676eed8d-dcf5-4784-87d7-0de463205c17", "", nullptr, "2026-07-20T11:09:36.000Z",
     "", "", ""},
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

/// What follows from the kind of publisher.
void add_kind(const std::string& family, Image& image) {
  image.owner_alias = "amazon";  // also borne by the images of verified publishers
  if (family == "marketplace") {
    image.owner_alias = "aws-marketplace";
    image.product_code = "6b2flm4m2wolg1wjvu6bxnqkd";
  }
  if (family == "windows") {
    image.platform = "windows";
    image.platform_details = "Windows";
    image.usage_operation = "RunInstances:0002";
  }
  image.needs_imds_v2 = family == "amazon-linux" || family == "deep-learning-al2023";
}

Image image_of(const Release& release, const std::string& region, bool arm, const std::string& distribution) {
  Image image;
  image.name = fmt::format(fmt::runtime(release.name), arm ? release.arm64 : release.x86_64);
  image.id = derived_id("ami", region, image.name);
  image.snapshot_id = derived_id("snap", region, "snapshot of " + image.name);
  image.family = release.family;
  add_kind(image.family, image);
  image.description = image.platform.empty()
                          ? fmt::format("{} (simulated by hotaru: really {})", release.title, distribution)
                          : fmt::format("{} (simulated by hotaru: cannot be launched)", release.title);
  image.owner_id = release.owner_id;
  image.architecture = arm ? "arm64" : "x86_64";
  image.default_user = release.default_user;
  image.root_device_name = release.root_device_name;
  image.root_volume_gib = release.root_gib;
  image.creation_date = release.creation_date;
  image.boot_mode = arm ? "uefi" : "uefi-preferred";
  ImageDevice root;
  root.name = image.root_device_name;
  root.snapshot_id = image.snapshot_id;
  root.size_gib = image.root_volume_gib;
  image.devices = {root};
  for (const std::string& path : split(release.parameters, ' ')) {
    if (path.empty()) continue;
    image.parameters.push_back(
        fmt::format(fmt::runtime(path), arm ? release.parameter_arm64 : release.parameter_x86_64));
  }
  return image;
}

std::map<std::string, std::vector<Image>, std::less<>> all_images() {
  std::map<std::string, std::vector<Image>, std::less<>> all;
  const std::string distribution = host_distribution();
  for (const catalog::Region& region : catalog::regions()) {
    auto& images = all[std::string(region.name)];
    for (const Release& release : releases) {
      if (release.x86_64 != nullptr) images.push_back(image_of(release, std::string(region.name), false, distribution));
      if (release.arm64 != nullptr) images.push_back(image_of(release, std::string(region.name), true, distribution));
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

const Image* find_former_image(const RegionState& state, const std::string& id) {
  const Image* own = state.images.find(id);
  return own != nullptr ? own : find_image(state.region, id);
}

const Image* find_image(const RegionState& state, const std::string& id) {
  const Image* found = find_former_image(state, id);
  return found != nullptr && found->state != "deregistered" ? found : nullptr;
}

const Image* find_image(const std::string& region, const std::string& id) {
  for (const Image& image : images_of(region)) {
    if (image.id == id) return &image;
  }
  return nullptr;
}

}  // namespace hotaru::sim
