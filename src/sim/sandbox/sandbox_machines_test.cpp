// Real machines: these tests need root and what check_host asks for, and say so where that is missing.

#include "sim/sandbox/sandbox_machines.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "base/file.h"
#include "base/text.h"
#include "sim/sandbox/cgroup.h"
#include "sim/sandbox/host_check.h"
#include "sim/sandbox/image.h"
#include "sim/sandbox/volume.h"

extern char** environ;

namespace hotaru::sim {
namespace {

constexpr Duration boot_patience = std::chrono::minutes(3);  // a busy machine is slow; waiting ends when it is so

class SandboxMachinesOnThisHost : public ::testing::Test {
 protected:
  void SetUp() override {
    if (auto able = check_host(); !able) GTEST_SKIP() << able.error().message << " (" << able.error().hint << ")";
    const Environment environment = Environment::of_process(environ);
    auto image = build_image(Folders::of(environment).cache, environment, runner_, clock_,
                             [](const std::string& line) { std::cerr << "image: " << line << "\n"; });
    ASSERT_TRUE(image) << image.error().message;
    image_ = *image;
    ASSERT_TRUE(run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key().string()}).ok());
    open();
  }

  void TearDown() override {
    if (!machines_) return;
    EXPECT_TRUE(machines_->shut_down(true));
    const std::string prefix = machines_->lease().prefix();
    EXPECT_EQ(run({"ip", "netns"}).out.find(prefix + "-"), std::string::npos);
    EXPECT_EQ(run({"ip", "-o", "link"}).out.find(": " + prefix), std::string::npos);
    EXPECT_EQ(run({"ip", "route"}).out.find(machines_->lease().range().text()), std::string::npos);
    EXPECT_EQ(run({"cat", "/proc/self/mounts"}).out.find(state().string()), std::string::npos);
    EXPECT_EQ(run({"losetup", "-a"}).out.find(state().string()), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(*unified_hierarchy() / ("hotaru-" + prefix)));
    EXPECT_EQ(processes_of_ours(), "");
  }

  void open() {
    machines_.reset();
    auto opened = SandboxMachines::open({state(), image_, {own_executable().string(), "sim-machine"}}, runner_, clock_);
    ASSERT_TRUE(opened) << opened.error().message;
    machines_ = std::move(*opened);
    ASSERT_TRUE(machines_->recover());
  }

  std::filesystem::path state() const { return temporary_.path() / "state"; }
  std::filesystem::path key() const { return temporary_.path() / "key"; }

  Exit run(const std::vector<std::string>& argv) {
    return runner_.run({.argv = argv, .timeout = std::chrono::minutes(2)}).value_or(Exit{-1, "", "could not run"});
  }

  /// The command lines of processes that supervise machines of this test.
  std::string processes_of_ours() {
    std::string found;
    std::error_code problem;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", problem)) {
      const auto command = read_file(entry.path() / "cmdline");
      if (command && command->find((state() / "machines").string()) != std::string::npos) found += *command + "\n";
    }
    return found;
  }

  /// Number `number` of a VPC; all VPCs have the same range.
  MachineSpec spec(int number, const std::string& vpc) {
    MachineSpec made;
    made.instance_id = fmt::format("i-{:08x}{:09x}", std::hash<std::string>{}(vpc) & 0xffffffff, number);
    made.region = "us-east-1";
    made.zone = "us-east-1a";
    made.account_id = "123456789012";
    made.vpc_id = vpc;
    made.vpc_cidr = "172.31.0.0/16";
    made.subnet_cidr = "172.31.0.0/20";
    made.mac = fmt::format("0a:00:00:00:00:{:02x}", number);
    made.private_ip = fmt::format("172.31.5.{}", number);
    made.private_dns = fmt::format("ip-172-31-5-{}.ec2.internal", number);
    made.public_ip = machines_->lease().range().at(static_cast<std::uint32_t>(next_address_++));
    made.image_id = "ami-1";
    made.default_user = "ubuntu";
    made.instance_type = "t3.micro";
    made.architecture = "x86_64";
    made.volume_id = "vol-" + made.instance_id.substr(2);
    made.disk_gib = 4;
    made.key_name = "key";
    made.public_key = trim(read_file(key().string() + ".pub").value_or(""));
    made.user_data = "#cloud-config\nbootcmd:\n  - [sh, -c, 'echo hotaru: guard armed > /dev/console']\n";
    return made;
  }

  Firewall open_ssh(const MachineSpec& made) {
    return {made.instance_id, made.private_ip, {{"tcp", 22, 22, machines_->caller_address() + "/32"}}};
  }

  void start(const MachineSpec& made) {
    const auto started = machines_->start(made, open_ssh(made));
    ASSERT_TRUE(started) << started.error().message << started.error().context;
  }

  void apply(const Firewall& firewall) {
    ASSERT_TRUE(machines_->set_firewall(firewall));
    ASSERT_TRUE(machines_->apply_firewalls("vpc-0a"));
  }

  bool reaches(const MachineSpec& made, MachineState state) {
    const bool is_so = await(clock_, boot_patience, [&] {
      const MachineStatus now = machines_->status(made.instance_id);
      return now.state == state || (now.state == MachineState::ended && state == MachineState::booted);
    });
    const MachineStatus now = machines_->status(made.instance_id);
    EXPECT_EQ(static_cast<int>(now.state), static_cast<int>(state)) << now.how << console(made);
    return is_so && now.state == state;
  }

  std::string console(const MachineSpec& made) { return machines_->console(made.instance_id).value_or(""); }

  std::vector<std::string> ssh_command(const std::string& address, const std::string& command) {
    return {"ssh",
            "-i",
            key().string(),
            "-F",
            "none",
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "LogLevel=ERROR",
            "-o",
            "BatchMode=yes",
            "-o",
            "ConnectTimeout=10",
            "ubuntu@" + address,
            command};
  }

  Exit ssh(const MachineSpec& made, const std::string& command) { return run(ssh_command(made.public_ip, command)); }

  bool connects(const std::string& address, int port, const std::string& seconds = "10") {
    return run({"timeout", seconds, "bash", "-c", fmt::format("exec 3<>/dev/tcp/{}/{}", address, port)}).ok();
  }

  TemporaryFolder temporary_;
  SystemRunner runner_;
  SystemClock clock_;
  std::filesystem::path image_;
  std::unique_ptr<SandboxMachines> machines_;
  int next_address_ = 10;
};

TEST_F(SandboxMachinesOnThisHost, BootAsEc2sDo) {
  const MachineSpec one = spec(20, "vpc-0a");
  start(one);
  ASSERT_TRUE(reaches(one, MachineState::booted));
  EXPECT_NE(console(one).find("hotaru: guard armed"), std::string::npos) << console(one);
  const Exit facts =
      ssh(one, "hostname; grep -m1 nameserver /etc/resolv.conf; sudo -n id -un 2>&1; df -m --output=size / | tail -1");
  const auto told = lines(facts.out);
  ASSERT_EQ(told.size(), 4U) << facts.out << facts.err;
  EXPECT_EQ(told[0], "ip-172-31-5-20");
  EXPECT_EQ(told[1], "nameserver 169.254.169.253");
  EXPECT_EQ(told[2], "root");
  EXPECT_NEAR(static_cast<double>(parse_integer(trim(told[3])).value_or(0)), 4096, 200);
  EXPECT_EQ(trim(ssh(one, "systemctl is-system-running --wait").out), "running")
      << ssh(one, "systemctl --failed; journalctl -b -p warning").out;
  EXPECT_TRUE(ssh(one, "sudo test ! -e /root/.ssh/id_rsa && test ! -e /work").ok());
}

TEST_F(SandboxMachinesOnThisHost, RefuseWhatWouldReachTheHost) {
  MachineSpec one = spec(20, "vpc-0a");
  one.disk_gib = 1;
  start(one);
  ASSERT_TRUE(reaches(one, MachineState::booted));
  EXPECT_FALSE(ssh(one, "sudo mknod /tmp/disk b 7 0").ok());
  EXPECT_FALSE(ssh(one, "sudo date -s 2001-01-01").ok());
  EXPECT_FALSE(ssh(one, "sudo sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'").ok());
  EXPECT_FALSE(ssh(one, "ls /dev/loop-control").ok());
  // Most of it is taken without writing, to be quick; the rest is written.
  const Exit full = ssh(one, "sudo fallocate -l 850M /most; sudo dd if=/dev/zero of=/rest bs=1M count=500 2>&1");
  EXPECT_NE(full.out.find("No space left on device"), std::string::npos) << full.out;
}

TEST_F(SandboxMachinesOnThisHost, GiveTheirRootNoPowerOverTheHost) {
  const MachineSpec one = spec(20, "vpc-0a");
  start(one);
  ASSERT_TRUE(reaches(one, MachineState::booted));
  ASSERT_TRUE(ssh(one, "mkdir p").ok());
  // A setting of the whole machine, which is given the value that it has.
  const std::string same = "cat /proc/sys/vm/swappiness > ";
  for (const std::string& attempt : {"mount -o remount,bind,rw /proc/sys; " + same + "/proc/sys/vm/swappiness",
                                     "umount /proc/sys; " + same + "/proc/sys/vm/swappiness",
                                     "mount -t proc p p; " + same + "p/sys/vm/swappiness"}) {
    const Exit tried = ssh(one, "sudo sh -c '" + attempt + "'");
    EXPECT_FALSE(tried.ok()) << attempt << ": " << tried.err;
  }
  for (const char* type : {"devtmpfs", "debugfs", "sysfs", "securityfs"}) {
    const Exit tried = ssh(one, fmt::format("sudo mount -t {} none p", type));
    EXPECT_FALSE(tried.ok()) << type;
  }
  for (const char* device : {"b 7 0", "c 1 1"}) EXPECT_FALSE(ssh(one, fmt::format("sudo mknod x {}", device)).ok());
  EXPECT_FALSE(ssh(one, "sudo mount -o remount,rw /sys").ok());
  // What root may do in an instance it still may.
  const Exit able = ssh(one,
                        "sudo mount -t tmpfs none p && sudo ip address add 10.9.8.7/32 dev lo && "
                        "sudo install -o nobody /bin/true t && ping -qc1 127.0.0.1 && sudo hostname other");
  EXPECT_TRUE(able.ok()) << able.err;
}

TEST_F(SandboxMachinesOnThisHost, BootOverFileSystemsThatMapNoOwnersAndSaySo) {
  const auto folder = temporary_.path() / "overlay";
  for (const char* name : {"", "upper", "work", "merged"}) ASSERT_TRUE(make_folder(folder / name, 0755));
  const std::string options = fmt::format("lowerdir={},upperdir={},workdir={}", overlay_option(image_),
                                          (folder / "upper").string(), (folder / "work").string());
  const Exit mounted = run({"mount", "-t", "overlay", "-o", options, "none", (folder / "merged").string()});
  ASSERT_TRUE(mounted.ok()) << mounted.err;
  image_ = folder / "merged";
  open();
  const MachineSpec one = spec(20, "vpc-0a");
  start(one);
  EXPECT_TRUE(reaches(one, MachineState::booted));
  EXPECT_NE(console(one).find("this machine's root"), std::string::npos) << console(one);
  EXPECT_TRUE(ssh(one, "sudo install -o nobody /bin/true t").ok());
  EXPECT_FALSE(ssh(one, "sudo mount -t devtmpfs none /mnt").ok());
  EXPECT_TRUE(machines_->shut_down(false));
  EXPECT_TRUE(run({"umount", image_.string()}).ok());
}

TEST_F(SandboxMachinesOnThisHost, ReachPackageMirrorsAndLeaveNothingOnTheHost) {
  const MachineSpec one = spec(20, "vpc-0a");
  start(one);
  ASSERT_TRUE(reaches(one, MachineState::booted));
  const Exit apt = ssh(one, "sudo apt-get -qq update && sudo apt-get -qq install -y hello >/dev/null 2>&1; hello");
  EXPECT_EQ(trim(apt.out), "Hello, world!") << apt.err;
  const Exit pip = ssh(one, "python3 -m venv v && v/bin/pip -q install six && v/bin/python -c 'import six; print(6)'");
  EXPECT_EQ(trim(pip.out), "6") << pip.err;
  EXPECT_FALSE(std::filesystem::exists(image_ / "usr/bin/hello"));
}

TEST_F(SandboxMachinesOnThisHost, StayApartInVpcsWithTheSameRange) {
  const MachineSpec one = spec(20, "vpc-0a");
  const MachineSpec other = spec(20, "vpc-0b");
  ASSERT_EQ(one.private_ip, other.private_ip);
  start(one);
  start(other);
  ASSERT_TRUE(reaches(one, MachineState::booted));
  ASSERT_TRUE(reaches(other, MachineState::booted));
  ASSERT_TRUE(ssh(one, "echo one > who").ok());
  ASSERT_TRUE(ssh(other, "echo other > who").ok());
  EXPECT_EQ(ssh(one, "cat who").out, "one\n");
  EXPECT_EQ(ssh(other, "cat who").out, "other\n");
}

TEST_F(SandboxMachinesOnThisHost, LetInWhatTheirGroupsAllowAndNothingElse) {
  const MachineSpec one = spec(20, "vpc-0a");
  const MachineSpec two = spec(21, "vpc-0a");
  start(one);
  start(two);
  ASSERT_TRUE(reaches(one, MachineState::booted));
  ASSERT_TRUE(reaches(two, MachineState::booted));
  ASSERT_TRUE(ssh(two, "sudo systemd-run -q python3 -m http.server 8000").ok());
  const std::string ask = "curl -s -m 2 -o /dev/null -w '%{http_code}' http://172.31.5.21:8000/";
  EXPECT_FALSE(connects(two.public_ip, 8000, "2"));
  EXPECT_NE(ssh(one, ask).out, "200");
  Firewall wider = open_ssh(two);
  wider.ingress.push_back({"tcp", 8000, 8000, "172.31.0.0/16"});
  apply(wider);
  EXPECT_TRUE(await(clock_, boot_patience, [&] { return ssh(one, ask).out == "200"; }));
  EXPECT_FALSE(connects(two.public_ip, 8000, "2"));
  // Who asks for the public address comes from its own, which is no member of a group nor in the VPC's range.
  const std::string ask_public = "curl -s -m 2 -o /dev/null -w '%{http_code} ' http://" + two.public_ip + ":8000/";
  EXPECT_NE(ssh(one, ask_public).out, "200 ");
  wider.ingress.push_back({"tcp", 8000, 8000, one.public_ip + "/32"});
  apply(wider);
  EXPECT_EQ(ssh(one, ask_public).out, "200 ");
  EXPECT_EQ(ssh(two, "sudo journalctl -o cat | grep 'GET /' | tail -1 | cut -d' ' -f1").out, one.public_ip + "\n");
  Firewall narrow = open_ssh(one);
  narrow.egress = {{"tcp", 8000, 8000, two.private_ip + "/32"}};
  apply(narrow);
  EXPECT_EQ(ssh(one, ask).out, "200");
  EXPECT_NE(ssh(one, ask_public).out, "200 ") << "another address than the one that it may ask for";
  apply({two.instance_id, two.private_ip, {}});
  EXPECT_FALSE(connects(two.public_ip, 22, "2"));
  EXPECT_FALSE(connects(machines_->lease().range().at(900), 22, "2")) << "an address that no machine has";
}

TEST_F(SandboxMachinesOnThisHost, KeepTheirDiskOverStopAndStart) {
  MachineSpec one = spec(20, "vpc-0a");
  start(one);
  ASSERT_TRUE(reaches(one, MachineState::booted));
  ASSERT_TRUE(ssh(one, "echo kept > file; sync").ok());
  ASSERT_TRUE(machines_->stop(one.instance_id, false));
  ASSERT_TRUE(reaches(one, MachineState::ended));
  EXPECT_EQ(machines_->status(one.instance_id).how, "poweroff");
  EXPECT_FALSE(connects(one.public_ip, 22, "2"));
  one.public_ip = machines_->lease().range().at(40);
  start(one);
  ASSERT_TRUE(reaches(one, MachineState::booted));
  EXPECT_EQ(ssh(one, "cat file").out, "kept\n");
}

TEST_F(SandboxMachinesOnThisHost, RebootFromInsideAndOutsideAndPowerOff) {
  const MachineSpec one = spec(20, "vpc-0a");
  start(one);
  ASSERT_TRUE(reaches(one, MachineState::booted));
  const std::string first =
      ssh(one, "echo kept > file; cat /proc/sys/kernel/random/boot_id; readlink /proc/1/ns/pid").out;
  ASSERT_TRUE(machines_->reboot(one.instance_id));
  ASSERT_TRUE(
      await(clock_, boot_patience, [&] { return machines_->status(one.instance_id).state == MachineState::starting; }));
  ASSERT_TRUE(reaches(one, MachineState::booted));
  EXPECT_EQ(ssh(one, "cat file").out, "kept\n");
  ssh(one, "sudo reboot");
  ASSERT_TRUE(
      await(clock_, boot_patience, [&] { return machines_->status(one.instance_id).state == MachineState::starting; }));
  ASSERT_TRUE(reaches(one, MachineState::booted));
  ssh(one, "sudo shutdown -h now");
  ASSERT_TRUE(reaches(one, MachineState::ended));
  EXPECT_EQ(machines_->status(one.instance_id).how, "poweroff");
}

TEST_F(SandboxMachinesOnThisHost, GoOnWithoutTheSimAndAreFoundAgain) {
  const MachineSpec one = spec(20, "vpc-0a");
  const MachineSpec two = spec(21, "vpc-0a");
  start(one);
  start(two);
  ASSERT_TRUE(reaches(one, MachineState::booted));
  ASSERT_TRUE(reaches(two, MachineState::booted));
  machines_.reset();
  EXPECT_EQ(ssh(one, "echo on").out, "on\n");
  ssh(two, "sudo poweroff");
  const auto record = state() / "machines" / two.instance_id / "status.json";
  ASSERT_TRUE(await(clock_, boot_patience, [&] { return read_file(record)->find("ended") != std::string::npos; }));
  open();
  EXPECT_EQ(static_cast<int>(machines_->status(one.instance_id).state), static_cast<int>(MachineState::booted));
  EXPECT_EQ(static_cast<int>(machines_->status(two.instance_id).state), static_cast<int>(MachineState::ended));
  EXPECT_EQ(machines_->status(two.instance_id).how, "poweroff");
  ASSERT_TRUE(machines_->stop(one.instance_id, true));
  EXPECT_TRUE(reaches(one, MachineState::ended));
}

TEST_F(SandboxMachinesOnThisHost, DoNotOutliveAKilledSupervisor) {
  const MachineSpec one = spec(20, "vpc-0a");
  start(one);
  ASSERT_TRUE(reaches(one, MachineState::booted));
  const auto record = read_record(state() / "machines" / one.instance_id / "status.json");
  ASSERT_TRUE(record);
  ::kill(record->supervisor, SIGKILL);
  ASSERT_TRUE(reaches(one, MachineState::ended));
  EXPECT_EQ(machines_->status(one.instance_id).how, "killed");
  const auto cgroup = *unified_hierarchy() / ("hotaru-" + machines_->lease().prefix()) / one.instance_id;
  EXPECT_TRUE(await(clock_, boot_patience, [&] { return !std::filesystem::exists(cgroup); }));
  EXPECT_TRUE(await(clock_, boot_patience,
                    [&] { return loop_device_of(state() / "volumes" / (one.volume_id + ".img")).empty(); }));
  EXPECT_FALSE(connects(one.public_ip, 22, "2"));
  start(one);
  EXPECT_TRUE(reaches(one, MachineState::booted));
}

TEST_F(SandboxMachinesOnThisHost, GetAnotherWayOutWhenTheirsIsKilled) {
  const MachineSpec one = spec(20, "vpc-0a");
  start(one);
  const auto processes =
      *unified_hierarchy() / ("hotaru-" + machines_->lease().prefix()) / "router-vpc-0a" / "cgroup.procs";
  std::string before;
  ASSERT_TRUE(await(clock_, boot_patience, [&] { return !(before = read_file(processes).value_or("")).empty(); }));
  for (const std::string& process : lines(before))
    ::kill(static_cast<pid_t>(parse_integer(trim(process)).value_or(0)), SIGKILL);
  EXPECT_TRUE(await(clock_, boot_patience, [&] {
    const std::string now = read_file(processes).value_or("");
    return !now.empty() && now != before;
  }));
}

TEST_F(SandboxMachinesOnThisHost, AreLeftToTheSimThatSettledThem) {
  const MachineSpec one = spec(20, "vpc-0a");
  start(one);
  ASSERT_TRUE(reaches(one, MachineState::booted));
  ASSERT_TRUE(machines_->stop(one.instance_id, true));
  ASSERT_TRUE(reaches(one, MachineState::ended));
  // A supervisor that comes late, after a sim that found none has written down how the machine ended.
  const auto folder = state() / "machines" / one.instance_id;
  const std::string settled = read_file(folder / "status.json").value_or("");
  const Exit late = run({own_executable().string(), "sim-machine", folder.string()});
  EXPECT_EQ(late.code, 1);
  EXPECT_EQ(read_file(folder / "status.json").value_or(""), settled);
}

TEST_F(SandboxMachinesOnThisHost, AreErasedAndTheirVolumeWhenThatIs) {
  const MachineSpec one = spec(20, "vpc-0a");
  const auto volume = state() / "volumes" / (one.volume_id + ".img");
  start(one);
  ASSERT_TRUE(await(clock_, boot_patience, [&] { return std::filesystem::exists(volume); }));
  ASSERT_TRUE(machines_->erase(one.instance_id));
  ASSERT_TRUE(reaches(one, MachineState::absent));
  EXPECT_TRUE(std::filesystem::exists(volume)) << "EC2 keeps it where DeleteOnTermination is false";
  machines_->disks().erase_volume(one.volume_id);
  EXPECT_FALSE(std::filesystem::exists(volume));
  EXPECT_FALSE(std::filesystem::exists(state() / "machines" / one.instance_id));
  EXPECT_TRUE(machines_->erase(one.instance_id)) << "erasing again is harmless";
}

TEST_F(SandboxMachinesOnThisHost, SayWhyTheyCouldNotStart) {
  MachineSpec one = spec(20, "vpc-0a");
  one.subnet_cidr = "nonsense";
  start(one);
  ASSERT_TRUE(reaches(one, MachineState::ended));
  EXPECT_EQ(machines_->status(one.instance_id).how, "failed: the subnet's range is wrong: nonsense");
}

}  // namespace
}  // namespace hotaru::sim
