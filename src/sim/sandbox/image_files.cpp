#include "sim/sandbox/image_files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <set>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "sim/sandbox/host_config.h"
#include "sim/sandbox/records.h"
#include "sim/sandbox/system.h"

namespace hotaru::sim {

namespace {

namespace fs = std::filesystem;

// What is in vain (no hardware, no kernel modules, no network of its own to configure), listens to the host's
// hardware, or works on its own account in the background (timers), which EC2's images do but no simulation needs.
const std::vector<std::string> masked_units = {"systemd-udevd.service",
                                               "systemd-udev-trigger.service",
                                               "systemd-udevd-control.socket",
                                               "systemd-udevd-kernel.socket",
                                               "systemd-modules-load.service",
                                               "networking.service",
                                               "systemd-networkd.service",
                                               "systemd-networkd.socket",
                                               "systemd-networkd-wait-online.service",
                                               "systemd-resolved.service",
                                               "systemd-timesyncd.service",
                                               "systemd-pstore.service",
                                               "systemd-ask-password-console.path",
                                               "systemd-ask-password-wall.path",
                                               "getty@tty1.service",
                                               "serial-getty@ttyS0.service",
                                               "console-getty.service",
                                               "getty-static.service",
                                               "e2scrub_reap.service",
                                               "e2scrub_all.timer",
                                               "fstrim.timer",
                                               "apt-daily.timer",
                                               "apt-daily-upgrade.timer",
                                               "dpkg-db-backup.timer",
                                               "cloud-init-hotplugd.socket",
                                               "cloud-init-hotplugd.service",
                                               "ssh.socket",
                                               "sys-kernel-debug.mount",
                                               "sys-kernel-tracing.mount",
                                               "dev-hugepages.mount",
                                               "dev-mqueue.mount",
                                               "systemd-remount-fs.service",
                                               "systemd-binfmt.service",
                                               "proc-sys-fs-binfmt_misc.automount",
                                               "motd-news.timer"};

constexpr const char* cloud_configuration = R"(#cloud-config
# Written by hotaru's simulator: EC2's data source, and no network or clock to set up.
datasource_list: [Ec2]
datasource:
  Ec2:
    strict_id: false
    max_wait: 5
    timeout: 2
    apply_full_imds_network_config: false
network: {config: disabled}
locale: C.UTF-8
manage_etc_hosts: true
growpart: {mode: "off"}
resize_rootfs: false
grub_dpkg: {enabled: false}
apt: {preserve_sources_list: true}
ssh_genkeytypes: [ed25519, ecdsa]
disable_root: true
)";

// By key alone, as the families' own images have it: a wrong key is told, and no password asked.
constexpr const char* ssh_settings = "PasswordAuthentication no\n";

// Whoever can connect can log in: sshd waits until users may.
constexpr const char* ssh_order = "[Unit]\nAfter=systemd-user-sessions.service\n";

// As EC2 Instance Connect's package does it: keys that were sent to a user are asked for at the metadata service.
constexpr const char* sent_keys_program = "usr/local/lib/hotaru-sim/sent-keys";
constexpr const char* sent_keys = R"(#!/bin/sh
# Written by hotaru's simulator: the SSH keys that EC2 Instance Connect was sent for a user, while they are good.
[ -n "$1" ] || exit 0
at=http://169.254.169.254/latest
token=$(curl -sf -m 2 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 5' "$at/api/token") || exit 0
curl -sf -m 2 -H "X-aws-ec2-metadata-token: $token" "$at/meta-data/managed-ssh-keys/active-keys/$1" || exit 0
)";
constexpr const char* sent_keys_settings =
    "AuthorizedKeysCommand /usr/local/lib/hotaru-sim/sent-keys %u\nAuthorizedKeysCommandUser nobody\n";

// What a boot still does after sshd listens waits for those that have no shell yet: without this, twenty that boot at
// once are all up 25 % later. The niceness is the session's (sched(7), autogroup): nothing inside sees it, and it ends
// by itself, so that what user data starts is not held back by its neighbours for longer.
constexpr const char* step_back_program = "usr/local/lib/hotaru-sim/step-back";
constexpr const char* step_back = R"(#!/bin/sh
# Written by hotaru's simulator: runs a command behind other instances that are still booting, for half a minute.
if { echo 19 >/proc/self/autogroup; } 2>/dev/null; then
  { sleep 30; echo 0 >/proc/self/autogroup; } >/dev/null 2>&1 &
fi
exec "$@"
)";

// No kernel parses what a guest wrote on a volume: mount(8) leaves ext4 to this program, which leaves it to FUSE.
constexpr const char* mount_ext4 = R"(#!/bin/sh
# Written by hotaru's simulator: mount(8) runs this for ext2, ext3 and ext4. A sandbox may not mount block devices by
# the kernel (it is root in a user namespace only), so fuse2fs does it.
device=$1
folder=$2
shift 2
options=allow_other,default_permissions,suid,dev,nonempty
while getopts fnrsvwN:o:t: letter; do
  case $letter in
    f) exit 0 ;;
    r) options=$options,ro ;;
    o)
      for option in $(echo "$OPTARG" | tr , ' '); do
        case $option in
          ro | nosuid | nodev | noexec | noatime | sync | dirsync) options=$options,$option ;;
        esac
      done ;;
  esac
done
# The one before may still be writing: umount does not wait for it.
tries=0
until said=$(fuse2fs -o "$options" "$device" "$folder" 2>&1); do
  case $said in
    *"resource busy"*) ;;
    *) tries=50 ;;
  esac
  if [ $tries -ge 50 ]; then
    echo "$said" >&2
    exit 32
  fi
  tries=$((tries + 1))
  sleep 0.1
done
)";

Result<void> put(const fs::path& file, const std::string& content, mode_t mode = 0644) {
  std::error_code problem;
  fs::create_directories(file.parent_path(), problem);
  return replace_file(file, content, mode);
}

Result<void> mask(const fs::path& root) {
  const fs::path units = root / "etc/systemd/system";
  if (auto made = make_folder(units, 0755); !made) return made;
  for (const std::string& unit : masked_units) {
    std::error_code problem;
    fs::remove(units / unit, problem);
    fs::create_symlink("/dev/null", units / unit, problem);
    if (problem) return fail_errno("cannot mask " + unit, problem.value());
  }
  return {};
}

/// cloud-init's stages after sshd, where they are programs of their own (until its 24.2; later they are one process).
Result<void> step_stages_back(const fs::path& root) {
  if (auto written = put(root / step_back_program, step_back, 0755); !written) return written;
  for (const char* unit : {"cloud-config.service", "cloud-final.service"}) {
    const std::string text = read_file(root / "usr/lib/systemd/system" / unit).value_or("");
    for (const std::string& line : split(text, '\n')) {
      constexpr std::string_view stage = "ExecStart=/usr/bin/cloud-init ";
      if (!line.starts_with(stage)) continue;
      const auto file = root / "etc/systemd/system" / fmt::format("{}.d", unit) / "10-hotaru.conf";
      const std::string settings = fmt::format("[Service]\nExecStart=\nExecStart=/{} /usr/bin/cloud-init {}\n",
                                               step_back_program, line.substr(stage.size()));
      if (auto written = put(file, settings); !written) return written;
    }
  }
  return {};
}

/// What must be each instance's own, and DHCP clients: newer versions of cloud-init would wait for an answer that
/// nobody gives, before they ask the metadata service.
void remove_identity(const fs::path& root) {
  std::error_code problem;
  for (const char* client : {"usr/sbin/dhcpcd", "usr/sbin/dhclient", "usr/bin/udhcpc"})
    fs::remove(root / client, problem);
  for (const char* file : {"etc/hostname", "etc/resolv.conf", "var/lib/dbus/machine-id",
                           "etc/apt/apt.conf.d/99mmdebstrap", "var/lib/systemd/random-seed"})
    fs::remove(root / file, problem);
  std::vector<fs::path> keys;
  for (const auto& entry : fs::directory_iterator(root / "etc/ssh", problem))
    if (entry.path().filename().string().starts_with("ssh_host_")) keys.push_back(entry.path());
  for (const auto& key : keys) fs::remove(key, problem);
  fs::remove_all(root / "var/lib/cloud", problem);
}

/// Certificates that this host trusts beyond its distribution's: a company's, a mirror's.
std::vector<std::string> local_certificates(const fs::path& root, const Environment& environment) {
  std::vector<std::string> candidates;
  std::error_code problem;
  const auto take = [&](const fs::path& file) {
    if (auto text = read_file(file))
      for (std::string& one : certificates(*text)) candidates.push_back(std::move(one));
  };
  for (fs::recursive_directory_iterator entry("/usr/local/share/ca-certificates", problem), end;
       entry != end && !problem; entry.increment(problem)) {
    if (entry->path().extension() == ".crt") take(entry->path());
  }
  take("/etc/ssl/certs/ca-certificates.crt");
  for (const char* variable : {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "PIP_CERT"})
    if (auto file = environment.get(variable)) take(*file);
  std::set<std::string> known;
  for (std::string& one : certificates(read_file(root / "etc/ssl/certs/ca-certificates.crt").value_or("")))
    known.insert(std::move(one));
  std::vector<std::string> own;
  for (std::string& one : candidates)
    if (known.insert(one).second) own.push_back(std::move(one));
  return own;
}

Result<void> trust_as_host(const fs::path& root, const Environment& environment, Runner& runner) {
  const auto own = local_certificates(root, environment);
  if (own.empty()) return {};
  for (std::size_t index = 0; index < own.size(); ++index) {
    const auto file = root / fmt::format("usr/local/share/ca-certificates/host-{:02}.crt", index);
    if (auto written = put(file, own[index]); !written) return written;
  }
  return run_program(runner, {.argv = {"chroot", root.string(), "update-ca-certificates"}},
                     "add this host's certificates");
}

Result<void> reach_as_host(const fs::path& root, const std::string& apt_options, const Environment& environment) {
  if (!apt_options.empty()) {
    if (auto written = put(root / "etc/apt/apt.conf.d/95hotaru-host", apt_options); !written) return written;
  }
  // pip brings certificates of its own unless told; where the host trusts more, that has to be said.
  Environment told = environment;
  std::error_code none;
  const bool trusts_more = !fs::is_empty(root / "usr/local/share/ca-certificates", none) && !none;
  if (trusts_more) told.set("PIP_CERT", "system");
  const std::string pip = pip_configuration(read_file("/etc/pip.conf").value_or(""), told);
  if (!pip.empty()) {
    if (auto written = put(root / "etc/pip.conf", pip); !written) return written;
  }
  const std::string proxies = proxy_environment(environment);
  if (proxies.empty()) return {};
  const auto file = root / "etc/environment";
  return put(file, read_file(file).value_or("") + proxies);
}

}  // namespace

Result<void> settle_image(const fs::path& root, const std::string& apt_options, const Environment& environment,
                          Runner& runner) {
  if (auto done = mask(root); !done) return done;
  remove_identity(root);
  if (auto done = put(root / "etc/machine-id", ""); !done) return done;  // empty: made anew at boot (machine-id(5))
  if (auto done = put(root / "etc/cloud/cloud.cfg.d/95_hotaru_sim.cfg", cloud_configuration); !done) return done;
  if (auto done = put(root / "etc/systemd/system/ssh.service.d/10-hotaru.conf", ssh_order); !done) return done;
  if (auto done = put(root / "etc/ssh/sshd_config.d/60-cloudimg-settings.conf", ssh_settings); !done) return done;
  if (auto done = put(root / "etc/ssh/sshd_config.d/60-ec2-instance-connect.conf", sent_keys_settings); !done)
    return done;
  if (auto done = put(root / sent_keys_program, sent_keys, 0755); !done) return done;
  if (auto done = step_stages_back(root); !done) return done;
  for (const char* type : {"ext2", "ext3", "ext4"})
    if (auto done = put(root / fmt::format("usr/sbin/mount.{}", type), mount_ext4, 0755); !done) return done;
  if (auto done = put(root / "etc/default/locale", "LANG=C.UTF-8\n"); !done) return done;
  std::error_code problem;
  const fs::path wanted = root / "etc/systemd/system/multi-user.target.wants/ssh.service";
  fs::create_directories(wanted.parent_path(), problem);
  fs::remove(wanted, problem);
  fs::create_symlink("/lib/systemd/system/ssh.service", wanted, problem);
  if (auto done = trust_as_host(root, environment, runner); !done) return done;
  return reach_as_host(root, apt_options, environment);
}

}  // namespace hotaru::sim
