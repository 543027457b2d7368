"""Volumes, snapshots and images by boto3 and the AWS CLI, and what is in them by ssh."""
import json

import pytest

from support.refusal import refusal
from support.waiting import until

NOBLE = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
ZONE = "us-east-1a"
SOON = {"Delay": 1}


def resources(sim, region: str = "us-east-1"):
    import boto3
    env = sim.aws_env
    return boto3.resource("ec2", region_name=region, endpoint_url=env["AWS_ENDPOINT_URL"],
                          aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
                          aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"])


def noble(sim) -> str:
    return sim.boto("ssm").get_parameter(Name=NOBLE)["Parameter"]["Value"]


def launch(sim, image: str | None = None, **more) -> dict:
    ec2 = sim.boto()
    made = ec2.run_instances(ImageId=image or noble(sim), InstanceType="t3.micro", MinCount=1, MaxCount=1,
                             Placement={"AvailabilityZone": ZONE}, **more)["Instances"][0]["InstanceId"]
    ec2.get_waiter("instance_running").wait(InstanceIds=[made], WaiterConfig=SOON)
    return instance(sim, made)


def instance(sim, made: str) -> dict:
    return sim.boto().describe_instances(InstanceIds=[made])["Reservations"][0]["Instances"][0]


def end(sim, *made: str) -> None:
    ec2 = sim.boto()
    ec2.terminate_instances(InstanceIds=list(made))
    ec2.get_waiter("instance_terminated").wait(InstanceIds=list(made), WaiterConfig=SOON)


@pytest.fixture(scope="module")
def open_sandbox(sandbox):
    """Instances that let this machine in: `launch(…, **access)`."""
    ec2 = sandbox.boto()
    ec2.import_key_pair(KeyName="storage", PublicKeyMaterial=sandbox.ssh.public_key.encode())
    group = ec2.create_security_group(GroupName="storage", Description="ssh from here")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": f"{sandbox.caller()}/32"}]}])
    yield {"KeyName": "storage", "SecurityGroupIds": [group]}
    ec2.delete_security_group(GroupId=group)
    ec2.delete_key_pair(KeyName="storage")


def test_a_volume_lives_from_waiter_to_waiter(null_sim):
    ec2, made = null_sim.boto(), resources(null_sim).create_volume(Size=3, AvailabilityZone=ZONE, VolumeType="gp3")
    ec2.get_waiter("volume_available").wait(VolumeIds=[made.id], WaiterConfig=SOON)
    one = launch(null_sim)
    assert made.attach_to_instance(InstanceId=one["InstanceId"], Device="/dev/sdf")["State"] == "attaching"
    ec2.get_waiter("volume_in_use").wait(VolumeIds=[made.id], WaiterConfig=SOON)
    made.reload()
    assert [(each["InstanceId"], each["State"]) for each in made.attachments] == [(one["InstanceId"], "attached")]
    assert {each["DeviceName"] for each in instance(null_sim, one["InstanceId"])["BlockDeviceMappings"]} \
        == {"/dev/sda1", "/dev/sdf"}
    snapshot = made.create_snapshot(Description="of a volume in use", TagSpecifications=[
        {"ResourceType": "snapshot", "Tags": [{"Key": "Name", "Value": "kept"}]}])
    snapshot.wait_until_completed(WaiterConfig=SOON)
    made.detach_from_instance(InstanceId=one["InstanceId"])
    ec2.get_waiter("volume_available").wait(VolumeIds=[made.id], WaiterConfig=SOON)
    made.delete()
    ec2.get_waiter("volume_deleted").wait(VolumeIds=[made.id], WaiterConfig=SOON)
    found = ec2.describe_snapshots(OwnerIds=["self"], Filters=[{"Name": "tag:Name", "Values": ["kept"]}])["Snapshots"]
    assert [(each["SnapshotId"], each["VolumeSize"]) for each in found] == [(snapshot.id, 3)]
    snapshot.delete()
    end(null_sim, one["InstanceId"])


def test_the_aws_cli_makes_changes_and_describes(null_sim):
    def cli(*words):
        return null_sim.aws("ec2", *words).ok()

    made = cli("create-volume", "--size", "10", "--availability-zone", ZONE).json()
    assert (made["VolumeType"], made["State"], made["Iops"]) == ("gp2", "creating", 100)
    volume = made["VolumeId"]
    changed = cli("modify-volume", "--volume-id", volume, "--size", "20", "--volume-type", "gp3").json()
    assert changed["VolumeModification"]["OriginalVolumeType"] == "gp2"
    told = cli("describe-volumes-modifications", "--volume-ids", volume).json()["VolumesModifications"][0]
    assert (told["ModificationState"], told["TargetSize"], told["Progress"]) == ("completed", 20, 100)
    status = cli("describe-volume-status", "--volume-ids", volume).json()["VolumeStatuses"][0]["VolumeStatus"]
    assert status["Status"] == "ok"
    cli("modify-volume-attribute", "--volume-id", volume, "--auto-enable-io")
    assert cli("describe-volume-attribute", "--volume-id", volume, "--attribute", "autoEnableIO").json()[
        "AutoEnableIO"]["Value"] is True
    snapshot = cli("create-snapshot", "--volume-id", volume).json()["SnapshotId"]
    copy = null_sim.aws("ec2", "copy-snapshot", "--source-region", "us-east-1", "--source-snapshot-id", snapshot,
                        region="eu-west-1").ok().json()["SnapshotId"]
    there = null_sim.boto("ec2", "eu-west-1")
    there.get_waiter("snapshot_completed").wait(SnapshotIds=[copy], WaiterConfig=SOON)
    assert there.describe_snapshots(SnapshotIds=[copy])["Snapshots"][0]["VolumeSize"] == 20
    assert cli("get-ebs-encryption-by-default").json()["EbsEncryptionByDefault"] is False
    assert cli("get-ebs-default-kms-key-id").json()["KmsKeyId"] == "alias/aws/ebs"
    cli("delete-volume", "--volume-id", volume)
    cli("delete-snapshot", "--snapshot-id", snapshot)
    there.delete_snapshot(SnapshotId=copy)


def test_images_are_made_shared_copied_and_deregistered(null_sim):
    ec2, one = null_sim.boto(), launch(null_sim)
    image = ec2.create_image(InstanceId=one["InstanceId"], Name="mine", TagSpecifications=[
        {"ResourceType": kind, "Tags": [{"Key": "owner", "Value": "me"}]} for kind in ("image", "snapshot")])["ImageId"]
    ec2.get_waiter("image_available").wait(ImageIds=[image], WaiterConfig=SOON)
    mine = ec2.describe_images(Owners=["self"])["Images"]
    assert [(each["ImageId"], each["Public"], each["SourceInstanceId"]) for each in mine] \
        == [(image, False, one["InstanceId"])]
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"Group": "all"}]})
    assert ec2.describe_image_attribute(ImageId=image, Attribute="launchPermission")["LaunchPermissions"] \
        == [{"Group": "all"}]
    assert image in {each["ImageId"] for each in ec2.describe_images(ExecutableUsers=["all"])["Images"]}
    there = null_sim.boto("ec2", "eu-west-1")
    copy = there.copy_image(SourceRegion="us-east-1", SourceImageId=image, Name="mine", CopyImageTags=True)["ImageId"]
    there.get_waiter("image_available").wait(ImageIds=[copy], WaiterConfig=SOON)
    assert there.describe_images(ImageIds=[copy])["Images"][0]["Tags"] == [{"Key": "owner", "Value": "me"}]
    snapshot = mine[0]["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    assert refusal(ec2.delete_snapshot, SnapshotId=snapshot) == "InvalidSnapshot.InUse"
    ec2.deregister_image(ImageId=image)
    ec2.delete_snapshot(SnapshotId=snapshot)
    there.deregister_image(ImageId=copy, DeleteAssociatedSnapshots=True)
    assert there.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []
    assert refusal(ec2.describe_images, ImageIds=[image]) == "InvalidAMIID.NotFound"
    end(null_sim, one["InstanceId"])


def test_delete_on_termination_is_obeyed_and_changed(null_sim):
    ec2 = null_sim.boto()
    disks = [{"DeviceName": name, "Ebs": {"VolumeSize": 1, "DeleteOnTermination": goes}}
             for name, goes in (("/dev/sdf", True), ("/dev/sdg", False), ("/dev/sdh", True))]
    one = launch(null_sim, BlockDeviceMappings=disks)
    volumes = {each["DeviceName"]: each["Ebs"]["VolumeId"] for each in one["BlockDeviceMappings"]}
    ec2.modify_instance_attribute(InstanceId=one["InstanceId"], BlockDeviceMappings=[
        {"DeviceName": "/dev/sdh", "Ebs": {"DeleteOnTermination": False}}])
    end(null_sim, one["InstanceId"])
    left = {each["VolumeId"]: each["State"] for each in ec2.describe_volumes()["Volumes"]
            if each["VolumeId"] in volumes.values()}
    assert left == {volumes["/dev/sdg"]: "available", volumes["/dev/sdh"]: "available"}
    for volume in left:
        ec2.delete_volume(VolumeId=volume)


def test_snapshots_have_pages_and_are_on_the_bill(own_null_sim):
    ec2 = own_null_sim.boto()
    volume = ec2.create_volume(Size=1, AvailabilityZone=ZONE)["VolumeId"]
    made = {ec2.create_snapshot(VolumeId=volume)["SnapshotId"] for _ in range(7)}
    pages = ec2.get_paginator("describe_snapshots").paginate(OwnerIds=["self"], PaginationConfig={"PageSize": 5})
    assert {each["SnapshotId"] for page in pages for each in page["Snapshots"]} == made
    bill = json.loads(own_null_sim.hotaru("sim", "bill", "-o", "json").ok().out)["bill"]
    assert {line["what"].split()[0] for line in bill["lines"] if line["kind"] == "snapshot"} == made


def test_what_is_written_on_a_volume_is_read_on_another_instance(sandbox, open_sandbox):
    ec2 = sandbox.boto()
    disk = [{"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 1, "VolumeType": "gp3"}}]
    one = launch(sandbox, BlockDeviceMappings=disk, **open_sandbox)
    other = launch(sandbox, **open_sandbox)
    volume = resources(sandbox).create_volume(Size=2, AvailabilityZone=ZONE)
    ec2.get_waiter("volume_available").wait(VolumeIds=[volume.id], WaiterConfig=SOON)
    sandbox.ssh.until(one["PublicIpAddress"], "true")
    volume.attach_to_instance(InstanceId=one["InstanceId"], Device="/dev/sdf")

    def on(machine, command):
        return sandbox.ssh.until(machine["PublicIpAddress"], command)

    by_id = f"/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_{volume.id.replace('-', '')}"
    names = on(one, f"for name in /dev/sdf /dev/xvdf {by_id}; do readlink -f $name; done").split()
    assert names == ["/dev/nvme2n1"] * 3
    assert on(one, "test -b /dev/nvme2n1 && sudo blockdev --getsize64 /dev/nvme2n1 /dev/sdb").split() \
        == [str(2 << 30), str(1 << 30)]
    on(one, "sudo mkfs.ext4 -q /dev/sdf && sudo mkdir /data && sudo mount /dev/nvme2n1 /data && "
            "echo written | sudo tee /data/file && sudo umount /data")
    before = on(one, "awk '{print $22}' /proc/1/stat")
    ec2.reboot_instances(InstanceIds=[one["InstanceId"]])
    until(lambda: on(one, "awk '{print $22}' /proc/1/stat") != before, "it reboots")
    assert on(one, "sudo mount /dev/sdf /data && cat /data/file") == "written"

    volume.detach_from_instance(InstanceId=one["InstanceId"])
    volume.reload()
    assert [each["State"] for each in volume.attachments] == ["busy"], "it is mounted"
    on(one, "sudo umount /data")
    ec2.get_waiter("volume_available").wait(VolumeIds=[volume.id], WaiterConfig=SOON)
    assert on(one, "ls /dev/nvme*n1") == "/dev/nvme1n1"
    volume.attach_to_instance(InstanceId=other["InstanceId"], Device="/dev/sdf")
    assert on(other, "sudo mkdir /data && sudo mount /dev/xvdf /data && cat /data/file") == "written"

    ec2.modify_volume(VolumeId=volume.id, Size=3)
    assert on(other, "sudo blockdev --getsize64 /dev/sdf") == str(3 << 30)
    ec2.stop_instances(InstanceIds=[other["InstanceId"]])
    ec2.get_waiter("instance_stopped").wait(InstanceIds=[other["InstanceId"]], WaiterConfig=SOON)
    ec2.start_instances(InstanceIds=[other["InstanceId"]])
    ec2.get_waiter("instance_running").wait(InstanceIds=[other["InstanceId"]], WaiterConfig=SOON)
    other = instance(sandbox, other["InstanceId"])
    assert on(other, "sudo mount /dev/sdf /data && cat /data/file") == "written"
    volume.detach_from_instance(Force=True)
    volume.reload()
    assert volume.state == "available"
    volume.delete()
    end(sandbox, one["InstanceId"], other["InstanceId"])


def test_a_guest_cannot_change_what_is_behind_its_volumes(sandbox, open_sandbox):
    disk = [{"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 1}}]
    one = launch(sandbox, BlockDeviceMappings=disk, **open_sandbox)
    # LOOP_CLR_FD, LOOP_SET_STATUS64 and LOOP_CHANGE_FD of linux/loop.h.
    program = ("import fcntl, os\nfile = os.open('/dev/sdb', os.O_RDWR)\n"
               "for order in (0x4C01, 0x4C04, 0x4C06):\n"
               "    try:\n        fcntl.ioctl(file, order, file)\n"
               "    except PermissionError as no:\n        print(no.errno)\n")
    said = sandbox.ssh.until(one["PublicIpAddress"], f"sudo python3 -c \"{program}\"")
    assert said.split() == ["1", "1", "1"]
    end(sandbox, one["InstanceId"])


def test_an_image_has_what_was_on_the_disk(sandbox, open_sandbox):
    ec2 = sandbox.boto()
    one = launch(sandbox, **open_sandbox)

    def on(machine, command):
        return sandbox.ssh.until(machine["PublicIpAddress"], command)

    on(one, "echo kept | sudo tee /etc/kept && cloud-init status --wait")
    key = on(one, "cat /etc/ssh/ssh_host_ed25519_key.pub")
    image = ec2.create_image(InstanceId=one["InstanceId"], Name="prepared")["ImageId"]
    ec2.get_waiter("image_available").wait(ImageIds=[image], WaiterConfig=SOON)
    until(lambda: on(one, "cat /etc/kept") == "kept", "it comes back from its reboot")

    root = [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 20}}]
    other = launch(sandbox, image, BlockDeviceMappings=root, **open_sandbox)
    assert on(other, "cat /etc/kept") == "kept"
    assert on(other, "cloud-init status --wait >/dev/null; cat /var/lib/cloud/data/instance-id") == other["InstanceId"]
    assert on(other, "cat /etc/ssh/ssh_host_ed25519_key.pub") != key
    assert int(on(other, "df --output=size -BG / | tail -1").strip("G ")) >= 19
    end(sandbox, one["InstanceId"])

    snapshot = ec2.describe_images(ImageIds=[image])["Images"][0]["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    volume = resources(sandbox).create_volume(SnapshotId=snapshot, AvailabilityZone=ZONE)
    volume.attach_to_instance(InstanceId=other["InstanceId"], Device="/dev/sdf")
    assert on(other, "sudo mkdir -p /old && sudo mount /dev/sdf /old && cat /old/upper/etc/kept") == "kept"
    end(sandbox, other["InstanceId"])
    volume.reload()
    assert volume.state == "available"
    volume.delete()
    ec2.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)


def test_attachments_and_snapshots_outlive_a_killed_sim(own_sandbox):
    import os
    import signal
    sim, ec2 = own_sandbox, own_sandbox.boto()
    one = launch(sim, BlockDeviceMappings=[
        {"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 1, "DeleteOnTermination": False}}])
    snapshot = ec2.create_snapshot(VolumeId=one["BlockDeviceMappings"][1]["Ebs"]["VolumeId"])["SnapshotId"]
    os.kill(sim.status()["pid"], signal.SIGKILL)
    sim.start()
    ec2 = sim.boto()
    assert ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]["State"] == "completed"
    volume = instance(sim, one["InstanceId"])["BlockDeviceMappings"][1]["Ebs"]["VolumeId"]
    ec2.detach_volume(VolumeId=volume)
    ec2.get_waiter("volume_available").wait(VolumeIds=[volume], WaiterConfig=SOON)
