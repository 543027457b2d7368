"""How instances with a real system inside begin and end, by boto3: user data at every boot, stops that hang, alarms."""
import pytest
from botocore.exceptions import ClientError

from support.waiting import until


def launch(ec2, user_data: str) -> str:
    image = ec2.describe_images(Filters=[{"Name": "name", "Values": ["*ubuntu*"]},
                                         {"Name": "architecture", "Values": ["x86_64"]}])["Images"][0]["ImageId"]
    return ec2.run_instances(ImageId=image, InstanceType="g4dn.xlarge", MinCount=1, MaxCount=1,
                             UserData=user_data)["Instances"][0]["InstanceId"]


def says(word: str) -> str:
    """User data that writes to the console before anything else of cloud-init's."""
    return f"#cloud-config\nbootcmd:\n  - [sh, -c, 'echo {word} > /dev/console']\n"


def state(ec2, instance: str) -> str:
    found = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    return found["State"]["Name"]


def await_console(ec2, instance: str, word: str) -> None:
    until(lambda: word in ec2.get_console_output(InstanceId=instance, Latest=True).get("Output", ""),
          f"'{word}' on the console")


def await_state(ec2, instance: str, wanted: str) -> None:
    until(lambda: state(ec2, instance) == wanted, f"{instance} {wanted}")


def test_changed_user_data_is_read_at_the_next_boot(sandbox):
    ec2 = sandbox.boto()
    instance = launch(ec2, says("first-boot-was-here"))
    await_console(ec2, instance, "first-boot-was-here")
    changed = {"InstanceId": instance, "UserData": {"Value": says("second-boot-was-here").encode()}}
    with pytest.raises(ClientError) as refused:
        ec2.modify_instance_attribute(**changed)
    assert refused.value.response["Error"]["Code"] == "IncorrectInstanceState"
    ec2.stop_instances(InstanceIds=[instance])
    await_state(ec2, instance, "stopped")
    ec2.modify_instance_attribute(**changed)
    ec2.start_instances(InstanceIds=[instance])
    await_console(ec2, instance, "second-boot-was-here")
    ec2.terminate_instances(InstanceIds=[instance])
    await_state(ec2, instance, "terminated")


def test_a_stop_that_hangs_is_forced_and_an_alarm_stops_for_real(own_sandbox):
    file = own_sandbox.folder / "scenario.txt"
    file.write_text("stops: [{hangs: true, times: 1}]\n")
    own_sandbox.hotaru("sim", "scenario", "load", file).ok()
    ec2 = own_sandbox.boto()
    instance = launch(ec2, says("up-and-running"))
    await_console(ec2, instance, "up-and-running")
    ec2.stop_instances(InstanceIds=[instance])
    assert state(ec2, instance) == "stopping"
    ec2.stop_instances(InstanceIds=[instance], SkipOsShutdown=True)
    await_state(ec2, instance, "stopped")
    ec2.start_instances(InstanceIds=[instance])
    await_state(ec2, instance, "running")
    cloudwatch = own_sandbox.boto("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="hours", Namespace="AWS/EC2", MetricName="CPUUtilization", Statistic="SampleCount", Period=3600,
        EvaluationPeriods=12, Threshold=12, ComparisonOperator="GreaterThanOrEqualToThreshold",
        Dimensions=[{"Name": "InstanceId", "Value": instance}], AlarmActions=["arn:aws:automate:us-east-1:ec2:stop"])
    cloudwatch.set_alarm_state(AlarmName="hours", StateValue="ALARM", StateReason="now")
    await_state(ec2, instance, "stopped")
    bill = own_sandbox.hotaru("sim", "bill", "-o", "json").ok().json()["bill"]
    runs = [line for line in bill["lines"] if line["kind"] == "compute"]
    assert len(runs) == 2 and not any(line["open"] for line in runs)
    assert {line["kind"] for line in bill["lines"]} == {"compute", "disk", "address", "alarm"}
    assert bill["total_usd"] == pytest.approx(sum(line["usd"] for line in bill["lines"]), abs=1e-9)
