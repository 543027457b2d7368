"""The AWS CLI and boto3 set alarms in the sim, and the alarms act."""
import botocore.model
import pytest

from support.refusal import refusal
from support.waiting import until

STOP = "arn:aws:automate:us-east-1:ec2:stop"
TERMINATE = "arn:aws:automate:us-east-1:ec2:terminate"


def launch(ec2, **more) -> str:
    image = ec2.describe_images(Filters=[{"Name": "architecture", "Values": ["x86_64"]},
                                         {"Name": "name", "Values": ["ubuntu*"]}])["Images"][0]["ImageId"]
    launched = ec2.run_instances(ImageId=image, InstanceType="g4dn.xlarge", MinCount=1, MaxCount=1, **more)
    return launched["Instances"][0]["InstanceId"]


def state(ec2, instance: str) -> str:
    found = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    return found["State"]["Name"]


def alarm_of(instance: str, **more) -> dict:
    return {"AlarmName": f"checks-{instance}", "Namespace": "AWS/EC2", "MetricName": "StatusCheckFailed_Instance",
            "Dimensions": [{"Name": "InstanceId", "Value": instance}], "Statistic": "Maximum", "Period": 60,
            "EvaluationPeriods": 15, "Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "AlarmActions": [STOP], **more}


@pytest.mark.parametrize("protocol", ["json", "smithy-rpc-v2-cbor"])
def test_alarms_are_put_found_tagged_and_deleted(null_sim, monkeypatch, protocol):
    monkeypatch.setattr(botocore.model, "PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", (protocol,))
    cloudwatch = null_sim.boto("cloudwatch")
    assert cloudwatch.meta.service_model.resolved_protocol == protocol
    cloudwatch.put_metric_alarm(**alarm_of("i-0123456789abcdef0", AlarmName="one", Threshold=0.5,
                                           Tags=[{"Key": "owner", "Value": "ü"}]))
    cloudwatch.put_metric_alarm(**alarm_of("i-0123456789abcdef0", AlarmName="other"))
    found = cloudwatch.describe_alarms(AlarmNamePrefix="on")["MetricAlarms"]
    assert [one["AlarmName"] for one in found] == ["one"]
    assert (found[0]["Threshold"], found[0]["Period"], found[0]["StateValue"]) == (0.5, 60, "INSUFFICIENT_DATA")
    assert found[0]["AlarmConfigurationUpdatedTimestamp"].tzinfo is not None
    pages = cloudwatch.get_paginator("describe_alarms").paginate(PaginationConfig={"PageSize": 1})
    assert [one["AlarmName"] for page in pages for one in page["MetricAlarms"]] == ["one", "other"]
    arn = found[0]["AlarmArn"]
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "owner", "Value": "ü"}]
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["owner"])
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "more", "Value": ""}])
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "more", "Value": ""}]
    assert refusal(cloudwatch.delete_alarms, AlarmNames=["none"]) == "ResourceNotFound"
    cloudwatch.delete_alarms(AlarmNames=["one", "other"])
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_what_is_wrong_is_refused_in_cloudwatchs_words(null_sim):
    cloudwatch = null_sim.boto("cloudwatch")
    wrong = alarm_of("i-0123456789abcdef0", Period=3600, EvaluationPeriods=169)
    assert refusal(cloudwatch.put_metric_alarm, **wrong) == "ValidationError"
    assert refusal(cloudwatch.put_metric_alarm, **alarm_of("i-0", Period=45)) == "ValidationError"
    assert refusal(cloudwatch.delete_alarms, AlarmNames=["none"]) == "ResourceNotFound"
    assert refusal(cloudwatch.describe_alarms, NextToken="!") == "InvalidNextToken"
    with pytest.raises(cloudwatch.exceptions.ResourceNotFound):
        cloudwatch.set_alarm_state(AlarmName="none", StateValue="OK", StateReason="")
    assert "ResourceNotFound" in null_sim.aws("cloudwatch", "delete-alarms", "--alarm-names", "none").failed().err
    assert refusal(null_sim.boto("cloudwatch", "af-south-1").describe_alarms) == "InvalidClientTokenId"


def test_the_cli_sets_an_alarm_that_acts_at_once(null_sim):
    ec2 = null_sim.boto()
    instance = launch(ec2)
    null_sim.aws("cloudwatch", "put-metric-alarm", "--alarm-name", "cli", "--namespace", "AWS/EC2",
                 "--metric-name", "CPUUtilization", "--dimensions", f"Name=InstanceId,Value={instance}",
                 "--statistic", "SampleCount", "--period", "3600", "--evaluation-periods", "12", "--threshold", "1",
                 "--comparison-operator", "GreaterThanOrEqualToThreshold", "--alarm-actions", TERMINATE).ok()
    null_sim.aws("cloudwatch", "set-alarm-state", "--alarm-name", "cli", "--state-value", "ALARM", "--state-reason",
                 "now").ok()
    assert state(ec2, instance) == "terminated"
    history = null_sim.aws("cloudwatch", "describe-alarm-history", "--alarm-name", "cli", "--history-item-type",
                           "Action").ok().json()["AlarmHistoryItems"]
    assert history[0]["HistorySummary"] == f"Successfully executed action {TERMINATE}"
    null_sim.aws("cloudwatch", "delete-alarms", "--alarm-names", "cli").ok()


def test_an_instance_that_never_boots_is_stopped_with_nobody_asking(world):
    world.load("clock: {speed: 1200}\nboots: [{type: g4dn.xlarge, never: true}]\n")
    ec2, cloudwatch = world.boto(), world.boto("cloudwatch")
    instance = launch(ec2)
    cloudwatch.put_metric_alarm(**alarm_of(instance))
    until(lambda: "running" not in world.status()["instances"], "the alarm to end the instance")
    assert state(ec2, instance) == "stopped"
    seen = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    assert seen["StateReason"]["Code"] == "Client.UserInitiatedShutdown"


def test_alarms_survive_the_death_of_the_sim(world):
    ec2, cloudwatch = world.boto(), world.boto("cloudwatch")
    instance = launch(ec2)
    cloudwatch.put_metric_alarm(**alarm_of(instance))
    world.hotaru("sim", "stop").ok()
    world.start()
    found = world.boto("cloudwatch").describe_alarms()["MetricAlarms"]
    assert [one["AlarmName"] for one in found] == [f"checks-{instance}"]
