"""The AWS CLI, which is not ours, finds EC2 in the sim."""
import concurrent.futures
import json

import pytest

from support.sim import REGIONS
from support.waiting import until

STATE = "Reservations[0].Instances[0].State.Name"


class Cli:
    """The AWS CLI in one region of a sim."""

    def __init__(self, sim, region: str):
        self.sim, self.region = sim, region

    def ec2(self, *words, **env):
        return self.sim.aws("ec2", *words, region=self.region, **env)

    def value(self, *words):
        """The answer of a call that must succeed."""
        out = self.ec2(*words).ok().out
        return json.loads(out) if out.strip() else None

    def state(self, instance: str) -> str:
        return self.value("describe-instances", "--instance-ids", instance, "--query", STATE)

    def reach(self, instance: str, state: str, waiter: str):
        """Awaits a state by looking often, then lets the CLI's own waiter (every 15 s) confirm it."""
        until(lambda: self.state(instance) == state, f"{instance} is {state}", patience=60)
        self.ec2("wait", waiter, "--instance-ids", instance).ok()

    def statuses_ok(self, instance: str) -> bool:
        rows = self.value("describe-instance-status", "--instance-ids", instance)["InstanceStatuses"]
        return bool(rows) and rows[0]["InstanceStatus"]["Status"] == rows[0]["SystemStatus"]["Status"] == "ok"


def ubuntu(cli: Cli) -> str:
    images = cli.value("describe-images", "--filters", "Name=name,Values=*ubuntu*", "Name=architecture,Values=x86_64",
                       "--query", "Images[].[ImageId,Description]")
    assert images and all("simulated" in description for _, description in images)
    return images[0][0]


def prepare(cli: Cli, name: str) -> str:
    """Key pair and security group as a person makes them; the group's id."""
    public = cli.sim.ssh.key.with_suffix(".pub")
    cli.ec2("import-key-pair", "--key-name", name, "--public-key-material", f"fileb://{public}").ok()
    group = cli.value("create-security-group", "--group-name", name, "--description", "ssh from here")["GroupId"]
    cli.ec2("authorize-security-group-ingress", "--group-id", group, "--protocol", "tcp", "--port", "22",
            "--cidr", f"{cli.sim.caller()}/32").ok()
    return group


def launch(cli: Cli, name: str, group: str, *more: str) -> str:
    return cli.value("run-instances", "--image-id", ubuntu(cli), "--instance-type", "g4dn.xlarge", "--key-name", name,
                     "--security-group-ids", group, "--query", "Instances[0].InstanceId", *more)


def address(cli: Cli, instance: str) -> str:
    return cli.value("describe-instances", "--instance-ids", instance, "--query",
                     "Reservations[0].Instances[0].PublicIpAddress")


def shell(cli: Cli, instance: str, command: str) -> str:
    """The output of a command over plain OpenSSH, once the port is open."""
    return cli.sim.ssh.until(address(cli, instance), command)


def walk(cli: Cli) -> None:
    name = f"cli-{cli.region}"
    group = prepare(cli, name)
    instance = launch(cli, name, group, "--tag-specifications", f"ResourceType=instance,Tags=[{{Key=Name,Value={name}}}]")
    cli.reach(instance, "running", "instance-running")
    until(lambda: cli.statuses_ok(instance), "both status checks pass")
    cli.ec2("wait", "instance-status-ok", "--instance-ids", instance).ok()
    first = address(cli, instance)
    host = shell(cli, instance, "echo kept > kept && hostname")
    assert host.startswith("ip-172-31-")

    cli.ec2("stop-instances", "--instance-ids", instance).ok()
    cli.reach(instance, "stopped", "instance-stopped")
    assert address(cli, instance) is None
    cli.ec2("start-instances", "--instance-ids", instance).ok()
    cli.reach(instance, "running", "instance-running")
    assert shell(cli, instance, "cat kept") == "kept"
    second = address(cli, instance)
    assert second != first

    boot = shell(cli, instance, "cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1")
    cli.ec2("reboot-instances", "--instance-ids", instance).ok()
    until(lambda: shell(cli, instance, "cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1") != boot, "it rebooted")
    assert shell(cli, instance, "cat kept") == "kept"
    assert address(cli, instance) == second

    cli.ec2("create-tags", "--resources", instance, "--tags", "Key=stage,Value=late").ok()
    found = cli.value("describe-instances", "--filters", "Name=tag:stage,Values=la*", "Name=tag-key,Values=Name",
                      f"Name=tag:Name,Values={name}",
                      "--query", "Reservations[].Instances[].InstanceId")
    assert found == [instance]
    cli.ec2("delete-tags", "--resources", instance, "--tags", "Key=stage").ok()
    assert cli.value("describe-tags", "--filters", f"Name=resource-id,Values={instance}", "Name=key,Values=stage")["Tags"] == []

    volumes = cli.value("describe-volumes", "--filters", f"Name=attachment.instance-id,Values={instance}")["Volumes"]
    cli.ec2("terminate-instances", "--instance-ids", instance).ok()
    cli.reach(instance, "terminated", "instance-terminated")
    gone = cli.ec2("describe-volumes", "--volume-ids", volumes[0]["VolumeId"]).failed()
    assert "InvalidVolume.NotFound" in gone.err
    cli.ec2("delete-security-group", "--group-id", group).ok()
    cli.ec2("delete-key-pair", "--key-name", name).ok()


def test_the_walk_of_an_instance_in_two_regions_at_once(sandbox):
    with concurrent.futures.ThreadPoolExecutor(len(REGIONS)) as pool:
        for outcome in [pool.submit(walk, Cli(sandbox, region)) for region in REGIONS]:
            outcome.result()


@pytest.fixture
def cli(null_sim):
    return Cli(null_sim, REGIONS[0])


def test_regions_know_nothing_of_each_other(null_sim):
    here, there = (Cli(null_sim, region) for region in REGIONS)
    group = prepare(here, "apart")
    instance = launch(here, "apart", group)
    assert "InvalidInstanceID.NotFound" in there.ec2("describe-instances", "--instance-ids", instance).failed().err
    assert "InvalidGroup.NotFound" in there.ec2("describe-security-groups", "--group-ids", group).failed().err
    here.ec2("terminate-instances", "--instance-ids", instance).ok()


def test_the_account_says_who_it_is(cli):
    identity = json.loads(cli.sim.aws("sts", "get-caller-identity").ok().out)
    assert len(identity["Account"]) == 12
    assert identity["Account"] in identity["Arn"]


def test_every_region_has_a_default_vpc_with_a_way_out(null_sim):
    regions = Cli(null_sim, REGIONS[0]).value("describe-regions", "--query", "Regions[].RegionName")
    assert set(REGIONS) <= set(regions)
    for region in REGIONS:
        here = Cli(null_sim, region)
        vpc = here.value("describe-vpcs", "--filters", "Name=is-default,Values=true", "--query", "Vpcs[].VpcId")[0]
        routes = here.value("describe-route-tables", "--filters", f"Name=vpc-id,Values={vpc}",
                            "Name=association.main,Values=true", "--query", "RouteTables[0].Routes")
        gateway = [route["GatewayId"] for route in routes if route["DestinationCidrBlock"] == "0.0.0.0/0"]
        attached = here.value("describe-internet-gateways", "--internet-gateway-ids", *gateway,
                              "--query", "InternetGateways[0].Attachments[0].VpcId")
        assert attached == vpc
        zones = here.value("describe-availability-zones", "--query", "AvailabilityZones[].ZoneName")
        subnets = here.value("describe-subnets", "--filters", f"Name=vpc-id,Values={vpc}",
                             "Name=default-for-az,Values=true", "--query", "Subnets[].AvailabilityZone")
        assert sorted(zones) == sorted(subnets)


@pytest.mark.parametrize("environment, code", [
    ({"AWS_SECRET_ACCESS_KEY": "not-the-secret-of-this-key"}, "SignatureDoesNotMatch"),
    ({"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7NOBODYS"}, "AuthFailure"),
])
def test_a_wrong_signature_is_refused(cli, environment, code):
    assert code in cli.ec2("describe-instances", **environment).failed().err


def test_a_wrong_signature_is_refused_by_sts(cli):
    refused = cli.sim.aws("sts", "get-caller-identity", AWS_SECRET_ACCESS_KEY="wrong").failed()
    assert "SignatureDoesNotMatch" in refused.err


@pytest.mark.parametrize("words, code", [
    (["describe-instances", "--instance-ids", "i-0123456789abcdef0"], "InvalidInstanceID.NotFound"),
    (["describe-instances", "--instance-ids", "banana"], "InvalidInstanceID.Malformed"),
    (["describe-images", "--image-ids", "ami-0123456789abcdef0"], "InvalidAMIID.NotFound"),
    (["describe-images", "--image-ids", "banana"], "InvalidAMIID.Malformed"),
    (["describe-security-groups", "--group-ids", "sg-0123456789abcdef0"], "InvalidGroup.NotFound"),
    (["describe-key-pairs", "--key-names", "nobody"], "InvalidKeyPair.NotFound"),
    (["describe-volumes", "--volume-ids", "vol-0123456789abcdef0"], "InvalidVolume.NotFound"),
    (["describe-subnets", "--subnet-ids", "subnet-0123456789abcdef0"], "InvalidSubnetID.NotFound"),
    (["describe-vpcs", "--vpc-ids", "vpc-0123456789abcdef0"], "InvalidVpcID.NotFound"),
    (["describe-instance-types", "--instance-types", "g9.huge"], "InvalidInstanceType"),
    (["describe-instances", "--filters", "Name=colour,Values=red"], "InvalidParameterValue"),
    (["terminate-instances", "--instance-ids", "i-0123456789abcdef0"], "InvalidInstanceID.NotFound"),
    (["import-key-pair", "--key-name", "k", "--public-key-material", "bm90IGEga2V5"], "InvalidKey.Format"),
    (["create-security-group", "--group-name", "default", "--description", "mine"], "InvalidGroup.Reserved"),
    (["describe-transit-gateways"], "InvalidAction"),
])
def test_a_wrong_call_gets_the_code_that_ec2_gives(cli, words, code):
    assert f"({code})" in cli.ec2(*words).failed().err


@pytest.mark.parametrize("more, code", [
    (["--instance-type", "g9.huge"], "InvalidParameterValue"),
    (["--image-id", "ami-0123456789abcdef0"], "InvalidAMIID.NotFound"),
    (["--key-name", "nobody"], "InvalidKeyPair.NotFound"),
    (["--security-group-ids", "sg-0123456789abcdef0"], "InvalidGroup.NotFound"),
    (["--subnet-id", "subnet-0123456789abcdef0"], "InvalidSubnetID.NotFound"),
    (["--block-device-mappings", "DeviceName=/dev/sda1,Ebs={VolumeSize=1}"], "InvalidBlockDeviceMapping"),
    (["--placement", "AvailabilityZone=us-east-1q"], "InvalidParameterValue"),
])
def test_a_launch_that_cannot_be_gets_the_code_that_ec2_gives(cli, more, code):
    words = {"--image-id": ubuntu(cli), "--instance-type": "t3.micro"}
    words.update(zip(more[::2], more[1::2]))
    refused = cli.ec2("run-instances", *[word for pair in words.items() for word in pair]).failed()
    assert f"({code})" in refused.err


def test_a_second_group_of_the_same_name_is_refused(cli):
    cli.ec2("create-security-group", "--group-name", "only-one", "--description", "first").ok()
    second = cli.ec2("create-security-group", "--group-name", "only-one", "--description", "second").failed()
    assert "(InvalidGroup.Duplicate)" in second.err


def test_a_dry_run_says_what_would_have_been_and_does_nothing(cli):
    refused = cli.ec2("run-instances", "--image-id", ubuntu(cli), "--instance-type", "g4dn.xlarge", "--dry-run",
                      "--tag-specifications", "ResourceType=instance,Tags=[{Key=Name,Value=dry}]").failed()
    assert "(DryRunOperation)" in refused.err
    assert cli.value("describe-instances", "--filters", "Name=tag:Name,Values=dry")["Reservations"] == []
    refused = cli.ec2("create-security-group", "--group-name", "dry", "--description", "dry", "--dry-run").failed()
    assert "(DryRunOperation)" in refused.err
    assert cli.value("describe-security-groups", "--filters", "Name=group-name,Values=dry")["SecurityGroups"] == []


def test_a_client_token_launches_once(cli):
    words = ["run-instances", "--image-id", ubuntu(cli), "--client-token", "the-one",
             "--query", "Instances[].InstanceId", "--instance-type"]
    first = cli.value(*words, "t3.micro")
    assert cli.value(*words, "t3.micro") == first
    assert "(IdempotentParameterMismatch)" in cli.ec2(*words, "t3.small").failed().err
    found = cli.value("describe-instances", "--filters", "Name=client-token,Values=the-one",
                      "--query", "Reservations[].Instances[].InstanceId")
    assert found == first


def test_an_instance_in_use_keeps_its_group(cli):
    group = prepare(cli, "held")
    instance = launch(cli, "held", group)
    until(lambda: cli.state(instance) == "running", "it runs")
    assert "(DependencyViolation)" in cli.ec2("delete-security-group", "--group-id", group).failed().err
    cli.ec2("terminate-instances", "--instance-ids", instance).ok()
    until(lambda: cli.state(instance) == "terminated", "it is terminated")
    cli.ec2("delete-security-group", "--group-id", group).ok()


def test_pages_hold_what_one_answer_would(cli):
    whole = cli.value("describe-instance-types", "--query", "InstanceTypes[].InstanceType")
    paged = cli.value("describe-instance-types", "--page-size", "7", "--query", "InstanceTypes[].InstanceType")
    assert len(whole) > 70
    assert sorted(paged) == sorted(whole)
