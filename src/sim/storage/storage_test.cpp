#include "sim/storage/storage.h"

#include "base/file.h"
#include "sim/bill/bill.h"
#include "sim/test_instances.h"

namespace hotaru::sim {
namespace {

using std::chrono::hours;

class Volumes : public TestInstances {
 protected:
  std::string volume(Form more = {}) {
    more.try_emplace("AvailabilityZone", "us-east-1a");
    if (!more.contains("SnapshotId")) more.try_emplace("Size", "10");
    return value(call("CreateVolume", more), "volumeId");
  }
  std::string described(const std::string& id) { return call("DescribeVolumes", {{"VolumeId.1", id}}); }
  std::string status(const std::string& id) { return value(described(id), "status"); }
  std::string run_in_a() { return run({{"Placement.AvailabilityZone", "us-east-1a"}}); }
  std::string attach(const std::string& id, const std::string& to, const std::string& device = "/dev/sdf") {
    return call("AttachVolume", {{"VolumeId", id}, {"InstanceId", to}, {"Device", device}});
  }
  std::string snapshot(const std::string& id) {
    return value(call("CreateSnapshot", {{"VolumeId", id}}), "snapshotId");
  }
};

TEST_F(Volumes, AreOfTheTypeAndSpeedThatEc2GivesThem) {
  const std::string made = call("CreateVolume", {{"AvailabilityZone", "us-east-1a"}, {"Size", "100"}});
  EXPECT_EQ(value(made, "status"), "creating");
  EXPECT_EQ(value(made, "volumeType"), "gp2");
  EXPECT_EQ(value(made, "iops"), "300");
  EXPECT_EQ(value(described(value(made, "volumeId")), "status"), "available");
  EXPECT_EQ(value(call("CreateVolume", {{"AvailabilityZone", "us-east-1a"}, {"Size", "5"}, {"VolumeType", "gp3"}}),
                  "throughput"),
            "125");
}

TEST_F(Volumes, AreRefusedAsEc2RefusesThem) {
  const Form sized{{"AvailabilityZone", "us-east-1a"}, {"Size", "10"}};
  const auto with = [&](Form more) {
    more.insert(sized.begin(), sized.end());
    return code(call("CreateVolume", more));
  };
  EXPECT_EQ(code(call("CreateVolume", {{"Size", "10"}})), "MissingParameter");
  EXPECT_EQ(code(call("CreateVolume", {{"AvailabilityZone", "us-east-1a"}})), "MissingParameter");
  EXPECT_EQ(with({{"AvailabilityZone", "us-east-1q"}}), "InvalidZone.NotFound");
  EXPECT_EQ(with({{"Size", "20000"}}), "InvalidParameterValue");
  EXPECT_EQ(with({{"VolumeType", "io1"}}), "MissingParameter");
  EXPECT_EQ(with({{"Iops", "3000"}}), "InvalidParameterCombination");
  EXPECT_EQ(with({{"KmsKeyId", "a-key"}}), "InvalidParameterDependency");
  EXPECT_EQ(with({{"MultiAttachEnabled", "true"}}), "InvalidParameterCombination");
  EXPECT_EQ(with({{"SnapshotId", "snap-0123456789abcdef0"}}), "InvalidSnapshot.NotFound");
  EXPECT_EQ(with({{"DryRun", "true"}}), "DryRunOperation");
  EXPECT_EQ(count(call("DescribeVolumes"), "<volumeId>"), 0U);
}

TEST_F(Volumes, AreMadeOnceForAToken) {
  const std::string first = volume({{"ClientToken", "once"}});
  EXPECT_EQ(volume({{"ClientToken", "once"}}), first);
  EXPECT_EQ(code(call("CreateVolume", {{"ClientToken", "once"}, {"AvailabilityZone", "us-east-1a"}, {"Size", "11"}})),
            "IdempotentParameterMismatch");
}

TEST_F(Volumes, AreShownToTheMachineThatTheyAreAttachedTo) {
  const std::string one = run_in_a();
  const std::string id = volume();
  EXPECT_EQ(value(attach(id, one), "status"), "attaching");
  EXPECT_EQ(status(id), "in-use");
  EXPECT_NE(described(id).find("<status>attached</status>"), std::string::npos);
  ASSERT_EQ(machines_.spec(one)->disks.size(), 1U);
  EXPECT_EQ(machines_.spec(one)->disks.front(), (MachineDisk{id, "/dev/sdf", 10, false}));
  EXPECT_EQ(value(call("DetachVolume", {{"VolumeId", id}}), "status"), "detaching");
  EXPECT_EQ(status(id), "available");
  EXPECT_TRUE(machines_.spec(one)->disks.empty());
  EXPECT_EQ(instance(one).volume_ids.size(), 1U);
}

TEST_F(Volumes, AreNotAttachedWhereTheyCannotBe) {
  const std::string one = run_in_a();
  const std::string id = volume();
  EXPECT_EQ(code(attach(volume({{"AvailabilityZone", "us-east-1b"}}), one)), "InvalidVolume.ZoneMismatch");
  EXPECT_EQ(code(attach(id, "i-0123456789abcdef0")), "InvalidInstanceID.NotFound");
  EXPECT_EQ(code(attach(id, one, "/dev/nonsense")), "InvalidParameterValue");
  EXPECT_EQ(code(attach(id, one, "/dev/sda1")), "InvalidParameterValue") << "the root volume is there";
  attach(id, one);
  EXPECT_EQ(code(attach(id, one, "/dev/sdg")), "VolumeInUse");
  EXPECT_EQ(code(attach(volume(), one, "xvdf")), "InvalidParameterValue") << "another name of the same place";
  EXPECT_EQ(code(call("DeleteVolume", {{"VolumeId", id}})), "VolumeInUse");
  EXPECT_EQ(code(call("DetachVolume", {{"VolumeId", id}, {"InstanceId", run_in_a()}})), "InvalidAttachment.NotFound");
  EXPECT_EQ(code(call("DetachVolume", {{"VolumeId", volume()}})), "IncorrectState");
  EXPECT_EQ(code(call("DetachVolume", {{"VolumeId", instance(one).root_volume_id}})), "OperationNotPermitted");
}

TEST_F(Volumes, GoWithTheirInstanceOrStayAsItWasSaid) {
  const std::string id = run({{"BlockDeviceMapping.1.DeviceName", "/dev/sdf"},
                              {"BlockDeviceMapping.1.Ebs.VolumeSize", "1"},
                              {"BlockDeviceMapping.2.DeviceName", "/dev/sdg"},
                              {"BlockDeviceMapping.2.Ebs.VolumeSize", "2"},
                              {"BlockDeviceMapping.2.Ebs.DeleteOnTermination", "false"}});
  EXPECT_EQ(machines_.spec(id)->disks.size(), 2U);
  call("TerminateInstances", {{"InstanceId.1", id}});
  const std::string left = call("DescribeVolumes");
  EXPECT_EQ(count(left, "<volumeId>"), 1U);
  EXPECT_EQ(value(left, "size"), "2");
  EXPECT_EQ(value(left, "status"), "available");
}

TEST_F(Volumes, GrowAndAreBilledForWhatTheyAre) {
  const std::string id = volume({{"VolumeType", "gp3"}, {"Size", "73"}});
  clock_.advance(hours(100));
  const std::string answer = call("ModifyVolume", {{"VolumeId", id}, {"Size", "146"}, {"Iops", "4000"}});
  EXPECT_EQ(value(answer, "modificationState"), "modifying");
  EXPECT_EQ(value(answer, "originalSize"), "73");
  EXPECT_EQ(value(described(id), "size"), "146");
  EXPECT_EQ(value(described(id), "iops"), "4000");
  clock_.advance(hours(100));
  constexpr double usd = 1e9;
  // Each of the two is rounded by itself.
  EXPECT_NEAR(static_cast<double>(bill_of(*world_, &machines_).total()),
              usd * (0.08 * 73 + 0.08 * 146 + 0.005 * 1000) * 100 / 730, 2);
  EXPECT_EQ(code(call("ModifyVolume", {{"VolumeId", id}, {"Size", "10"}})), "InvalidParameterValue");
  EXPECT_EQ(value(call("DescribeVolumesModifications", {{"VolumeId.1", id}}), "modificationState"), "completed");
  EXPECT_EQ(code(call("DescribeVolumesModifications", {{"VolumeId.1", volume()}})),
            "InvalidVolumeModification.NotFound");
}

TEST_F(Volumes, AreModifiedFourTimesADay) {
  const std::string id = volume();
  for (const char* size : {"11", "12", "13", "14"})
    EXPECT_EQ(value(call("ModifyVolume", {{"VolumeId", id}, {"Size", size}}), "targetSize"), size);
  EXPECT_EQ(code(call("ModifyVolume", {{"VolumeId", id}, {"Size", "15"}})), "VolumeModificationRateExceeded");
  clock_.advance(hours(25));
  EXPECT_EQ(value(call("ModifyVolume", {{"VolumeId", id}, {"Size", "15"}}), "targetSize"), "15");
}

TEST_F(Volumes, AreTakenSnapshotsOf) {
  const std::string id = volume({{"Encrypted", "true"}});
  const std::string answer = call("CreateSnapshot", {{"VolumeId", id}, {"Description", "before"}});
  EXPECT_EQ(value(answer, "status"), "pending");
  const std::string made = value(answer, "snapshotId");
  const std::string told = call("DescribeSnapshots", {{"SnapshotId.1", made}});
  EXPECT_EQ(value(told, "status"), "completed");
  EXPECT_EQ(value(told, "progress"), "100%");
  EXPECT_EQ(value(told, "encrypted"), "true");
  EXPECT_EQ(value(told, "kmsKeyId"), value(described(id), "kmsKeyId"));
  call("DeleteVolume", {{"VolumeId", id}});
  const std::string copy = volume({{"SnapshotId", made}});
  EXPECT_EQ(value(described(copy), "size"), "10");
  EXPECT_EQ(value(described(copy), "encrypted"), "true");
  EXPECT_EQ(code(call("CreateVolume", {{"SnapshotId", made}, {"AvailabilityZone", "us-east-1a"}, {"Size", "9"}})),
            "InvalidParameterValue");
  EXPECT_EQ(count(call("DescribeSnapshots", {{"Owner.1", "self"}}), "<snapshotId>"), 1U);
  EXPECT_EQ(count(call("DescribeSnapshots", {{"RestorableBy.1", "all"}}), "<snapshotId>"), 0U);
  EXPECT_EQ(call("DeleteSnapshot", {{"SnapshotId", made}}), "<return>true</return>");
  EXPECT_EQ(code(call("DescribeSnapshots", {{"SnapshotId.1", made}})), "InvalidSnapshot.NotFound");
}

TEST_F(Volumes, TellOfTheirSnapshotsInAnotherRegionToo) {
  const std::string made = snapshot(volume());
  const Form copy{{"SourceRegion", "us-east-1"}, {"SourceSnapshotId", made}};
  const std::string there = value(call("CopySnapshot", copy, "eu-west-1"), "snapshotId");
  EXPECT_EQ(value(call("DescribeSnapshots", {{"SnapshotId.1", there}}, "eu-west-1"), "volumeSize"), "10");
  EXPECT_EQ(code(call("CopySnapshot", {{"SourceRegion", "eu-west-1"}, {"SourceSnapshotId", made}}, "eu-west-1")),
            "InvalidSnapshot.NotFound");
}

TEST_F(Volumes, SnapshotsAreSharedByName) {
  const std::string made = snapshot(volume());
  const auto modify = [&](Form more) {
    more.insert({{"SnapshotId", made}, {"Attribute", "createVolumePermission"}});
    return call("ModifySnapshotAttribute", more);
  };
  const Form asked{{"SnapshotId", made}, {"Attribute", "createVolumePermission"}};
  EXPECT_EQ(modify({{"OperationType", "add"}, {"UserGroup.1", "all"}}), "<return>true</return>");
  EXPECT_EQ(count(call("DescribeSnapshotAttribute", asked), "<group>all</group>"), 1U);
  EXPECT_EQ(modify({{"CreateVolumePermission.Remove.1.Group", "all"},
                    {"CreateVolumePermission.Add.1.UserId", "123456789012"}}),
            "<return>true</return>");
  EXPECT_EQ(count(call("DescribeSnapshotAttribute", asked), "<item>"), 1U);
  EXPECT_EQ(code(modify({{"OperationType", "add"}, {"UserGroup.1", "everyone"}})), "InvalidAMIAttributeItemValue");
  call("ResetSnapshotAttribute", asked);
  EXPECT_EQ(count(call("DescribeSnapshotAttribute", asked), "<item>"), 0U);
}

TEST_F(Volumes, AreEncryptedByDefaultWhereThatIsSet) {
  EXPECT_EQ(value(call("GetEbsEncryptionByDefault"), "ebsEncryptionByDefault"), "false");
  call("EnableEbsEncryptionByDefault");
  EXPECT_EQ(value(call("GetEbsEncryptionByDefault"), "ebsEncryptionByDefault"), "true");
  EXPECT_EQ(value(described(volume()), "encrypted"), "true");
  call("DisableEbsEncryptionByDefault");
  EXPECT_EQ(value(described(volume()), "encrypted"), "false");
}

TEST_F(Volumes, AndSnapshotsAndImagesOutliveTheSim) {
  const TemporaryFolder folder;
  open(folder.path() / "world.db");
  const std::string id = run_in_a();
  const std::string data = volume();
  attach(data, id);
  const std::string image_id =
      value(call("CreateImage", {{"InstanceId", id}, {"Name", "kept"}, {"NoReboot", "true"}}), "imageId");
  call("EnableEbsEncryptionByDefault");
  open(folder.path() / "world.db");
  EXPECT_EQ(value(described(data), "instanceId"), id);
  EXPECT_EQ(value(call("DescribeImages", {{"ImageId.1", image_id}}), "imageState"), "available");
  EXPECT_EQ(count(call("DescribeSnapshots"), "<status>completed</status>"), 2U);
  EXPECT_EQ(value(call("GetEbsEncryptionByDefault"), "ebsEncryptionByDefault"), "true");
}

}  // namespace
}  // namespace hotaru::sim
