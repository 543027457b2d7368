#include <gtest/gtest.h>

#include "lifecycle/choose.h"
#include "lifecycle/lab_test.h"
#include "lifecycle/names.h"

namespace hotaru::lifecycle {
namespace {

using lab::Cloud;
using lab::Process;

TEST(Plan, OfADryRunLaunchesNothingAndSeesNamesInUse) {
  Cloud cloud;
  Process process(cloud);
  auto request = lab::request("ember");
  request.dry_run = true;
  auto planned = plan(process.context, request);
  ASSERT_TRUE(planned) << planned.error().message;
  EXPECT_FALSE(planned->existing);
  EXPECT_EQ(planned->disk_gib, 64);
  EXPECT_EQ(planned->image.root_device, "/dev/sda1");
  EXPECT_EQ(planned->image.user, "ubuntu");
  EXPECT_FALSE(planned->creates.empty());
  ASSERT_TRUE(planned->price);
  EXPECT_TRUE(cloud.instances().empty());
  EXPECT_TRUE(cloud.group_names().empty());
  EXPECT_FALSE(std::filesystem::exists(process.folders.state / "ssh" / "id_ed25519"));
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  Process other(cloud, "other");
  auto again = plan(other.context, request);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->existing);
}

TEST(Plan, ADiskSmallerThanTheImageIsRefused) {
  Cloud cloud;
  Process process(cloud);
  auto request = lab::request("ember");
  request.disk_gib = 1;
  auto planned = plan(process.context, request);
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().kind, ErrorClass::invalid);
}

TEST(Plan, AZoneIsTakenByNameOrId) {
  Cloud cloud;
  Process process(cloud);
  auto request = lab::request("ember");
  for (const char* zone : {"us-east-1b", "use1-az2"}) {
    request.zone = zone;
    auto planned = plan(process.context, request);
    ASSERT_TRUE(planned) << planned.error().message;
    EXPECT_TRUE(planned->subnet.zone == zone || planned->subnet.zone_id == zone);
  }
  request.zone = "us-east-1z";
  EXPECT_EQ(plan(process.context, request).error().kind, ErrorClass::not_found);
}

TEST(Plan, ImagesThatDoNotExistAreSaid) {
  Cloud cloud;
  Process process(cloud);
  auto request = lab::request("ember");
  request.image = "ami-0123456789abcdef0";
  EXPECT_EQ(plan(process.context, request).error().kind, ErrorClass::not_found);
  request.image = "slackware";
  const auto unknown = plan(process.context, request);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, ErrorClass::not_found);
  EXPECT_NE(unknown.error().hint.find("Families are dlami, pytorch, ubuntu"), std::string::npos);
  request.image = "windows";
  EXPECT_EQ(plan(process.context, request).error().kind, ErrorClass::unsupported);
}

TEST(Plan, GpusThatTheDriverKnowsGetItAndOthersPlainUbuntu) {
  Cloud cloud;
  Process process(cloud);
  auto request = lab::request("ember");
  const auto with_gpu = plan(process.context, request);
  ASSERT_TRUE(with_gpu) << with_gpu.error().message;
  EXPECT_EQ(with_gpu->image.family, "dlami");
  EXPECT_EQ(with_gpu->image.user, "ubuntu");
  EXPECT_GE(with_gpu->disk_gib, with_gpu->image.root_gib);
  request.type = "t3.micro";
  EXPECT_EQ(plan(process.context, request)->image.family, "ubuntu");
  EXPECT_EQ(default_image(catalog::built_in(), "g4ad.xlarge"), "ubuntu");    // AMD
  EXPECT_EQ(default_image(catalog::built_in(), "p3dn.24xlarge"), "ubuntu");  // older than the open kernel modules know
}

TEST(Plan, AnImageIsFoundByAParameterToo) {
  Cloud cloud;
  Process process(cloud);
  auto request = lab::request("ember");
  request.image = "resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id";
  const auto found = plan(process.context, request);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_NE(found->image.name.find("noble"), std::string::npos);
  request.image = "resolve:ssm:/aws/service/nothing";
  EXPECT_EQ(plan(process.context, request).error().kind, ErrorClass::not_found);
}

TEST(Plan, AnImageThatTheTypeCannotBootIsRefusedBeforeAnythingIsMade) {
  ImageChoice image{.id = "ami-1",
                    .name = "n",
                    .family = "ubuntu",
                    .root_device = "/dev/sda1",
                    .ebs_devices = {},
                    .architecture = "x86_64",
                    .user = "ubuntu",
                    .boot_mode = "uefi"};
  EXPECT_TRUE(check_image_fits(catalog::built_in(), image, "g4dn.xlarge"));
  EXPECT_EQ(check_image_fits(catalog::built_in(), image, "p3dn.24xlarge").has_value(),
            catalog::find_type("p3dn.24xlarge")->boot_modes.find("uefi") != std::string_view::npos);
  image.ena = false;
  EXPECT_EQ(check_image_fits(catalog::built_in(), image, "g4dn.xlarge").error().kind, ErrorClass::invalid);
}

/// A key pair of the user's own: its public file.
std::string make_key(Cloud& cloud, const std::string& name) {
  const std::string file = (cloud.folder.path() / name).string();
  (void)cloud.programs.run({.argv = {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file}});
  return file + ".pub";
}

TEST(Plan, AKeyThatNobodyCouldLogInWithIsRefusedBeforeAnythingIsMade) {
  Cloud cloud;
  Process process(cloud);
  auto request = lab::request("ember");
  request.key_file = make_key(cloud, "lost");
  std::filesystem::remove(cloud.folder.path() / "lost");
  auto launched = lab::up(process, request);
  ASSERT_FALSE(launched);
  EXPECT_EQ(launched.error().kind, ErrorClass::invalid);
  EXPECT_NE(launched.error().message.find(request.key_file), std::string::npos) << launched.error().message;
  EXPECT_EQ(cloud.wire.count("CreateSecurityGroup") + cloud.wire.count("ImportKeyPair"), 0);
  request.wait = false;  // then it is not this machine that logs in
  EXPECT_TRUE(lab::up(process, request));
}

TEST(Plan, AKeyOfTheUsersOwnIsImportedAndLoggedInWith) {
  Cloud cloud;
  Process process(cloud);
  auto request = lab::request("ember");
  request.key_file = make_key(cloud, "mine");
  auto planned = plan(process.context, request);
  ASSERT_TRUE(planned) << planned.error().message;
  auto launched = launch(process.context, *planned);
  ASSERT_TRUE(launched) << launched.error().message;
  EXPECT_EQ(launched->target.identity, cloud.folder.path() / "mine");
  EXPECT_EQ(cloud.instances().at(0).key_name, planned->key_name);
  EXPECT_EQ(planned->key_name, key_pair_name(read_file(request.key_file).value_or("")));
  EXPECT_FALSE(std::filesystem::exists(process.folders.state / "ssh" / "id_ed25519")) << "none of ours is made";
  // Said as the private file, it means the same.
  request.name = "glow";
  request.key_file = (cloud.folder.path() / "mine").string();
  auto again = lab::up(process, request);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->target.identity, cloud.folder.path() / "mine");
  EXPECT_EQ(cloud.wire.count("ImportKeyPair"), 1);
}

TEST(Plan, FamiliesHaveTheirOwnLogins) {
  Cloud cloud;
  Process process(cloud);
  auto request = lab::request("ember");
  request.image = "amazon-linux";
  EXPECT_EQ(plan(process.context, request)->image.user, "ec2-user");
  request.image = "debian";
  EXPECT_EQ(plan(process.context, request)->image.user, "admin");
}

TEST(Plan, WithoutARangeTheCallersOwnAddressIsAskedFor) {
  Cloud cloud;
  Process process(cloud);
  auto request = lab::request("ember");
  request.from.clear();
  EXPECT_EQ(plan(process.context, request)->from, std::vector<std::string>{"127.0.0.1/32"});
  process.context.environment.unset("HOTARU_CHECKIP_URL");
  EXPECT_EQ(plan(process.context, request).error().kind, ErrorClass::invalid);
}

}  // namespace
}  // namespace hotaru::lifecycle
