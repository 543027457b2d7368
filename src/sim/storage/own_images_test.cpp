#include "sim/storage/own_images.h"

#include "sim/test_instances.h"

namespace hotaru::sim {
namespace {

class OwnImages : public TestInstances {
 protected:
  std::string make(const std::string& of, const std::string& name, Form more = {}) {
    more.insert({{"InstanceId", of}, {"Name", name}});
    return call("CreateImage", more);
  }
  std::string described(const std::string& id) { return call("DescribeImages", {{"ImageId.1", id}}); }
};

TEST_F(OwnImages, HaveTheVolumesOfTheirInstance) {
  const std::string from = run({{"BlockDeviceMapping.1.DeviceName", "/dev/sdf"},
                                {"BlockDeviceMapping.1.Ebs.VolumeSize", "3"},
                                {"BlockDeviceMapping.1.Ebs.DeleteOnTermination", "false"}});
  const std::string id = value(make(from, "mine"), "imageId");
  const std::string told = described(id);
  EXPECT_EQ(value(told, "imageState"), "available");
  EXPECT_EQ(value(told, "isPublic"), "false");
  EXPECT_EQ(value(told, "imageLocation"), "000000000000/mine");
  EXPECT_EQ(count(told, "<deviceName>"), 2U);
  const std::string to = run({{"ImageId", id}});
  EXPECT_EQ(instance(to).volume_ids.size(), 2U);
  EXPECT_EQ(machines_.spec(to)->default_user, "ubuntu");
  EXPECT_EQ(machines_.spec(to)->disks.front().gib, 3);
  call("TerminateInstances", {{"InstanceId.1", to}});
  EXPECT_EQ(
      count(call("DescribeVolumes", {{"Filter.1.Name", "status"}, {"Filter.1.Value.1", "available"}}), "<volumeId>"),
      1U)
      << "the image says that it stays";
}

TEST_F(OwnImages, LeaveDevicesOutAndAddOthers) {
  const std::string from =
      run({{"BlockDeviceMapping.1.DeviceName", "/dev/sdf"}, {"BlockDeviceMapping.1.Ebs.VolumeSize", "3"}});
  const std::string told = described(value(make(from, "changed",
                                                {{"BlockDeviceMapping.1.DeviceName", "/dev/sdf"},
                                                 {"BlockDeviceMapping.1.NoDevice", ""},
                                                 {"BlockDeviceMapping.2.DeviceName", "/dev/sdg"},
                                                 {"BlockDeviceMapping.2.Ebs.VolumeSize", "7"}}),
                                           "imageId"));
  EXPECT_EQ(count(told, "<deviceName>/dev/sdf</deviceName>"), 0U);
  EXPECT_EQ(count(told, "<volumeSize>7</volumeSize>"), 1U);
  EXPECT_EQ(count(told, "<snapshotId>"), 1U) << "the new volume is empty";
}

TEST_F(OwnImages, HaveNamesOfTheirOwn) {
  const std::string from = run();
  make(from, "taken");
  EXPECT_EQ(code(make(from, "taken")), "InvalidAMIName.Duplicate");
  EXPECT_EQ(code(make(from, "no")), "InvalidAMIName.Malformed");
  EXPECT_EQ(code(make(from, "a;b;c")), "InvalidAMIName.Malformed");
  EXPECT_EQ(code(make("i-0123456789abcdef0", "other")), "InvalidInstanceID.NotFound");
}

TEST_F(OwnImages, KeepTheirSnapshotsUntilTheyAreDeregistered) {
  const std::string id = value(make(run(), "short-lived"), "imageId");
  const std::string snapshot = value(described(id), "snapshotId");
  EXPECT_EQ(code(call("DeleteSnapshot", {{"SnapshotId", snapshot}})), "InvalidSnapshot.InUse");
  const std::string lives = run({{"ImageId", id}});
  EXPECT_EQ(value(call("DeregisterImage", {{"ImageId", id}}), "return"), "true");
  EXPECT_EQ(code(described(id)), "InvalidAMIID.NotFound");
  EXPECT_EQ(code(call("RunInstances", launch({{"ImageId", id}}))), "InvalidAMIID.NotFound");
  EXPECT_EQ(code(call("DeregisterImage", {{"ImageId", id}})), "InvalidAMIID.Unavailable");
  EXPECT_EQ(machine_spec(*world_, *state_, instance(lives)).default_user, "ubuntu") << "its instances live on";
  EXPECT_EQ(call("DeleteSnapshot", {{"SnapshotId", snapshot}}), "<return>true</return>");
  EXPECT_EQ(code(call("DeregisterImage", {{"ImageId", image()}})), "AuthFailure");
}

TEST_F(OwnImages, AreRegisteredFromSnapshots) {
  const std::string snapshot = value(described(value(make(run(), "first"), "imageId")), "snapshotId");
  const Form asked{{"Name", "second"},
                   {"Architecture", "x86_64"},
                   {"VirtualizationType", "hvm"},
                   {"RootDeviceName", "/dev/sda1"},
                   {"BlockDeviceMapping.1.DeviceName", "/dev/sda1"},
                   {"BlockDeviceMapping.1.Ebs.SnapshotId", snapshot}};
  const std::string id = value(call("RegisterImage", asked), "imageId");
  EXPECT_EQ(value(described(id), "snapshotId"), snapshot);
  EXPECT_EQ(instance(run({{"ImageId", id}})).image_id, id);
  EXPECT_EQ(code(call("RegisterImage", asked)), "InvalidAMIName.Duplicate");
  EXPECT_EQ(code(call("RegisterImage", {{"Name", "third"}})), "InvalidBlockDeviceMapping");
}

TEST_F(OwnImages, AreCopiedToOtherRegionsWithTheirSnapshots) {
  const std::string id = value(make(run(), "original"), "imageId");
  const Form asked{{"SourceRegion", "us-east-1"}, {"SourceImageId", id}, {"Name", "copy"}, {"ClientToken", "once"}};
  const std::string copy = value(call("CopyImage", asked, "eu-west-1"), "imageId");
  EXPECT_EQ(value(call("CopyImage", asked, "eu-west-1"), "imageId"), copy);
  const std::string told = call("DescribeImages", {{"ImageId.1", copy}}, "eu-west-1");
  EXPECT_EQ(value(told, "sourceImageId"), id);
  EXPECT_EQ(count(call("DescribeSnapshots", {{"SnapshotId.1", value(told, "snapshotId")}}, "eu-west-1"), "completed"),
            1U);
  const std::string launched = call("RunInstances", launch({{"ImageId", copy}}), "eu-west-1");
  EXPECT_EQ(value(launched, "imageId"), copy);
}

TEST_F(OwnImages, AreSharedByAttribute) {
  const std::string id = value(make(run(), "shared"), "imageId");
  const Form permission{{"ImageId", id}, {"Attribute", "launchPermission"}};
  call("ModifyImageAttribute", {{"ImageId", id}, {"LaunchPermission.Add.1.Group", "all"}});
  call("ModifyImageAttribute",
       {{"ImageId", id}, {"Attribute", "launchPermission"}, {"OperationType", "add"}, {"UserId.1", "123456789012"}});
  EXPECT_EQ(count(call("DescribeImageAttribute", permission), "<item>"), 2U);
  EXPECT_EQ(value(described(id), "isPublic"), "true");
  EXPECT_EQ(count(call("DescribeImages", {{"ExecutableBy.1", "123456789012"}}), "<imageId>"), 1U);
  call("ResetImageAttribute", permission);
  EXPECT_EQ(count(call("DescribeImageAttribute", permission), "<item>"), 0U);
  call("ModifyImageAttribute", {{"ImageId", id}, {"Attribute", "description"}, {"Value", "mine"}});
  EXPECT_EQ(value(described(id), "description"), "mine");
  EXPECT_EQ(count(call("DescribeImages", {{"Owner.1", "self"}}), "<imageId>"), 1U);
}

}  // namespace
}  // namespace hotaru::sim
