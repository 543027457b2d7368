"""A world that goes wrong on purpose, as the AWS CLI and hotaru meet it."""
import pytest

from support.waiting import until


@pytest.fixture
def world(own_null_sim):
    """A sim of one's own, and what loads a scenario into it."""

    def load(text: str):
        file = own_null_sim.folder / "scenario.yaml.txt"
        file.write_text(text)
        return own_null_sim.hotaru("sim", "scenario", "load", file)

    own_null_sim.load = load
    return own_null_sim


def test_a_file_that_is_no_scenario_is_refused_with_its_line(world):
    refused = world.load("seed: 1\nerrors:\n  - {action: RunInstances, cod: X}\n").failed()
    assert "scenario.yaml.txt, line 3: " in refused.err
    world.aws("ec2", "describe-regions").ok()


def test_what_is_scripted_happens_is_logged_and_ends(world):
    world.load("errors:\n  - {action: DescribeRegions, code: UnauthorizedOperation}\n").ok()
    assert "UnauthorizedOperation" in world.aws("ec2", "describe-regions").failed().err
    assert "scenario, line 2: DescribeRegions in" in world.hotaru("sim", "logs").ok().out
    assert "UnauthorizedOperation" in world.hotaru("sim", "scenario", "show").ok().out
    world.hotaru("sim", "scenario", "clear").ok()
    world.aws("ec2", "describe-regions").ok()
    assert "No scenario" in world.hotaru("sim", "scenario", "show").ok().err


def test_hotaru_is_told_of_missing_capacity_and_nothing_is_left(world):
    world.load("capacity:\n  - {type: g4dn.xlarge, instances: 0}\n").ok()
    refused = world.hotaru("up", "full", "--type", "g4dn.xlarge", "--yes", "--no-wait").failed()
    assert "capacity" in refused.err.lower()
    assert world.boto().describe_security_groups(Filters=[{"Name": "group-name", "Values": ["hotaru-*"]}])[
        "SecurityGroups"] == []


def test_a_lost_answer_to_a_launch_makes_one_instance(world):
    world.load("lost_replies:\n  - {action: RunInstances, times: 1}\n").ok()
    world.hotaru("up", "once", "--type", "t3.micro", "--yes", "--no-wait").ok()
    reservations = world.boto().describe_instances()["Reservations"]
    assert sum(len(one["Instances"]) for one in reservations) == 1
    assert "its answer is lost" in world.hotaru("sim", "logs").ok().out
    world.hotaru("down", "once", "--yes").ok()


def test_a_boot_that_is_put_off_comes_when_its_time_has_come(world):
    world.load("boots:\n  - {takes: 1h}\n").ok()
    ec2 = world.boto()
    image = ec2.describe_images(Filters=[{"Name": "name", "Values": ["ubuntu*amd64*"]}])["Images"][0]["ImageId"]
    instance = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    ec2.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1})

    def checks() -> str:
        return ec2.describe_instance_status(InstanceIds=[instance])["InstanceStatuses"][0]["InstanceStatus"]["Status"]

    assert checks() == "initializing"
    world.load("clock: {speed: 36000}\n").ok()  # an hour in a tenth of a second
    until(lambda: checks() == "ok", "its status checks pass")
    ec2.terminate_instances(InstanceIds=[instance])


def test_a_scenario_is_kept_over_a_restart(world):
    world.load("quotas:\n  - {family: standard, vcpus: 0}\n").ok()
    world.hotaru("sim", "stop").ok()
    world.hotaru("sim", "start", "--kind", "null").ok()
    refused = world.hotaru("up", "none", "--type", "t3.micro", "--yes", "--no-wait").failed()
    assert "quota" in refused.err.lower() or "vcpu" in refused.err.lower()
