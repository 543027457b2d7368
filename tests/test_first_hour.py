"""What a person meets in the first hour: each trouble is provoked on the sim, and reads as one sentence with what to do."""
import re

import pytest

from support.programs import HOTARU, environment, run

UP = ("up", "first", "--type", "g4dn.xlarge", "--region", "us-east-1", "--no-wait", "--yes")
# cli/exit_code.h
INVALID, NOT_FOUND, UNAUTHORIZED, QUOTA, CAPACITY = 2, 3, 4, 5, 6


def reads_well(done, code: int, sentence: str, todo: str) -> None:
    """An error of two lines: a sentence, and what to do."""
    assert done.code == code, done.err
    lines = done.err.rstrip("\n").split("\n")
    at = next(number for number, line in enumerate(lines) if line.startswith("hotaru: "))
    said, what = lines[at], " ".join(lines[at + 1:])
    assert re.search(sentence, said), done.err
    assert re.search(todo, what), done.err
    assert said.endswith((".", "?")) and what.endswith((".", "?")), done.err
    assert "Request ID" not in done.err and "<" not in said, done.err


def nothing_is_left(world) -> None:
    assert world.hotaru("ls", "--all", "-o", "json").ok().json()["instances"] == []


def test_no_account(own_folder):
    env = environment(own_folder)
    reads_well(run([HOTARU, "up", "first", "--gpu", "T4", "--yes"], env), UNAUTHORIZED, "no AWS credentials",
               "hotaru init.*--cloud sim")
    assert run([HOTARU], env).ok().out.startswith("No AWS account is set up on this machine.")


def test_a_new_account_that_aws_is_still_verifying(world):
    world.load("errors:\n  - {action: RunInstances, code: PendingVerification, status: 400}\n")
    reads_well(world.hotaru(*UP), UNAUTHORIZED, ".", "AWS verifies new accounts .* at most four hours")
    nothing_is_left(world)
    told = world.hotaru("doctor")
    assert told.code == UNAUTHORIZED
    assert "AWS verifies new accounts" in told.out


def test_no_quota(world):
    world.load("account: new\n")
    reads_well(world.hotaru(*UP), QUOTA, "vCPU|quota", "hotaru quota request")
    nothing_is_left(world)
    told = world.hotaru("doctor")
    assert told.code == QUOTA
    assert "0 of 0 vCPUs of the G family" in told.out


def test_no_default_vpc(world):
    ec2 = world.boto()
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    mine = [{"Name": "vpc-id", "Values": [vpc]}]
    for subnet in ec2.describe_subnets(Filters=mine)["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    for gateway in ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [vpc]}])["InternetGateways"]:
        ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)
        ec2.delete_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"])
    ec2.delete_vpc(VpcId=vpc)
    reads_well(world.hotaru(*UP), NOT_FOUND, "no default VPC", "--create-default-vpc|create-default-vpc")
    told = world.hotaru("doctor")
    assert told.code == NOT_FOUND
    assert re.search(r"bad +network +.*default VPC", told.out), told.out


@pytest.mark.parametrize("region, code, sentence, todo", [
    ("us-east-l", INVALID, "no region", "Did you mean us-east-1"),
    ("af-south-1", UNAUTHORIZED, "credentials|not enabled", "region is enabled|enable"),
])
def test_a_wrong_region(world, region, code, sentence, todo):
    reads_well(world.hotaru("up", "first", "--type", "t3.micro", "--region", region, "--no-wait", "--yes"), code, sentence, todo)
    nothing_is_left(world)


def test_a_region_that_is_not_enabled_is_named_by_the_doctor(world):
    told = world.hotaru("doctor", "--region", "af-south-1")
    assert told.code == UNAUTHORIZED
    assert "af-south-1 is not enabled for the account" in told.out
    assert "aws account enable-region --region-name af-south-1" in told.out


def test_a_wrong_key(world, own_folder):
    env = {**world.aws_env, "AWS_SECRET_ACCESS_KEY": "wrong", "HOTARU_CLOUD": "aws"}
    reads_well(run([HOTARU, "ls"], env), UNAUTHORIZED, ".", "secret access key|access key")
    told = run([HOTARU, "doctor"], env)
    assert told.code == UNAUTHORIZED
    assert re.search(r"bad +identity", told.out), told.out


def test_no_capacity(world):
    world.load("capacity:\n  - {type: g4dn.xlarge, instances: 0}\n")
    reads_well(world.hotaru(*UP), CAPACITY, ".", "another")
    nothing_is_left(world)


def test_an_identity_that_may_not_launch_is_told_why(world):
    iam = world.boto("iam")
    iam.create_user(UserName="reader")
    iam.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument="""{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["ec2:Describe*", "sts:*", "ssm:*", "servicequotas:*"], "Resource": "*"},
        {"Effect": "Deny", "Action": "ec2:RunInstances", "Resource": "*"}]}""")
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    env = {**world.aws_env, "AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
           "HOTARU_CLOUD": "aws"}
    told = run([HOTARU, "doctor"], env)
    assert told.code == UNAUTHORIZED, told.err
    assert re.search(r"bad +launch +.*ec2:RunInstances", told.out), told.out
    assert "A policy denies it" in told.out
    assert re.search(r"bad +permissions +Not permitted: .*ec2:CreateSecurityGroup", told.out, re.IGNORECASE), told.out
    assert "No policy of the identity allows it" in told.out
    assert "encoded" not in told.out


def test_a_closed_port(sandbox):
    sandbox.hotaru("up", "closed", "--type", "t3.micro", "--yes").ok()
    try:
        sandbox.hotaru("stop", "closed").ok()
        sandbox.hotaru("start", "closed", "--yes").ok()
        sandbox.hotaru("show", "closed", "--fix-access", "--from", "203.0.113.7/32").ok()
        for socket in sandbox.folder.rglob("s-*"):
            run(["ssh", "-F", "none", "-o", f"ControlPath={socket}", "-O", "exit", "x"], sandbox.env)
        reads_well(sandbox.hotaru("ssh", "closed", "--", "true"), 255, "lets in only 203.0.113.7/32", "--fix-access")
    finally:
        sandbox.hotaru("down", "closed", "--yes").ok()
