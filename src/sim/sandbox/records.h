#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>

#include "base/result.h"
#include "sim/machine.h"

namespace hotaru::sim {

/// What the sim tells a supervisor about its surroundings, beside the spec itself.
struct MachineSetup {
  std::string image;    ///< the folder of the root file system: the overlay's lower side
  std::string volume;   ///< the volume's file: the overlay's upper side
  std::string router;   ///< the path of the VPC's network namespace
  std::string link;     ///< the machine's link as the router sees it
  std::string uplink;   ///< the router's link as the host sees it
  std::string caller;   ///< the address under which the instances see the host
  std::string gateway;  ///< the router's address as the host sees it
  std::string names;    ///< the file of the VPC's public addresses, for its resolver
  std::string cgroup;   ///< the machine's folder in the unified hierarchy
};

/// What a supervisor writes down about its machine; it outlives both.
struct MachineRecord {
  MachineStatus status;
  pid_t supervisor = 0;
  std::string supervisor_started;  ///< with the process id, names one process for good (proc(5): starttime)
};

/// What a supervisor made of the disks in its spec.
struct DiskReport {
  std::map<std::string, std::string> attached;  ///< volume → its name in /dev
  std::map<std::string, std::string> failed;    ///< volume → why
};

/// The files of one machine. The folder belongs to the machine, the volume does not lie in it.
struct MachineFiles {
  std::filesystem::path folder;
  std::filesystem::path spec() const { return folder / "spec.json"; }
  std::filesystem::path firewall() const { return folder / "firewall.json"; }
  std::filesystem::path setup() const { return folder / "setup.json"; }
  std::filesystem::path record() const { return folder / "status.json"; }
  std::filesystem::path disks() const { return folder / "disks.json"; }
  std::filesystem::path console() const { return folder / "console.log"; }
  std::filesystem::path log() const { return folder / "supervisor.log"; }
  std::filesystem::path lock() const { return folder / "supervisor.lock"; }
  std::filesystem::path sysrq() const { return folder / "sysrq"; }
  std::filesystem::path volume_mount() const { return folder / "volume"; }
  std::filesystem::path image_mount() const { return folder / "image"; }
  std::filesystem::path root_mount() const { return folder / "root"; }
};

/// As JSON and back. What is missing in the text keeps its default, so that older files stay readable.
std::string to_json(const MachineSpec& spec);
std::string to_json(const Firewall& firewall);
std::string to_json(const MachineSetup& setup);
std::string to_json(const MachineRecord& record);
std::string to_json(const DiskReport& report);
Result<MachineSpec> read_spec(const std::filesystem::path& file);
Result<Firewall> read_firewall(const std::filesystem::path& file);
Result<MachineSetup> read_setup(const std::filesystem::path& file);
Result<MachineRecord> read_record(const std::filesystem::path& file);
Result<DiskReport> read_disk_report(const std::filesystem::path& file);

/// Replaces the file atomically, but without waiting for the disk: after a crash of the host no machine runs anyway.
Result<void> replace_file(const std::filesystem::path& path, const std::string& content, mode_t mode);

}  // namespace hotaru::sim
