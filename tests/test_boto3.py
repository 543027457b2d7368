"""boto3 with its waiters and paginators, which are not ours, finds EC2 in the sim."""
import base64
import concurrent.futures

import pytest
from botocore.exceptions import ClientError, WaiterError

from support.sim import REGIONS
from support.waiting import until

QUICKLY = {"Delay": 1, "MaxAttempts": 90}


def image(ec2) -> str:
    images = ec2.describe_images(Filters=[{"Name": "name", "Values": ["*ubuntu*"]},
                                          {"Name": "architecture", "Values": ["x86_64"]}])["Images"]
    return images[0]["ImageId"]


def described(ec2, instance: str) -> dict:
    return ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]


def wait(ec2, waiter: str, instance: str) -> None:
    ec2.get_waiter(waiter).wait(InstanceIds=[instance], WaiterConfig=QUICKLY)


def shell(sim, address: str, command: str) -> str:
    return sim.ssh.until(address, command)


def launch(sim, ec2, name: str, **more) -> tuple[str, str]:
    """Instance and group, made as a program makes them."""
    ec2.import_key_pair(KeyName=name, PublicKeyMaterial=sim.ssh.public_key.encode())
    group = ec2.create_security_group(GroupName=name, Description="ssh from here")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": f"{sim.caller()}/32"}]}])
    run = ec2.run_instances(
        ImageId=image(ec2), InstanceType="g4dn.xlarge", MinCount=1, MaxCount=1, KeyName=name,
        NetworkInterfaces=[{"DeviceIndex": 0, "AssociatePublicIpAddress": True, "Groups": [group],
                            "DeleteOnTermination": True}],
        BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 64, "VolumeType": "gp3"}}],
        MetadataOptions={"HttpTokens": "required"}, InstanceInitiatedShutdownBehavior="terminate",
        TagSpecifications=[{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}
                           for kind in ("instance", "volume", "network-interface")], **more)
    return run["Instances"][0]["InstanceId"], group


def walk(sim, region: str) -> None:
    ec2, name = sim.boto("ec2", region), f"boto-{region}"
    instance, group = launch(sim, ec2, name, UserData="#!/bin/sh\necho by user data > /var/tmp/made\n")
    wait(ec2, "instance_exists", instance)
    wait(ec2, "instance_running", instance)
    wait(ec2, "instance_status_ok", instance)
    first = described(ec2, instance)["PublicIpAddress"]
    assert shell(sim, first, "cat /var/tmp/made") == "by user data"
    assert shell(sim, first, "df --output=size -BG / | tail -1").strip("G ") in ("61", "62", "63", "64")
    token = 'T=$(curl -s -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token)'
    asked = 'curl -s -H "X-aws-ec2-metadata-token: $T" http://169.254.169.254/latest/meta-data/instance-id'
    assert shell(sim, first, f"{token}; {asked}") == instance
    without = 'curl -s -o /dev/null -w "%{http_code}" http://169.254.169.254/latest/meta-data/instance-id'
    assert shell(sim, first, without) == "401"
    volume = ec2.describe_volumes(Filters=[{"Name": "tag:Name", "Values": [name]}])["Volumes"][0]
    assert (volume["Size"], volume["State"]) == (64, "in-use")

    ec2.stop_instances(InstanceIds=[instance])
    wait(ec2, "instance_stopped", instance)
    ec2.start_instances(InstanceIds=[instance])
    wait(ec2, "instance_running", instance)
    second = described(ec2, instance)["PublicIpAddress"]
    assert shell(sim, second, "cat /var/tmp/made") == "by user data"
    ec2.reboot_instances(InstanceIds=[instance])
    until(lambda: float(shell(sim, second, "ps -o etimes= -p 1")) < 8, "it rebooted")
    ec2.create_tags(Resources=[instance], Tags=[{"Key": "stage", "Value": "late"}])
    assert {"Key": "stage", "Value": "late"} in described(ec2, instance)["Tags"]

    # Powered off from inside: InstanceInitiatedShutdownBehavior says what becomes of it.
    sim.ssh.run(second, "sudo shutdown -h now")
    wait(ec2, "instance_terminated", instance)
    assert described(ec2, instance)["StateReason"]["Code"] == "Client.InstanceInitiatedShutdown"
    ec2.get_waiter("volume_deleted").wait(VolumeIds=[volume["VolumeId"]], WaiterConfig=QUICKLY)
    ec2.delete_security_group(GroupId=group)
    ec2.delete_key_pair(KeyName=name)


def test_the_walk_of_an_instance_in_two_regions_at_once(sandbox):
    with concurrent.futures.ThreadPoolExecutor(len(REGIONS)) as pool:
        for outcome in [pool.submit(walk, sandbox, region) for region in REGIONS]:
            outcome.result()


@pytest.fixture
def ec2(null_sim):
    return null_sim.boto()


def test_the_console_tells_the_host_keys(sandbox):
    ec2 = sandbox.boto()
    instance, group = launch(sandbox, ec2, "console")
    # boto3 decodes it.
    console = until(lambda: (out := ec2.get_console_output(InstanceId=instance, Latest=True).get("Output", ""))
                    and "END SSH HOST KEY KEYS" in out and out, "host keys on the console")
    address = described(ec2, instance)["PublicIpAddress"]
    shell(sandbox, address, "true")
    known = [line.split()[2] for line in (sandbox.ssh.folder / "known_hosts").read_text().splitlines()
             if line.startswith(address)]
    assert known and all(key in console for key in known)
    ec2.terminate_instances(InstanceIds=[instance])
    wait(ec2, "instance_terminated", instance)
    ec2.delete_security_group(GroupId=group)


def test_user_data_is_given_back_as_it_was_sent(ec2):
    instance = ec2.run_instances(ImageId=image(ec2), InstanceType="t3.micro", MinCount=1, MaxCount=1,
                                 UserData="#cloud-config\n{}\n")["Instances"][0]["InstanceId"]
    value = ec2.describe_instance_attribute(InstanceId=instance, Attribute="userData")["UserData"]["Value"]
    assert base64.b64decode(value) == b"#cloud-config\n{}\n"


def test_twenty_instances_are_found_in_pages(ec2):
    launched = ec2.run_instances(ImageId=image(ec2), InstanceType="t3.micro", MinCount=20, MaxCount=20,
                                 TagSpecifications=[{"ResourceType": "instance",
                                                     "Tags": [{"Key": "set", "Value": "twenty"}]}])["Instances"]
    pages = ec2.get_paginator("describe_instances").paginate(
        Filters=[{"Name": "tag:set", "Values": ["twenty"]}], PaginationConfig={"PageSize": 6})
    ids = [instance["InstanceId"] for page in pages for reservation in page["Reservations"]
           for instance in reservation["Instances"]]
    assert sorted(ids) == sorted(instance["InstanceId"] for instance in launched)
    ended = ec2.terminate_instances(InstanceIds=ids)["TerminatingInstances"]
    assert len(ended) == 20


def test_a_waiter_notices_an_instance_that_ends(ec2):
    instance = ec2.run_instances(ImageId=image(ec2), InstanceType="t3.micro", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    ec2.terminate_instances(InstanceIds=[instance])
    with pytest.raises(WaiterError, match="terminal failure"):
        wait(ec2, "instance_running", instance)


def test_stopping_a_terminated_instance_is_an_incorrect_state(ec2):
    instance = ec2.run_instances(ImageId=image(ec2), InstanceType="t3.micro", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    ec2.terminate_instances(InstanceIds=[instance])
    wait(ec2, "instance_terminated", instance)
    with pytest.raises(ClientError) as refused:
        ec2.stop_instances(InstanceIds=[instance])
    assert refused.value.response["Error"]["Code"] == "IncorrectInstanceState"


def test_gpus_are_told_as_ec2_tells_them(ec2):
    told = ec2.describe_instance_types(InstanceTypes=["g4dn.xlarge"])["InstanceTypes"][0]
    assert told["GpuInfo"]["Gpus"][0]["Name"] == "T4"
    assert told["GpuInfo"]["Gpus"][0]["Count"] == 1
    offered = ec2.describe_instance_type_offerings(LocationType="availability-zone",
                                                   Filters=[{"Name": "instance-type", "Values": ["g4dn.xlarge"]}])
    zones = {zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]}
    assert {offer["Location"] for offer in offered["InstanceTypeOfferings"]} <= zones
