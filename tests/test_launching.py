"""What launchers ask beside launching: keys, templates, attributes, parameters, and keys that are sent for a minute."""
import subprocess

import pytest

from support.programs import run
from support.refusal import refusal
from support.waiting import until

NOBLE = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"


def image(sim) -> str:
    return sim.boto("ssm").get_parameter(Name=NOBLE)["Parameter"]["Value"]


def launch(sim, **more) -> dict:
    words = {"ImageId": image(sim), "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1, **more}
    return sim.boto().run_instances(**words)["Instances"][0]


@pytest.fixture
def instance(null_sim):
    made = launch(null_sim)["InstanceId"]
    null_sim.boto().get_waiter("instance_running").wait(InstanceIds=[made])
    yield made
    null_sim.boto().terminate_instances(InstanceIds=[made])


@pytest.mark.parametrize("kind, begins", [("rsa", "-----BEGIN RSA PRIVATE KEY-----"),
                                          ("ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----")])
def test_a_key_pair_is_made_and_its_private_half_fits(null_sim, own_folder, kind, begins):
    ec2 = null_sim.boto()
    made = ec2.create_key_pair(KeyName=f"made-{kind}", KeyType=kind,
                               TagSpecifications=[{"ResourceType": "key-pair", "Tags": [{"Key": "a", "Value": "b"}]}])
    assert made["KeyMaterial"].startswith(begins) and made["Tags"] == [{"Key": "a", "Value": "b"}]
    file = own_folder / "key"
    file.write_text(made["KeyMaterial"])
    file.chmod(0o600)
    public = run(["ssh-keygen", "-y", "-f", str(file)], null_sim.env).ok().out.split()
    told = ec2.describe_key_pairs(KeyNames=[f"made-{kind}"], IncludePublicKey=True)["KeyPairs"][0]
    assert told["PublicKey"].split()[:2] == public[:2] and told["KeyType"] == kind
    assert told["KeyFingerprint"] == made["KeyFingerprint"]
    if kind == "rsa":
        der = subprocess.run(["openssl", "pkcs8", "-in", str(file), "-topk8", "-nocrypt", "-outform", "DER"],
                             capture_output=True, check=True).stdout
        import hashlib
        digest = hashlib.sha1(der).hexdigest()
        assert made["KeyFingerprint"] == ":".join(digest[i:i + 2] for i in range(0, 40, 2))
    assert refusal(ec2.create_key_pair, KeyName=f"made-{kind}") == "InvalidKeyPair.Duplicate"
    assert refusal(ec2.create_key_pair, KeyName="putty", KeyFormat="ppk") == "UnsupportedOperation"
    ec2.delete_key_pair(KeyName=f"made-{kind}")


def test_a_launch_templates_default_version_changes_and_versions_go(null_sim):
    ec2 = null_sim.boto()
    ec2.create_launch_template(LaunchTemplateName="turns", LaunchTemplateData={"InstanceType": "t3.micro"})
    ec2.create_launch_template_version(LaunchTemplateName="turns", SourceVersion="1",
                                       LaunchTemplateData={"InstanceType": "t3.small"})
    changed = ec2.modify_launch_template(LaunchTemplateName="turns", DefaultVersion="2")["LaunchTemplate"]
    assert (changed["DefaultVersionNumber"], changed["LatestVersionNumber"]) == (2, 2)
    assert refusal(ec2.modify_launch_template, LaunchTemplateName="turns",
                   DefaultVersion="9") == "InvalidLaunchTemplateId.VersionNotFound"
    done = ec2.delete_launch_template_versions(LaunchTemplateName="turns", Versions=["1", "2", "9"])
    assert [one["VersionNumber"] for one in done["SuccessfullyDeletedLaunchTemplateVersions"]] == [1]
    codes = [one["ResponseError"]["Code"] for one in done["UnsuccessfullyDeletedLaunchTemplateVersions"]]
    assert codes[1] == "launchTemplateVersionDoesNotExist"
    ec2.delete_launch_template(LaunchTemplateName="turns")


def test_images_by_parameter(null_sim):
    ssm, ec2 = null_sim.boto("ssm"), null_sim.boto()
    direct = launch(null_sim, ImageId=f"resolve:ssm:{NOBLE}")
    assert direct["ImageId"] == image(null_sim)
    ssm.put_parameter(Name="/mine/image", Value=image(null_sim), Type="String")
    ec2.create_launch_template(LaunchTemplateName="by-name",
                               LaunchTemplateData={"ImageId": "resolve:ssm:/mine/image", "InstanceType": "t3.micro"})
    made = ec2.run_instances(LaunchTemplate={"LaunchTemplateName": "by-name"}, MinCount=1, MaxCount=1)["Instances"][0]
    assert made["ImageId"] == image(null_sim)
    assert refusal(launch, sim=null_sim, ImageId="resolve:ssm:/mine/none") == "InvalidParameterValue"
    assert refusal(ec2.describe_images, ImageIds=["resolve:ssm:/mine/image"]) == "InvalidAMIID.Malformed"
    ec2.terminate_instances(InstanceIds=[made["InstanceId"], direct["InstanceId"]])
    ec2.delete_launch_template(LaunchTemplateName="by-name")
    ssm.delete_parameter(Name="/mine/image")


def test_parameters_of_ones_own(null_sim):
    ssm = null_sim.boto("ssm")
    assert ssm.put_parameter(Name="/app/a", Value="1", Type="String", Tags=[{"Key": "k", "Value": "v"}])["Version"] == 1
    assert refusal(ssm.put_parameter, Name="/app/a", Value="2", Type="String") == "ParameterAlreadyExists"
    assert ssm.put_parameter(Name="/app/a", Value="2", Overwrite=True)["Version"] == 2
    ssm.put_parameter(Name="/app/deep/b", Value="hush", Type="SecureString")
    assert ssm.get_parameter(Name="/app/a")["Parameter"]["Value"] == "2"
    assert ssm.get_parameter(Name="/app/a:1")["Parameter"]["Value"] == "1"
    assert refusal(ssm.get_parameter, Name="/app/a:7") == "ParameterVersionNotFound"
    assert ssm.get_parameter(Name="/app/deep/b")["Parameter"]["Value"] != "hush"
    assert ssm.get_parameter(Name="/app/deep/b", WithDecryption=True)["Parameter"]["Value"] == "hush"
    assert [one["Name"] for one in ssm.get_parameters_by_path(Path="/app")["Parameters"]] == ["/app/a"]
    assert len(ssm.get_parameters_by_path(Path="/app", Recursive=True)["Parameters"]) == 2
    found = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Option": "BeginsWith", "Values": ["/app/d"]}])
    assert [one["Name"] for one in found["Parameters"]] == ["/app/deep/b"]
    assert [one["Value"] for one in ssm.get_parameter_history(Name="/app/a")["Parameters"]] == ["1", "2"]
    ssm.label_parameter_version(Name="/app/a", ParameterVersion=1, Labels=["old"])
    assert ssm.get_parameter(Name="/app/a:old")["Parameter"]["Value"] == "1"
    assert ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/app/a")["TagList"] == [{"Key": "k", "Value": "v"}]
    assert ssm.get_parameters(Names=["/app/a", "/app/x"])["InvalidParameters"] == ["/app/x"]
    deleted = ssm.delete_parameters(Names=["/app/a", "/app/deep/b", "/app/x"])
    assert (len(deleted["DeletedParameters"]), deleted["InvalidParameters"]) == (2, ["/app/x"])
    assert refusal(ssm.delete_parameter, Name="/app/a") == "ParameterNotFound"


def test_parameters_are_found_by_path_tag_label_and_with_or_without_a_slash(null_sim):
    ssm = null_sim.boto("ssm")
    for name, tags in {"flat": [], "/tree/leaf": [{"Key": "of", "Value": "tree"}], "/tree/branch/leaf": []}.items():
        ssm.put_parameter(Name=name, Value=name, Type="String", Description="first", Tags=tags)

    def found(**one):
        return [each["Name"] for each in ssm.describe_parameters(ParameterFilters=[one])["Parameters"]]
    assert found(Key="Path", Option="Recursive", Values=["/tree"]) == ["/tree/branch/leaf", "/tree/leaf"]
    assert found(Key="Path", Values=["/"]) == ["flat"]
    assert found(Key="tag:of", Values=["tree"]) == found(Key="tag:of", Option="BeginsWith", Values=["t"]) == ["/tree/leaf"]
    assert refusal(found, Key="Label", Values=["x"]) == "InvalidFilterKey"
    assert refusal(found, Key="Path", Option="Equals", Values=["/tree"]) == "InvalidFilterOption"
    assert refusal(found, Key="Type", Values=["Number"]) == "InvalidFilterValue"
    ssm.label_parameter_version(Name="/tree/leaf", Labels=["prod"])
    by_label = ssm.get_parameters_by_path(
        Path="/tree", ParameterFilters=[{"Key": "Label", "Values": ["prod"]}])["Parameters"]
    assert [one["Name"] for one in by_label] == ["/tree/leaf"]
    assert ssm.unlabel_parameter_version(
        Name="/tree/leaf", ParameterVersion=1, Labels=["prod", "other"])["InvalidLabels"] == ["other"]
    assert ssm.label_parameter_version(Name="flat", Labels=["1st"])["InvalidLabels"] == ["1st"]
    assert ssm.get_parameter(Name="/flat")["Parameter"]["Value"] == "flat"
    ssm.put_parameter(Name="flat", Value="second", Overwrite=True)
    assert found(Key="Name", Values=["/flat"]) == ["flat"]
    assert ssm.describe_parameters(Filters=[{"Key": "Name", "Values": ["fl"]}])["Parameters"][0]["Description"] == "first"
    assert refusal(ssm.put_parameter, Name="aws-mine", Value="x", Type="String") == "ValidationException"
    assert refusal(ssm.put_parameter, Name="/aws/mine", Value="x", Type="String") == "AccessDeniedException"
    assert refusal(ssm.put_parameter, Name="x", Value="x", Type="String", DataType="aws:ec2") == "ValidationException"
    ssm.delete_parameters(Names=["/flat", "/tree/leaf", "/tree/branch/leaf"])
    assert found(Key="Path", Option="Recursive", Values=["/"]) == []


def test_what_a_launch_asks_for_is_told_or_refused(null_sim):
    ec2 = null_sim.boto()
    made = launch(null_sim, InstanceType="m5.xlarge", CpuOptions={"CoreCount": 1, "ThreadsPerCore": 1},
                  MaintenanceOptions={"AutoRecovery": "disabled"}, Placement={"Tenancy": "dedicated"})
    assert (made["CpuOptions"]["CoreCount"], made["CpuOptions"]["ThreadsPerCore"]) == (1, 1)
    assert made["MaintenanceOptions"]["AutoRecovery"] == "disabled" and made["Placement"]["Tenancy"] == "dedicated"
    ec2.terminate_instances(InstanceIds=[made["InstanceId"]])
    for code, bad in {
        "InvalidParameterValue": {"CpuOptions": {"CoreCount": 3, "ThreadsPerCore": 2}},
        "MissingParameter": {"CpuOptions": {"CoreCount": 1}},
        "UnsupportedOperation": {"EnclaveOptions": {"Enabled": True}},
        "InvalidCapacityReservationId.NotFound": {"CapacityReservationSpecification": {
            "CapacityReservationTarget": {"CapacityReservationId": "cr-0123456789abcdef0"}}},
    }.items():
        assert refusal(launch, sim=null_sim, InstanceType="m5.xlarge", **bad) == code


def test_what_may_be_changed_of_an_instance(null_sim, instance):
    ec2 = null_sim.boto()
    assert ec2.monitor_instances(InstanceIds=[instance])["InstanceMonitorings"][0]["Monitoring"]["State"] == "pending"
    told = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    assert told["Monitoring"]["State"] == "enabled"
    ec2.unmonitor_instances(InstanceIds=[instance])
    ec2.modify_instance_maintenance_options(InstanceId=instance, AutoRecovery="disabled")
    told = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    assert told["MaintenanceOptions"]["AutoRecovery"] == "disabled"
    done = ec2.modify_instance_credit_specification(
        InstanceCreditSpecifications=[{"InstanceId": instance, "CpuCredits": "standard"},
                                      {"InstanceId": "i-00000000000000001", "CpuCredits": "standard"}])
    assert [one["InstanceId"] for one in done["SuccessfulInstanceCreditSpecifications"]] == [instance]
    assert done["UnsuccessfulInstanceCreditSpecifications"][0]["Error"]["Code"] == "InvalidInstanceID.NotFound"
    ec2.modify_instance_attribute(InstanceId=instance, SourceDestCheck={"Value": False})
    ec2.reset_instance_attribute(InstanceId=instance, Attribute="sourceDestCheck")
    assert ec2.describe_instance_attribute(InstanceId=instance, Attribute="sourceDestCheck")["SourceDestCheck"]["Value"]
    assert refusal(ec2.modify_instance_placement, InstanceId=instance, Tenancy="dedicated") == "IncorrectInstanceState"
    assert ec2.get_password_data(InstanceId=instance)["PasswordData"] == ""
    data = ec2.get_launch_template_data(InstanceId=instance)["LaunchTemplateData"]
    assert data["InstanceType"] == "t3.micro" and data["ImageId"] == image(null_sim)


def test_what_the_account_has_none_of_is_an_empty_list(null_sim):
    ec2 = null_sim.boto()
    assert ec2.describe_reserved_instances()["ReservedInstances"] == []
    assert ec2.describe_reserved_instances_offerings()["ReservedInstancesOfferings"] == []
    assert ec2.describe_capacity_reservations()["CapacityReservations"] == []
    assert ec2.describe_hosts()["Hosts"] == []
    assert ec2.describe_spot_fleet_requests()["SpotFleetRequestConfigs"] == []
    assert refusal(ec2.describe_hosts, HostIds=["h-00000000000000001"]) == "InvalidHostID.NotFound"


def test_spot_requests_are_told_and_cancelled(null_sim):
    ec2 = null_sim.boto()
    made = launch(null_sim, InstanceMarketOptions={"MarketType": "spot"})
    request = made["SpotInstanceRequestId"]
    ec2.get_waiter("spot_instance_request_fulfilled").wait(SpotInstanceRequestIds=[request])
    told = ec2.describe_spot_instance_requests(SpotInstanceRequestIds=[request])["SpotInstanceRequests"][0]
    assert (told["State"], told["Type"], told["InstanceId"]) == ("active", "one-time", made["InstanceId"])
    assert ec2.cancel_spot_instance_requests(SpotInstanceRequestIds=[request])["CancelledSpotInstanceRequests"] == [
        {"SpotInstanceRequestId": request, "State": "cancelled"}]
    told = ec2.describe_spot_instance_requests(Filters=[{"Name": "state", "Values": ["cancelled"]}])["SpotInstanceRequests"]
    assert [one["SpotInstanceRequestId"] for one in told] == [request]
    assert refusal(ec2.describe_spot_instance_requests,
                   SpotInstanceRequestIds=["sir-00000001"]) == "InvalidSpotInstanceRequestID.NotFound"
    ec2.terminate_instances(InstanceIds=[made["InstanceId"]])


def test_a_key_that_is_sent_lets_in_for_a_minute(sandbox, own_folder):
    ec2 = sandbox.boto()
    sandbox.hotaru("up", "pushed", "--type", "t3.micro", "--yes").ok()
    made = ec2.describe_instances(Filters=[{"Name": "tag:hotaru:name", "Values": ["pushed"]}])["Reservations"][0]["Instances"][0]
    key = own_folder / "pushed"
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], sandbox.env).ok()
    words = ["ssh", "-F", "/dev/null", "-i", str(key), "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes",
             "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", f"ubuntu@{made['PublicIpAddress']}", "true"]
    assert run(words, sandbox.env).code != 0, "nobody knows this key yet"
    connect = sandbox.boto("ec2-instance-connect")
    assert connect.send_ssh_public_key(InstanceId=made["InstanceId"], InstanceOSUser="ubuntu",
                                       SSHPublicKey=key.with_suffix(".pub").read_text())["Success"]
    until(lambda: run(words, sandbox.env).code == 0, "the key that was sent lets in", patience=30)
    assert refusal(connect.send_ssh_public_key, InstanceId="i-00000000000000001", InstanceOSUser="ubuntu",
                   SSHPublicKey=key.with_suffix(".pub").read_text()) == "EC2InstanceNotFoundException"
    sandbox.hotaru("down", "pushed", "--yes").ok()


def test_spot_instances_are_requested_the_old_way(null_sim):
    ec2 = null_sim.boto()
    words = {"ImageId": image(null_sim), "InstanceType": "t3.micro"}
    made = ec2.request_spot_instances(InstanceCount=2, LaunchSpecification=words)["SpotInstanceRequests"]
    assert [one["State"] for one in made] == ["active", "active"]
    ids = [one["InstanceId"] for one in made]
    assert ec2.describe_instances(InstanceIds=ids)["Reservations"][0]["Instances"][0]["InstanceLifecycle"] == "spot"
    assert refusal(ec2.request_spot_instances, SpotPrice="0.0001", LaunchSpecification=words) == "SpotMaxPriceTooLow"
    ec2.terminate_instances(InstanceIds=ids)


def test_an_account_tells_its_attributes(null_sim):
    ec2 = null_sim.boto()
    told = {one["AttributeName"]: one["AttributeValues"][0]["AttributeValue"]
            for one in ec2.describe_account_attributes()["AccountAttributes"]}
    assert told["supported-platforms"] == "VPC" and told["default-vpc"].startswith("vpc-")
    assert ec2.get_serial_console_access_status()["SerialConsoleAccessEnabled"] is False
