#include "sim/sandbox/records.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "sim/sandbox/addresses.h"
#include "sim/sandbox/console.h"
#include "sim/sandbox/first_files.h"
#include "sim/sandbox/guest.h"
#include "sim/sandbox/listeners.h"
#include "sim/sandbox/network.h"
#include "sim/sandbox/volume.h"

namespace hotaru::sim {
namespace {

TEST(Records, KeepAMachinesSpecWithItsRawUserData) {
  const TemporaryFolder folder;
  MachineSpec spec;
  spec.instance_id = "i-1";
  spec.user_data = std::string("\x1f\x8b\0\xff", 4);
  spec.tags = {{"Name", "one"}, {"é", "\xff"}};
  spec.metadata_tokens_required = true;
  spec.disk_gib = 64;
  ASSERT_TRUE(replace_file(folder.path() / "spec", to_json(spec), 0600));
  const auto read = read_spec(folder.path() / "spec");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->user_data, spec.user_data);
  EXPECT_EQ(read->tags[0], spec.tags[0]);
  EXPECT_EQ(read->disk_gib, 64);
  EXPECT_TRUE(read->metadata_tokens_required);
}

TEST(Records, KeepFirewallAndStatus) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "x";
  ASSERT_TRUE(replace_file(file, to_json(Firewall{"i-1", "10.0.0.4", {{"tcp", 22, 23, "0.0.0.0/0"}}}), 0600));
  EXPECT_EQ(read_firewall(file)->ingress.at(0).to_port, 23);
  EXPECT_EQ(read_firewall(file)->egress, Firewall{}.egress) << "everything";
  ASSERT_TRUE(replace_file(file, to_json(Firewall{"i-1", "10.0.0.4", {}, {{"tcp", 80, 81, "10.0.0.0/8"}}}), 0600));
  EXPECT_EQ(read_firewall(file)->egress, (std::vector<TrafficRule>{{"tcp", 80, 81, "10.0.0.0/8"}}));
  ASSERT_TRUE(replace_file(file, R"({"instance_id": "i-1", "ingress": []})", 0600));
  EXPECT_EQ(read_firewall(file)->egress, Firewall{}.egress) << "as older files mean it";
  const MachineRecord record{{MachineState::ended, "poweroff", TimePoint{Duration{5}}}, 7, "123"};
  ASSERT_TRUE(replace_file(file, to_json(record), 0600));
  const auto read = read_record(file);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->status.state, MachineState::ended);
  EXPECT_EQ(read->status.how, "poweroff");
  EXPECT_EQ(read->status.when, TimePoint{Duration{5}});
  EXPECT_EQ(read->supervisor_started, "123");
}

TEST(Records, SayWhatIsDamagedOrMissing) {
  const TemporaryFolder folder;
  ASSERT_TRUE(replace_file(folder.path() / "x", "{", 0600));
  EXPECT_EQ(read_setup(folder.path() / "x").error().kind, ErrorClass::io);
  EXPECT_EQ(read_setup(folder.path() / "y").error().kind, ErrorClass::not_found);
}

TEST(Addresses, AreReadWithTheirRange) {
  EXPECT_EQ(parse_range("172.31.16.7/20")->text(), "172.31.16.0/20");
  EXPECT_EQ(parse_range("172.31.16.0/20")->at(1), "172.31.16.1");
  EXPECT_EQ(parse_range("0.0.0.0/0")->text(), "0.0.0.0/0");
  EXPECT_FALSE(parse_range("172.31.16.0"));
  EXPECT_FALSE(parse_range("172.31.16.0/33"));
  EXPECT_FALSE(parse_range("::/0"));
}

TEST(Listeners, AreFoundInTheKernelsTable) {
  const std::string table =
      "  sl  local_address rem_address   st\n"
      "   0: 00000000:0016 00000000:0000 0A 00000000:00000000\n"
      "   1: 0100007F:0050 0100007F:9000 01 00000000:00000000\n";
  EXPECT_TRUE(table_has_listener(table, 22));
  EXPECT_FALSE(table_has_listener(table, 80));  // a connection, not a listener
}

TEST(Listeners, AreFoundByAskingTheKernel) {
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(server, reinterpret_cast<struct sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::getsockname(server, reinterpret_cast<struct sockaddr*>(&address), &size), 0);
  EXPECT_FALSE(is_listening(ntohs(address.sin_port)));
  ASSERT_EQ(::listen(server, 1), 0);
  EXPECT_TRUE(is_listening(ntohs(address.sin_port)));
  ::close(server);
}

TEST(ConsoleLogs, KeepTheLastPartOnly) {
  const TemporaryFolder folder;
  ConsoleLog log(folder.path() / "console");
  for (int line = 0; line < 40'000; ++line) log.append("line " + std::to_string(line) + "\n");
  const std::string text = read_console(folder.path() / "console");
  EXPECT_LE(text.size(), console_kept);
  EXPECT_TRUE(text.ends_with("line 39999\n"));
  EXPECT_LT(std::filesystem::file_size(folder.path() / "console"), 2 * console_kept);
}

TEST(GuestEnds, AreToldByTheKernelsSignals) {
  EXPECT_EQ(how_it_ended(1), GuestEnd::reboot);    // SIGHUP
  EXPECT_EQ(how_it_ended(2), GuestEnd::poweroff);  // SIGINT
  EXPECT_EQ(how_it_ended(9), GuestEnd::killed);
  EXPECT_EQ(how_it_ended(1 << 8), GuestEnd::failed);  // exit code 1
}

TEST(OverlayOptions, EscapeWhatSeparates) { EXPECT_EQ(overlay_option("/a:b,c\\d"), "/a\\:b\\,c\\\\d"); }

TEST(UplinkNames, FitAndDifferByVpc) {
  SystemRunner runner;
  FakeClock clock;
  const Network network(Lease{7, ""}, "/nonexistent", "/nonexistent", runner, clock);
  const std::string name = network.uplink_name("vpc-0123456789abcdef0");
  EXPECT_EQ(name, "ht076789abcdef0");
  EXPECT_LE(name.size(), 15U);
}

TEST(HostNames, AreTheFirstPartOfThePrivateName) {
  MachineSpec spec;
  spec.instance_id = "i-1";
  EXPECT_EQ(host_name(spec), "i-1");
  spec.private_dns = "ip-172-31-5-20.ec2.internal";
  EXPECT_EQ(host_name(spec), "ip-172-31-5-20");
}

}  // namespace
}  // namespace hotaru::sim
