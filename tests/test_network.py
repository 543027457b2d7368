"""Where an instance is launched: the default VPC, one that is yet to be made, a subnet of the user's own choice."""
import pytest

# cli/exit_code.h
INVALID, NOT_FOUND = 2, 3
EMPTY = "eu-west-1"  # the region whose default VPC the tests remove


def launched_in(sim, name: str, region: str) -> dict:
    answer = sim.boto("ec2", region).describe_instances(Filters=[
        {"Name": "tag:hotaru:name", "Values": [name]}, {"Name": "instance-state-name", "Values": ["pending", "running"]}])
    return answer["Reservations"][0]["Instances"][0]


def subnets_of(sim, region: str) -> dict[str, str]:
    """Zone → subnet of the default VPC."""
    answer = sim.boto("ec2", region).describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])
    return {subnet["AvailabilityZone"]: subnet["SubnetId"] for subnet in answer["Subnets"]}


@pytest.fixture
def without_default_vpc(own_null_sim):
    """A sim in one of whose regions the account has removed its default VPC."""
    ec2 = own_null_sim.boto("ec2", EMPTY)
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    for subnet in subnets_of(own_null_sim, EMPTY).values():
        ec2.delete_subnet(SubnetId=subnet)
    for gateway in ec2.describe_internet_gateways()["InternetGateways"]:
        ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)
        ec2.delete_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"])
    ec2.delete_vpc(VpcId=vpc)
    return own_null_sim


def test_an_account_without_a_default_vpc_is_told_so_and_has_it_made_when_it_asks(without_default_vpc):
    sim = without_default_vpc
    words = ["up", "homeless", "--type", "g4dn.xlarge", "--region", EMPTY, "--no-wait", "--yes"]
    refused = sim.hotaru(*words).failed()
    assert refused.code == NOT_FOUND, refused
    assert "--create-default-vpc" in refused.err and "--subnet" in refused.err
    assert sim.boto("ec2", EMPTY).describe_vpcs()["Vpcs"] == []

    planned = sim.hotaru(*words[:-2], "--create-default-vpc", "--dry-run").ok()
    assert f"+ the default VPC of {EMPTY}" in planned.out
    assert sim.boto("ec2", EMPTY).describe_vpcs()["Vpcs"] == []

    sim.hotaru(*words, "--create-default-vpc").ok()
    made = sim.boto("ec2", EMPTY).describe_vpcs()["Vpcs"]
    assert [vpc["IsDefault"] for vpc in made] == [True]
    assert launched_in(sim, "homeless", EMPTY)["VpcId"] == made[0]["VpcId"]
    sim.hotaru("down", "homeless", "--yes").ok()
    assert [vpc["VpcId"] for vpc in sim.boto("ec2", EMPTY).describe_vpcs()["Vpcs"]] == [made[0]["VpcId"]], "it costs nothing"


def test_a_subnet_of_the_users_choice_is_taken(null_sim):
    zone, subnet = sorted(subnets_of(null_sim, "us-east-1").items())[-1]
    words = ["up", "placed", "--type", "t3.micro", "--subnet", subnet, "--no-wait", "--yes"]
    null_sim.hotaru(*words).ok()
    instance = launched_in(null_sim, "placed", "us-east-1")
    assert (instance["SubnetId"], instance["Placement"]["AvailabilityZone"]) == (subnet, zone)
    null_sim.hotaru("down", "placed", "--yes").ok()


@pytest.mark.parametrize("more, code, said", [
    (["--zone", "us-east-1a"], INVALID, "not in us-east-1a"),
    (["--region", "ap-northeast-1"], NOT_FOUND, "in ap-northeast-1"),
])
def test_a_subnet_elsewhere_is_refused(null_sim, more, code, said):
    zone, subnet = sorted(subnets_of(null_sim, "us-east-1").items())[-1]
    refused = null_sim.hotaru("up", "placed", "--type", "t3.micro", "--subnet", subnet, *more, "--no-wait", "--yes").failed()
    assert refused.code == code, refused
    assert subnet in refused.err and said in refused.err
