"""The AWS CLI and boto3 find in the sim what a choice is made of: images, quotas, prices, capacity."""
import json
from datetime import datetime, timezone

from support.refusal import refusal
from support.waiting import until

NOBLE = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
DEEP_LEARNING = "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-24.04/latest/ami-id"


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


def test_a_new_account_asks_for_its_first_gpus(world):
    world.load("account: new\nclock: {speed: 600}\n"
               "quota_requests: [{family: g, market: on-demand, decides: approved, after: 10m}]\n")
    named = ("--service-code", "ec2", "--quota-code", "L-DB2E81BA")
    quota = world.aws("service-quotas", "get-service-quota", *named).ok().json()["Quota"]
    assert (quota["QuotaName"], quota["Value"]) == ("Running On-Demand G and VT instances", 0)
    ec2, quotas = world.boto(), world.boto("service-quotas")
    image = world.boto("ssm").get_parameter(Name=NOBLE)["Parameter"]["Value"]
    launch = {"ImageId": image, "InstanceType": "g4dn.xlarge", "MinCount": 1, "MaxCount": 1}
    assert refusal(ec2.run_instances, **launch) == "VcpuLimitExceeded"
    spot = {"MarketType": "spot"}
    assert refusal(ec2.run_instances, InstanceMarketOptions=spot, **launch) == "MaxSpotInstanceCountExceeded"

    asked = world.aws("service-quotas", "request-service-quota-increase", *named, "--desired-value", "8")
    request = asked.ok().json()["RequestedQuota"]
    assert request["Status"] == "PENDING"
    until(lambda: quotas.get_requested_service_quota_change(RequestId=request["Id"])["RequestedQuota"]["Status"]
          == "APPROVED", "it is approved")
    history = quotas.list_requested_service_quota_change_history(ServiceCode="ec2")["RequestedQuotas"]
    assert [one["Id"] for one in history] == [request["Id"]]
    instance = ec2.run_instances(**launch)["Instances"][0]["InstanceId"]
    ec2.terminate_instances(InstanceIds=[instance])
    assert quotas.get_service_quota(ServiceCode="ec2", QuotaCode="L-DB2E81BA")["Quota"]["Value"] == 8


def test_quotas_are_listed_and_found_by_name(null_sim):
    quotas = null_sim.boto("service-quotas")
    pages = quotas.get_paginator("list_service_quotas").paginate(ServiceCode="ec2", PaginationConfig={"PageSize": 4})
    names = [one["QuotaName"] for page in pages for one in page["Quotas"]]
    assert "All P6 Spot Instance Requests" in names and len(names) == len(set(names))
    defaults = null_sim.aws("service-quotas", "list-aws-default-service-quotas", "--service-code", "ec2").ok().json()
    assert {one["Value"] for one in defaults["Quotas"]} == {0, 5}
    assert refusal(quotas.get_service_quota, ServiceCode="ec2", QuotaCode="L-00000000") == "NoSuchResourceException"


def test_regions_are_enabled_and_disabled_by_scenario(world):
    world.load("regions: {enabled: [af-south-1], disabled: [us-west-1]}\n")
    regions = world.aws("ec2", "describe-regions", "--all-regions", "--filters",
                        "Name=opt-in-status,Values=opted-in,not-opted-in").ok().json()["Regions"]
    status = {one["RegionName"]: one["OptInStatus"] for one in regions}
    assert (status["af-south-1"], status["us-west-1"], status["ap-east-1"]) == ("opted-in", "not-opted-in",
                                                                               "not-opted-in")
    usable = {one["RegionName"] for one in world.boto().describe_regions()["Regions"]}
    assert "af-south-1" in usable and "us-west-1" not in usable
    assert world.boto("ec2", "af-south-1").describe_vpcs()["Vpcs"]
    assert refusal(world.boto("ec2", "us-west-1").describe_vpcs) == "AuthFailure"


def test_spot_prices_have_a_history(null_sim):
    rows = null_sim.aws("ec2", "describe-spot-price-history", "--instance-types", "g5.xlarge", "g4dn.xlarge",
                        "--product-descriptions", "Linux/UNIX", "--max-items", "1500").ok().json()["SpotPriceHistory"]
    assert len(rows) == 1500 and {one["InstanceType"] for one in rows} <= {"g5.xlarge", "g4dn.xlarge"}
    assert all(0 < float(one["SpotPrice"]) < 1.1 for one in rows)
    ec2 = null_sim.boto()
    zones = ec2.describe_instance_type_offerings(
        LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": ["g5.xlarge"]}])
    latest = ec2.describe_spot_price_history(
        InstanceTypes=["g5.xlarge"], StartTime=datetime.now(timezone.utc))["SpotPriceHistory"]
    assert {one["AvailabilityZone"] for one in latest} == {one["Location"] for one in zones["InstanceTypeOfferings"]}
    pages = ec2.get_paginator("describe_spot_price_history").paginate(
        InstanceTypes=["g5.xlarge"], AvailabilityZone=latest[0]["AvailabilityZone"], PaginationConfig={"PageSize": 50})
    times = [one["Timestamp"] for page in pages for one in page["SpotPriceHistory"]]
    assert times == sorted(times, reverse=True) and len(set(times)) == len(times) > 90


def test_placement_scores_follow_capacity(world):
    asked = ("ec2", "get-spot-placement-scores", "--instance-types", "g4dn.xlarge", "g5.xlarge", "g6.xlarge",
             "--target-capacity", "1", "--region-names", "us-east-1", "eu-west-1")
    world.load("capacity: [{region: us-east-1, type: 'g*', market: spot, instances: 0}]\n")
    scores = {one["Region"]: one["Score"] for one in world.aws(*asked).ok().json()["SpotPlacementScores"]}
    assert scores["us-east-1"] == 1 and 1 < scores["eu-west-1"] <= 10
    by_zone = world.aws(*asked, "--single-availability-zone").ok().json()["SpotPlacementScores"]
    assert {one["AvailabilityZoneId"][:4] for one in by_zone} == {"use1", "euw1"}


def test_a_fleet_takes_the_next_offer_where_one_is_refused(world):
    world.load("account: new\ncapacity: [{type: g4dn.xlarge, zone: us-east-1a, instances: 0}]\n"
               "quotas: [{family: g, vcpus: 64}]\n")
    ec2 = world.boto()
    image = world.boto("ssm").get_parameter(Name=NOBLE)["Parameter"]["Value"]
    template = ec2.create_launch_template(LaunchTemplateName="train", LaunchTemplateData={
        "ImageId": image, "MetadataOptions": {"HttpTokens": "required"},
        "NetworkInterfaces": [{"DeviceIndex": 0, "AssociatePublicIpAddress": True}],
        "TagSpecifications": [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": "train"}]}
                              for kind in ("instance", "volume")]})["LaunchTemplate"]
    shown = ec2.describe_launch_template_versions(LaunchTemplateId=template["LaunchTemplateId"], Versions=["$Latest"])
    assert shown["LaunchTemplateVersions"][0]["LaunchTemplateData"]["ImageId"] == image

    configs = json.dumps([{
        "LaunchTemplateSpecification": {"LaunchTemplateName": "train", "Version": "$Latest"},
        "Overrides": [{"InstanceType": "p5.48xlarge", "Priority": 0},
                      {"InstanceType": "g4dn.xlarge", "AvailabilityZone": "us-east-1a", "Priority": 1},
                      {"InstanceType": "g5.xlarge", "AvailabilityZone": "us-east-1a", "Priority": 2}]}])
    made = world.aws("ec2", "create-fleet", "--type", "instant", "--launch-template-configs", configs,
                     "--target-capacity-specification", "TotalTargetCapacity=1,DefaultTargetCapacityType=on-demand",
                     "--on-demand-options", "AllocationStrategy=prioritized").ok().json()
    refused = {(one["LaunchTemplateAndOverrides"]["Overrides"]["InstanceType"], one["ErrorCode"])
               for one in made["Errors"]}
    assert refused == {("p5.48xlarge", "VcpuLimitExceeded"), ("g4dn.xlarge", "InsufficientInstanceCapacity")}
    launched = made["Instances"][0]
    assert (launched["InstanceType"], launched["Lifecycle"]) == ("g5.xlarge", "on-demand")
    ec2.get_waiter("instance_running").wait(InstanceIds=launched["InstanceIds"], WaiterConfig={"Delay": 1})
    instance = ec2.describe_instances(InstanceIds=launched["InstanceIds"])["Reservations"][0]["Instances"][0]
    tags = {one["Key"]: one["Value"] for one in instance["Tags"]}
    assert tags["Name"] == "train" and tags["aws:ec2:fleet-id"] == made["FleetId"]
    assert instance["PublicIpAddress"]

    told = ec2.describe_fleets(FleetIds=[made["FleetId"]])["Fleets"][0]
    assert told["Instances"][0]["InstanceIds"] == launched["InstanceIds"]
    ended = ec2.delete_fleets(FleetIds=[made["FleetId"]], TerminateInstances=True)
    assert ended["SuccessfulFleetDeletions"][0]["FleetId"] == made["FleetId"]
    ec2.get_waiter("instance_terminated").wait(InstanceIds=launched["InstanceIds"], WaiterConfig={"Delay": 1})
    ec2.delete_launch_template(LaunchTemplateName="train")
    assert ec2.describe_launch_templates()["LaunchTemplates"] == []


def test_a_fleet_is_made_once_for_its_token(null_sim):
    ec2 = null_sim.boto("ec2", "eu-west-1")
    image = null_sim.boto("ssm", "eu-west-1").get_parameter(Name=NOBLE)["Parameter"]["Value"]
    template = ec2.create_launch_template(LaunchTemplateName="once", LaunchTemplateData={
        "ImageId": image, "InstanceType": "g4dn.xlarge"})["LaunchTemplate"]["LaunchTemplateId"]
    request = {"Type": "instant", "ClientToken": "token-1", "LaunchTemplateConfigs": [
        {"LaunchTemplateSpecification": {"LaunchTemplateId": template, "Version": "$Latest"}}],
        "TargetCapacitySpecification": {"TotalTargetCapacity": 2, "DefaultTargetCapacityType": "spot"}}
    first, second = ec2.create_fleet(**request), ec2.create_fleet(**request)
    assert first["FleetId"] == second["FleetId"] and first["Instances"] == second["Instances"]
    assert sum(len(one["InstanceIds"]) for one in first["Instances"]) == 2
    request["TargetCapacitySpecification"]["TotalTargetCapacity"] = 3
    assert refusal(ec2.create_fleet, **request) == "IdempotentParameterMismatch"
    ec2.delete_fleets(FleetIds=[first["FleetId"]], TerminateInstances=True)
    ec2.delete_launch_template(LaunchTemplateId=template)


def test_the_price_list_tells_what_an_hour_costs(world):
    world.load("prices: [{type: g5.xlarge, region: eu-west-1, on_demand: 0.75}]\n")
    match = [f"Type=TERM_MATCH,Field={field},Value={value}" for field, value in (
        ("instanceType", "g5.xlarge"), ("operatingSystem", "Linux"), ("tenancy", "Shared"), ("preInstalledSw", "NA"),
        ("capacitystatus", "Used"), ("productFamily", "Compute Instance"))]
    found = world.aws("pricing", "get-products", "--service-code", "AmazonEC2", "--filters", *match).ok().json()
    prices = {}
    for entry in map(json.loads, found["PriceList"]):
        term = next(iter(entry["terms"]["OnDemand"].values()))
        rate = next(iter(term["priceDimensions"].values()))
        prices[entry["product"]["attributes"]["regionCode"]] = float(rate["pricePerUnit"]["USD"])
    assert prices["us-east-1"] == 1.006 and prices["eu-west-1"] == 0.75
    pricing = world.boto("pricing", "eu-central-1")
    pages = pricing.get_paginator("get_products").paginate(ServiceCode="AmazonEC2", Filters=[
        {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "us-east-1"}], PaginationConfig={"PageSize": 100})
    products = [json.loads(one)["product"]["attributes"] for page in pages for one in page["PriceList"]]
    types = [one["instanceType"] for one in products if "instanceType" in one]
    assert [one["usagetype"] for one in products[len(types):]][0] == "EBS:VolumeUsage.gp3"
    assert "g4dn.xlarge" in types and len(types) == len(set(types)) > 100
    values = pricing.get_attribute_values(ServiceCode="AmazonEC2", AttributeName="regionCode")["AttributeValues"]
    assert {"Value": "ap-northeast-1"} in values
    assert pricing.describe_services(ServiceCode="AmazonEC2")["Services"][0]["ServiceCode"] == "AmazonEC2"
    assert refusal(world.boto("pricing", "eu-west-1").get_products, ServiceCode="AmazonEC2") \
        == "UnknownOperationException"


def test_a_deep_learning_image_boots_with_its_own_user(sandbox):
    ec2, ssm = sandbox.boto(), sandbox.boto("ssm")
    name = "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-amazon-linux-2023/latest/ami-id"
    image = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    ec2.import_key_pair(KeyName="deep", PublicKeyMaterial=sandbox.ssh.public_key.encode())
    group = ec2.create_security_group(GroupName="deep", Description="ssh from here")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": f"{sandbox.caller()}/32"}]}])
    instance = ec2.run_instances(ImageId=image, InstanceType="g4dn.xlarge", MinCount=1, MaxCount=1, KeyName="deep",
                                 SecurityGroupIds=[group])["Instances"][0]["InstanceId"]
    ec2.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1})
    made = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    size = until(lambda: sandbox.ssh.run(made["PublicIpAddress"], "df --output=size -BG / | tail -1", "ec2-user").out,
                 "it lets us in")
    assert int(size.strip("G \n")) >= 35
    ec2.terminate_instances(InstanceIds=[instance])
    ec2.get_waiter("instance_terminated").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1})
    ec2.delete_security_group(GroupId=group)
    ec2.delete_key_pair(KeyName="deep")
