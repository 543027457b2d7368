"""boto3's resources, waiters and paginators, which are not ours, over what the sim has: the null kind, the API alone."""
import pytest
from botocore.exceptions import ClientError, ParamValidationError, WaiterError

QUICKLY = {"Delay": 1, "MaxAttempts": 60}


@pytest.fixture(scope="module")
def ec2(null_sim):
    return null_sim.boto()


@pytest.fixture(scope="module")
def resource(null_sim, ec2):
    import boto3
    env = null_sim.aws_env
    return boto3.resource("ec2", region_name=ec2.meta.region_name, endpoint_url=env["AWS_ENDPOINT_URL"],
                          aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
                          aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"])


@pytest.fixture(scope="module")
def image(ec2) -> str:
    found = ec2.describe_images(Filters=[{"Name": "name", "Values": ["ubuntu*24.04*"]},
                                         {"Name": "architecture", "Values": ["x86_64"]}])
    return found["Images"][0]["ImageId"]


@pytest.fixture
def instance(resource, image):
    (one,) = resource.create_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1)
    yield one
    one.modify_attribute(DisableApiTermination={"Value": False})
    one.terminate()
    one.wait_until_terminated()


def test_an_instance_as_a_resource(resource, instance):
    instance.wait_until_exists()
    instance.wait_until_running()
    instance.reload()
    assert instance.state["Name"] == "running" and instance.vpc_id and instance.subnet_id
    assert [one.id for one in instance.volumes.all()] == [instance.block_device_mappings[0]["Ebs"]["VolumeId"]]
    assert instance.vpc.id == instance.subnet.vpc_id and instance.image.id == instance.image_id
    assert [one["Monitoring"]["State"] for one in instance.monitor()["InstanceMonitorings"]] == ["pending"]
    assert instance.unmonitor()["InstanceMonitorings"][0]["Monitoring"]["State"] == "disabling"
    assert instance.console_output()["InstanceId"] == instance.id
    assert instance.password_data()["PasswordData"] == ""
    instance.create_tags(Tags=[{"Key": "a", "Value": "b"}])
    instance.reload()
    assert instance.tags == [{"Key": "a", "Value": "b"}]
    instance.delete_tags(Tags=[{"Key": "a"}])
    instance.reload()
    assert instance.tags is None  # as EC2 tells it where there are none
    instance.reboot()
    instance.stop()
    instance.wait_until_stopped()
    instance.modify_attribute(InstanceType={"Value": "t3.small"})
    assert instance.describe_attribute(Attribute="instanceType")["InstanceType"] == {"Value": "t3.small"}
    instance.reset_attribute(Attribute="sourceDestCheck")
    instance.start()
    instance.wait_until_running()
    assert instance.id in [one.id for one in resource.instances.filter(
        Filters=[{"Name": "instance-type", "Values": ["t3.small"]}])]


def test_volumes_and_snapshots_as_resources(ec2, resource, instance):
    instance.wait_until_running()
    volume = resource.create_volume(AvailabilityZone=instance.placement["AvailabilityZone"], Size=8, VolumeType="gp3")
    ec2.get_waiter("volume_available").wait(VolumeIds=[volume.id], WaiterConfig=QUICKLY)
    volume.attach_to_instance(InstanceId=instance.id, Device="/dev/sdf")
    ec2.get_waiter("volume_in_use").wait(VolumeIds=[volume.id], WaiterConfig=QUICKLY)
    volume.reload()
    assert volume.attachments[0]["InstanceId"] == instance.id
    assert volume.describe_status()["VolumeStatuses"][0]["VolumeStatus"]["Status"] == "ok"
    assert volume.describe_attribute(Attribute="autoEnableIO")["AutoEnableIO"] == {"Value": False}
    volume.modify_attribute(AutoEnableIO={"Value": True})
    volume.enable_io()
    snapshot = volume.create_snapshot(Description="of a test")
    snapshot.wait_until_completed()
    assert snapshot.volume.id == volume.id and [one.id for one in volume.snapshots.all()] == [snapshot.id]
    copied = resource.Snapshot(snapshot.copy(SourceRegion=ec2.meta.region_name)["SnapshotId"])
    copied.wait_until_completed()
    snapshot.modify_attribute(Attribute="createVolumePermission", OperationType="add", UserIds=["123456789012"])
    told = snapshot.describe_attribute(Attribute="createVolumePermission")["CreateVolumePermissions"]
    assert told == [{"UserId": "123456789012"}]
    snapshot.reset_attribute(Attribute="createVolumePermission")
    for one in (copied, snapshot):
        one.delete()
    volume.detach_from_instance(InstanceId=instance.id)
    ec2.get_waiter("volume_available").wait(VolumeIds=[volume.id], WaiterConfig=QUICKLY)
    volume.delete()
    ec2.get_waiter("volume_deleted").wait(VolumeIds=[volume.id], WaiterConfig=QUICKLY)


def test_images_as_resources(ec2, resource, instance):
    instance.wait_until_running()
    image = instance.create_image(Name="of a test", NoReboot=True)
    image.wait_until_exists()
    ec2.get_waiter("image_available").wait(ImageIds=[image.id], WaiterConfig=QUICKLY)
    image.modify_attribute(LaunchPermission={"Add": [{"UserId": "123456789012"}]})
    assert image.describe_attribute(Attribute="launchPermission")["LaunchPermissions"] == [{"UserId": "123456789012"}]
    image.reset_attribute(Attribute="launchPermission")
    image.create_tags(Tags=[{"Key": "a", "Value": "b"}])
    image.reload()
    assert image.tags == [{"Key": "a", "Value": "b"}] and not image.public
    snapshots = [one["Ebs"]["SnapshotId"] for one in image.block_device_mappings]
    image.deregister()
    for one in snapshots:
        resource.Snapshot(one).delete()


def test_networks_as_resources(ec2, resource):
    vpc = resource.create_vpc(CidrBlock="10.7.0.0/16")
    vpc.wait_until_exists()
    vpc.wait_until_available()
    vpc.modify_attribute(EnableDnsHostnames={"Value": True})
    assert vpc.describe_attribute(Attribute="enableDnsHostnames")["EnableDnsHostnames"] == {"Value": True}
    subnet = vpc.create_subnet(CidrBlock="10.7.1.0/24")
    ec2.get_waiter("subnet_available").wait(SubnetIds=[subnet.id], WaiterConfig=QUICKLY)
    gateway = resource.create_internet_gateway()
    vpc.attach_internet_gateway(InternetGatewayId=gateway.id)
    ec2.get_waiter("internet_gateway_exists").wait(InternetGatewayIds=[gateway.id], WaiterConfig=QUICKLY)
    assert [one.id for one in vpc.internet_gateways.all()] == [gateway.id]
    table = vpc.create_route_table()
    route = table.create_route(DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway.id)
    link = table.associate_with_subnet(SubnetId=subnet.id)
    link = link.replace_subnet(RouteTableId=table.id)
    assert len(list(vpc.route_tables.all())) == 2
    acl = vpc.create_network_acl()
    acl.create_entry(RuleNumber=10, Protocol="6", RuleAction="allow", Egress=False, CidrBlock="0.0.0.0/0",
                     PortRange={"From": 22, "To": 22})
    acl.replace_entry(RuleNumber=10, Protocol="-1", RuleAction="deny", Egress=False, CidrBlock="0.0.0.0/0")
    usual = next(one for one in vpc.network_acls.all() if one.is_default)
    acl.replace_association(AssociationId=usual.associations[0]["NetworkAclAssociationId"])
    acl.reload()
    assert [one["SubnetId"] for one in acl.associations] == [subnet.id]
    usual.replace_association(AssociationId=acl.associations[0]["NetworkAclAssociationId"])
    acl.delete_entry(RuleNumber=10, Egress=False)
    acl.delete()
    interface = subnet.create_network_interface(Description="of a test")
    ec2.get_waiter("network_interface_available").wait(NetworkInterfaceIds=[interface.id], WaiterConfig=QUICKLY)
    interface.assign_private_ip_addresses(SecondaryPrivateIpAddressCount=1)
    interface.reload()
    assert len(interface.private_ip_addresses) == 2
    interface.unassign_private_ip_addresses(PrivateIpAddresses=[interface.private_ip_addresses[1]["PrivateIpAddress"]])
    interface.modify_attribute(Description={"Value": "changed"})
    assert interface.describe_attribute(Attribute="description")["Description"] == {"Value": "changed"}
    address = resource.VpcAddress(ec2.allocate_address(Domain="vpc")["AllocationId"])
    address.associate(NetworkInterfaceId=interface.id)
    address.reload()
    assert address.network_interface_id == interface.id
    address.association.delete()
    address.release()
    interface.delete()
    options = resource.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name", "Values": ["example.com"]}])
    options.associate_with_vpc(VpcId=vpc.id)
    vpc.associate_dhcp_options(DhcpOptionsId="default")
    options.delete()
    link.delete()
    route.delete()
    table.delete()
    gateway.detach_from_vpc(VpcId=vpc.id)
    gateway.delete()
    subnet.delete()
    vpc.delete()
    with pytest.raises(ClientError, match="InvalidVpcID.NotFound"):
        vpc.reload()


def test_groups_keys_and_placement_as_resources(ec2, resource):
    group = resource.create_security_group(GroupName="of-a-test", Description="of a test")
    ec2.get_waiter("security_group_exists").wait(GroupIds=[group.id], WaiterConfig=QUICKLY)
    rule = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "192.0.2.0/24"}]}]
    group.authorize_ingress(IpPermissions=rule)
    group.authorize_egress(IpPermissions=rule)
    group.reload()
    assert group.ip_permissions[0]["IpRanges"] == [{"CidrIp": "192.0.2.0/24"}] and len(group.ip_permissions_egress) == 2
    group.revoke_ingress(IpPermissions=rule)
    group.revoke_egress(IpPermissions=rule)
    group.delete()
    pair = resource.create_key_pair(KeyName="of-a-test")
    ec2.get_waiter("key_pair_exists").wait(KeyNames=["of-a-test"], WaiterConfig=QUICKLY)
    assert "PRIVATE KEY" in pair.key_material and resource.KeyPair("of-a-test").key_fingerprint == pair.key_fingerprint
    pair.delete()
    placement = resource.create_placement_group(GroupName="of-a-test", Strategy="cluster")
    assert list(placement.instances.all()) == [] and placement.state == "available"
    placement.delete()


def test_every_collection_of_the_service_can_be_walked(resource):
    for name in ("classic_addresses", "dhcp_options_sets", "images", "instances", "internet_gateways", "key_pairs",
                 "network_acls", "network_interfaces", "placement_groups", "route_tables", "security_groups",
                 "snapshots", "subnets", "volumes", "vpc_addresses", "vpc_peering_connections", "vpcs"):
        list(getattr(resource, name).all())


def test_waiters_for_what_does_not_come_give_up(ec2):
    for waiter, wanted in (("instance_running", {"InstanceIds": ["i-0123456789abcdef0"]}),
                           ("volume_available", {"VolumeIds": ["vol-0123456789abcdef0"]}),
                           ("key_pair_exists", {"KeyNames": ["nobody-made-this"]}),
                           ("security_group_exists", {"GroupIds": ["sg-0123456789abcdef0"]})):
        with pytest.raises(WaiterError):
            ec2.get_waiter(waiter).wait(**wanted, WaiterConfig={"Delay": 0, "MaxAttempts": 1})


# Those that cannot be asked for nothing in particular.
ASKED = {"describe_launch_template_versions": {"Versions": ["$Latest"]},
         "describe_stale_security_groups": None,
         "describe_spot_price_history": {"InstanceTypes": ["g4dn.xlarge"], "StartTime": "2026-01-01T00:00:00Z",
                                         "EndTime": "2026-01-08T00:00:00Z"}}


def test_every_paginator_goes_page_by_page(ec2):
    """With pages of five, all that is there comes once and in the order in which it comes without pages."""
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    made = [ec2.create_security_group(GroupName=f"page-{n}", Description="x")["GroupId"] for n in range(12)]
    walked = 0
    for operation in sorted(ec2.meta.method_to_api_mapping):
        if not operation.startswith("describe_") or not ec2.can_paginate(operation):
            continue
        more = ASKED.get(operation, {})
        more = {"VpcId": vpc} if more is None else more
        try:
            whole = ec2.get_paginator(operation).paginate(**more).build_full_result()
        except ClientError as error:
            assert error.response["Error"]["Code"] in ("InvalidAction", "MissingParameter"), operation
            continue
        except ParamValidationError:
            continue  # it has to be asked for something in particular
        paged = ec2.get_paginator(operation).paginate(**more, PaginationConfig={"PageSize": 100}).build_full_result()
        assert paged == whole, operation
        walked += 1
    assert walked > 30
    pages = list(ec2.get_paginator("describe_security_groups").paginate(PaginationConfig={"PageSize": 5}))
    assert [len(page["SecurityGroups"]) for page in pages[:-1]] == [5] * (len(pages) - 1)
    found = [one["GroupId"] for page in pages for one in page["SecurityGroups"]]
    assert len(found) == len(set(found)) and set(made) <= set(found)
    for one in made:
        ec2.delete_security_group(GroupId=one)
