#include "sim/sandbox/first_files.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "sim/metadata/nvidia_smi.h"
#include "sim/sandbox/records.h"
#include "sim/sandbox/resolver.h"
#include "sim/sandbox/router_rules.h"

namespace hotaru::sim {

namespace {

/// A file in a machine's root that may be a link there: it must never lead out of it, so the link is replaced.
Result<void> put(const std::filesystem::path& root, const char* path, const std::string& content, mode_t mode) {
  const std::filesystem::path file = root / path;
  auto there = read_file(file);
  if (there && *there == content && !std::filesystem::is_symlink(file)) return {};
  return replace_file(file, content, mode);
}

std::string default_user(const std::string& name) {
  // As the families' own images have it in their cloud.cfg.
  return fmt::format(
      "#cloud-config\n"
      "system_info:\n"
      "  default_user:\n"
      "    name: {0}\n"
      "    gecos: {0}\n"
      "    groups: [adm, sudo]\n"
      "    lock_passwd: true\n"
      "    shell: /bin/bash\n"
      "    sudo: [\"ALL=(ALL) NOPASSWD:ALL\"]\n",
      name);
}

}  // namespace

Result<void> write_first_files(const std::filesystem::path& root, const MachineSpec& spec) {
  // The VPC's resolver, and behind it what slirp4netns answers (also to questions by TCP).
  const std::string resolvers = fmt::format("search {}\nnameserver {}\nnameserver {}\n", private_domain(spec.region),
                                            resolver_address, way_out_resolver);
  if (auto done = put(root, "etc/resolv.conf", resolvers, 0644); !done) return done;
  const std::string user = spec.default_user.empty() ? "ubuntu" : spec.default_user;
  if (auto done = put(root, "etc/cloud/cloud.cfg.d/99_hotaru_user.cfg", default_user(user), 0644); !done) return done;
  const std::string tool = spec.gpu_count > 0 ? nvidia_smi_script(spec) : "";
  if (!tool.empty()) return put(root, "usr/bin/nvidia-smi", tool, 0755);
  std::error_code ignored;
  std::filesystem::remove(root / "usr/bin/nvidia-smi", ignored);
  return {};
}

std::string host_name(const MachineSpec& spec) {
  const std::string name = spec.private_dns.substr(0, spec.private_dns.find('.'));
  return name.empty() ? spec.instance_id : name;
}

}  // namespace hotaru::sim
