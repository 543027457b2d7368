"""The AWS CLI and boto3 find in the sim what a choice is made of: images, quotas, prices, capacity."""
import pytest
from botocore.exceptions import ClientError

NOBLE = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
DEEP_LEARNING = "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-24.04/latest/ami-id"


def refusal(call, **parameters) -> str:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["Error"]["Code"]


@pytest.fixture
def world(own_null_sim):
    """A sim of one's own, and what loads a scenario into it."""

    def load(text: str):
        file = own_null_sim.folder / "scenario.yaml.txt"
        file.write_text(text)
        return own_null_sim.hotaru("sim", "scenario", "load", file).ok()

    own_null_sim.load = load
    return own_null_sim


def test_public_parameters_lead_to_images(null_sim):
    found = null_sim.aws("ssm", "get-parameter", "--name", DEEP_LEARNING).ok().json()["Parameter"]
    assert (found["Type"], found["DataType"]) == ("String", "aws:ec2:image")
    image = null_sim.aws("ec2", "describe-images", "--image-ids", found["Value"]).ok().json()["Images"][0]
    assert image["Name"].startswith("Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04)")
    assert image["ImageOwnerAlias"] == "amazon"
    assert (image["Architecture"], image["VirtualizationType"], image["EnaSupport"]) == ("x86_64", "hvm", True)
    root = image["BlockDeviceMappings"][0]
    assert root["DeviceName"] == image["RootDeviceName"] and root["Ebs"]["VolumeSize"] >= 35
    assert "simulated" in image["Description"]
    assert "ParameterNotFound" in null_sim.aws("ssm", "get-parameter", "--name", "/aws/service/none").failed().err


def test_parameters_in_numbers_and_by_path(null_sim):
    ssm = null_sim.boto("ssm")
    several = ssm.get_parameters(Names=[NOBLE, "/aws/service/none"])
    assert [one["Name"] for one in several["Parameters"]] == [NOBLE]
    assert several["InvalidParameters"] == ["/aws/service/none"]
    pages = ssm.get_paginator("get_parameters_by_path").paginate(
        Path="/aws/service/canonical", Recursive=True, PaginationConfig={"PageSize": 3})
    names = [one["Name"] for page in pages for one in page["Parameters"]]
    assert NOBLE in names and len(names) == len(set(names)) == 8
    assert refusal(ssm.get_parameter, Name="a b") == "ValidationException"
    assert refusal(null_sim.boto("ssm", "af-south-1").get_parameter, Name=NOBLE) == "UnrecognizedClientException"


def test_images_that_cannot_be_launched_say_why(null_sim):
    ec2, ssm = null_sim.boto(), null_sim.boto("ssm")
    windows = ssm.get_parameter(Name="/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base")
    launch = {"InstanceType": "g4dn.xlarge", "MinCount": 1, "MaxCount": 1}
    assert refusal(ec2.run_instances, ImageId=windows["Parameter"]["Value"], **launch) == "UnsupportedOperation"
    sold = ec2.describe_images(Owners=["aws-marketplace"])["Images"][0]
    assert sold["ProductCodes"][0]["ProductCodeType"] == "marketplace"
    assert refusal(ec2.run_instances, ImageId=sold["ImageId"], **launch) == "OptInRequired"
