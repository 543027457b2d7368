"""Networks of one's own: boto3, the AWS CLI and OpenSSH find VPCs, addresses and interfaces as EC2 has them."""
import http.server
import threading

import boto3
import pytest

from support.refusal import refusal
from support.waiting import until

QUICKLY = {"Delay": 1, "MaxAttempts": 90}


def image(ec2) -> str:
    return ec2.describe_images(Filters=[{"Name": "name", "Values": ["*ubuntu*"]},
                                        {"Name": "architecture", "Values": ["x86_64"]}])["Images"][0]["ImageId"]


def described(ec2, instance: str) -> dict:
    return ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]


def network(ec2, cidr: str = "10.0.0.0/16") -> dict:
    """A VPC with a public subnet, as launchers make it."""
    made = {"vpc": ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]}
    ec2.get_waiter("vpc_available").wait(VpcIds=[made["vpc"]], WaiterConfig=QUICKLY)
    ec2.modify_vpc_attribute(VpcId=made["vpc"], EnableDnsHostnames={"Value": True})
    made["gateway"] = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=made["gateway"], VpcId=made["vpc"])
    made["subnet"] = ec2.create_subnet(VpcId=made["vpc"], CidrBlock=cidr.replace("0.0/16", "1.0/24"),
                                       AvailabilityZone="us-east-1a")["Subnet"]["SubnetId"]
    ec2.modify_subnet_attribute(SubnetId=made["subnet"], MapPublicIpOnLaunch={"Value": True})
    made["table"] = ec2.create_route_table(VpcId=made["vpc"])["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=made["table"], DestinationCidrBlock="0.0.0.0/0", GatewayId=made["gateway"])
    made["association"] = ec2.associate_route_table(RouteTableId=made["table"], SubnetId=made["subnet"])["AssociationId"]
    return made


def take_apart(ec2, made: dict) -> None:
    ec2.disassociate_route_table(AssociationId=made["association"])
    ec2.delete_route_table(RouteTableId=made["table"])
    for subnet in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [made["vpc"]]}])["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.detach_internet_gateway(InternetGatewayId=made["gateway"], VpcId=made["vpc"])
    ec2.delete_internet_gateway(InternetGatewayId=made["gateway"])
    groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [made["vpc"]]}])["SecurityGroups"]
    for group in groups:
        if group["GroupName"] != "default":
            ec2.delete_security_group(GroupId=group["GroupId"])
    ec2.delete_vpc(VpcId=made["vpc"])
    assert refusal(ec2.describe_vpcs, VpcIds=[made["vpc"]]) == "InvalidVpcID.NotFound"


def launch(ec2, count: int = 1, **more) -> list[str]:
    run = ec2.run_instances(ImageId=image(ec2), InstanceType="t3.micro", MinCount=count, MaxCount=count, **more)
    ids = [one["InstanceId"] for one in run["Instances"]]
    ec2.get_waiter("instance_running").wait(InstanceIds=ids, WaiterConfig=QUICKLY)
    return ids


def end(ec2, ids: list[str]) -> None:
    ec2.terminate_instances(InstanceIds=ids)
    ec2.get_waiter("instance_terminated").wait(InstanceIds=ids, WaiterConfig=QUICKLY)


@pytest.fixture
def ec2(null_sim):
    return null_sim.boto()


def test_a_vpc_is_made_as_launchers_make_it_and_taken_apart(ec2):
    made = network(ec2)
    vpc = ec2.describe_vpcs(VpcIds=[made["vpc"]])["Vpcs"][0]
    assert (vpc["State"], vpc["IsDefault"], vpc["InstanceTenancy"]) == ("available", False, "default")
    attribute = ec2.describe_vpc_attribute(VpcId=made["vpc"], Attribute="enableDnsHostnames")
    assert attribute["EnableDnsHostnames"]["Value"] is True
    tables = ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [made["subnet"]]}])
    routes = {one["DestinationCidrBlock"]: one for one in tables["RouteTables"][0]["Routes"]}
    assert (routes["0.0.0.0/0"]["GatewayId"], routes["0.0.0.0/0"]["State"]) == (made["gateway"], "active")
    acl = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [made["vpc"]]}])["NetworkAcls"][0]
    assert acl["IsDefault"] and [one["SubnetId"] for one in acl["Associations"]] == [made["subnet"]]
    assert refusal(ec2.delete_vpc, VpcId=made["vpc"]) == "DependencyViolation"
    assert refusal(ec2.delete_route_table, RouteTableId=made["table"]) == "DependencyViolation"
    take_apart(ec2, made)


def test_subnets_lie_in_their_vpc_and_apart(ec2):
    vpc = ec2.create_vpc(CidrBlock="10.1.2.3/16")["Vpc"]
    assert vpc["CidrBlock"] == "10.1.0.0/16"
    id = vpc["VpcId"]
    tags = [{"ResourceType": "subnet", "Tags": [{"Key": "Name", "Value": "first"}]}]
    subnet = ec2.create_subnet(VpcId=id, CidrBlock="10.1.0.0/24", TagSpecifications=tags)["Subnet"]
    assert (subnet["AvailableIpAddressCount"], subnet["Tags"]) == (251, tags[0]["Tags"])
    assert refusal(ec2.create_subnet, VpcId=id, CidrBlock="10.1.0.128/25") == "InvalidSubnet.Conflict"
    assert refusal(ec2.create_subnet, VpcId=id, CidrBlock="10.2.0.0/24") == "InvalidSubnet.Range"
    assert refusal(ec2.create_subnet, VpcId=id, CidrBlock="10.1.0.0/29") == "InvalidSubnet.Range"
    assert refusal(ec2.create_vpc, CidrBlock="10.0.0.0/8") == "InvalidVpc.Range"
    assert refusal(ec2.create_vpc, CidrBlock="ten") == "InvalidParameterValue"
    assert refusal(ec2.create_vpc, CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True) == "UnsupportedOperation"
    more = ec2.associate_vpc_cidr_block(VpcId=id, CidrBlock="10.9.0.0/16")["CidrBlockAssociation"]
    other = ec2.create_subnet(VpcId=id, CidrBlock="10.9.1.0/24", AvailabilityZone="us-east-1b")["Subnet"]
    assert refusal(ec2.disassociate_vpc_cidr_block, AssociationId=more["AssociationId"]) == "DependencyViolation"
    for one in (subnet, other):
        ec2.delete_subnet(SubnetId=one["SubnetId"])
    ec2.disassociate_vpc_cidr_block(AssociationId=more["AssociationId"])
    assert len(ec2.describe_vpcs(VpcIds=[id])["Vpcs"][0]["CidrBlockAssociationSet"]) == 1
    ec2.delete_vpc(VpcId=id)


def test_resources_of_boto3_walk_through_a_network(null_sim):
    env = null_sim.aws_env
    ec2 = boto3.resource("ec2", region_name="us-east-1", endpoint_url=env["AWS_ENDPOINT_URL"],
                         aws_access_key_id=env["AWS_ACCESS_KEY_ID"], aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"])
    vpc = ec2.create_vpc(CidrBlock="10.4.0.0/16")
    vpc.wait_until_available()
    subnet = vpc.create_subnet(CidrBlock="10.4.1.0/24")
    main = next(iter(vpc.route_tables.all()))
    table = vpc.create_route_table()
    link = table.associate_with_subnet(SubnetId=subnet.id)
    link = link.replace_subnet(RouteTableId=main.id)
    assert [one.subnet_id for one in ec2.RouteTable(main.id).associations if not one.main] == [subnet.id]
    link.delete()
    interface = subnet.create_network_interface(Description="spare", PrivateIpAddress="10.4.1.9")
    assert (interface.private_ip_address, interface.status) == ("10.4.1.9", "pending")
    interface.reload()
    assert [one["GroupName"] for one in interface.groups] == ["default"] and interface.status == "available"
    interface.modify_attribute(Description={"Value": "mine"})
    interface.reload()
    assert interface.description == "mine"
    interface.delete()
    table.delete()
    subnet.delete()
    vpc.delete()


def test_routes_are_made_replaced_and_deleted(ec2):
    made = network(ec2, "10.3.0.0/16")
    route = {"RouteTableId": made["table"], "DestinationCidrBlock": "0.0.0.0/0"}
    assert refusal(ec2.create_route, GatewayId=made["gateway"], **route) == "RouteAlreadyExists"
    assert refusal(ec2.create_route, **(route | {"DestinationCidrBlock": "10.3.7.0/24", "GatewayId": made["gateway"]})
                   ) == "InvalidParameterValue"
    assert refusal(ec2.create_route, NatGatewayId="nat-0123456789abcdef0",
                   **(route | {"DestinationCidrBlock": "10.8.0.0/16"})) == "NatGatewayNotFound"
    interface = ec2.create_network_interface(SubnetId=made["subnet"])["NetworkInterface"]["NetworkInterfaceId"]
    ec2.replace_route(NetworkInterfaceId=interface, **route)
    shown = ec2.describe_route_tables(RouteTableIds=[made["table"]])["RouteTables"][0]["Routes"]
    assert [one["State"] for one in shown] == ["active", "blackhole"], "nobody has the interface"
    ec2.delete_route(**route)
    assert refusal(ec2.delete_route, **route) == "InvalidRoute.NotFound"
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    take_apart(ec2, made)


def test_an_elastic_address_goes_from_one_instance_to_another(ec2):
    first, second = launch(ec2, 2)
    was = described(ec2, first)["PublicIpAddress"]
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=[
        {"ResourceType": "elastic-ip", "Tags": [{"Key": "Name", "Value": "door"}]}])
    assert address["PublicIpv4Pool"] == "amazon" and address["NetworkBorderGroup"] == "us-east-1"
    link = ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=first)["AssociationId"]
    shown = described(ec2, first)
    assert shown["PublicIpAddress"] == address["PublicIp"] != was
    assert shown["NetworkInterfaces"][0]["Association"]["IpOwnerId"] == shown["NetworkInterfaces"][0]["OwnerId"]
    found = ec2.describe_addresses(Filters=[{"Name": "instance-id", "Values": [first]}])["Addresses"][0]
    assert (found["AssociationId"], found["PrivateIpAddress"]) == (link, shown["PrivateIpAddress"])
    assert refusal(ec2.associate_address, AllocationId=address["AllocationId"], InstanceId=second,
                   AllowReassociation=False) == "Resource.AlreadyAssociated"

    ec2.stop_instances(InstanceIds=[first])
    ec2.get_waiter("instance_stopped").wait(InstanceIds=[first], WaiterConfig=QUICKLY)
    assert described(ec2, first)["PublicIpAddress"] == address["PublicIp"], "it stays"
    ec2.start_instances(InstanceIds=[first])
    ec2.get_waiter("instance_running").wait(InstanceIds=[first], WaiterConfig=QUICKLY)
    assert described(ec2, first)["PublicIpAddress"] == address["PublicIp"]

    link = ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=second)["AssociationId"]
    assert described(ec2, second)["PublicIpAddress"] == address["PublicIp"]
    assert described(ec2, first)["PublicIpAddress"] not in (was, address["PublicIp"]), "an automatic one again"
    ec2.disassociate_address(AssociationId=link)
    assert refusal(ec2.disassociate_address, AssociationId=link) == "InvalidAssociationID.NotFound"
    ec2.release_address(AllocationId=address["AllocationId"])
    assert refusal(ec2.release_address, AllocationId=address["AllocationId"]) == "InvalidAllocationID.NotFound"
    assert refusal(ec2.describe_addresses, PublicIps=[address["PublicIp"]]) == "InvalidAddress.NotFound"
    end(ec2, [first, second])


def test_an_elastic_address_is_billed_while_it_is_allocated(own_null_sim):
    ec2 = own_null_sim.boto()
    address = ec2.allocate_address()
    lines = own_null_sim.hotaru("sim", "bill", "-o", "json").ok().json()["bill"]["lines"]
    assert [(one["kind"], one["what"], one["open"]) for one in lines] == [("address", address["PublicIp"], True)]
    ec2.release_address(AllocationId=address["AllocationId"])
    lines = own_null_sim.hotaru("sim", "bill", "-o", "json").ok().json()["bill"]["lines"]
    assert [(one["what"], one["open"]) for one in lines] == [(address["PublicIp"], False)]


def test_addresses_in_a_network_of_ones_own_need_a_gateway_and_stay_until_they_are_let_go(ec2):
    vpc = ec2.create_vpc(CidrBlock="10.5.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.5.1.0/24")["Subnet"]["SubnetId"]
    interface = ec2.create_network_interface(SubnetId=subnet, SecondaryPrivateIpAddressCount=1)["NetworkInterface"]
    id = interface["NetworkInterfaceId"]
    second = next(one["PrivateIpAddress"] for one in interface["PrivateIpAddresses"] if not one["Primary"])
    allocation = ec2.allocate_address()["AllocationId"]
    place = {"AllocationId": allocation, "NetworkInterfaceId": id, "PrivateIpAddress": second}
    assert refusal(ec2.associate_address, **place) == "Gateway.NotAttached"
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    link = ec2.associate_address(**place)["AssociationId"]
    shown = ec2.describe_network_interfaces(NetworkInterfaceIds=[id])["NetworkInterfaces"][0]
    assert [one.get("Association", {}).get("AllocationId") for one in shown["PrivateIpAddresses"]] == [None, allocation]
    assert refusal(ec2.release_address, AllocationId=allocation) == "InvalidIPAddress.InUse"
    ec2.disassociate_address(AssociationId=link)
    ec2.release_address(AllocationId=allocation)
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=id, PrivateIpAddresses=[second])
    given = ec2.assign_private_ip_addresses(NetworkInterfaceId=id, PrivateIpAddresses=["10.5.1.77"])
    assert given["AssignedPrivateIpAddresses"] == [{"PrivateIpAddress": "10.5.1.77"}]
    assert refusal(ec2.create_network_interface, SubnetId=subnet, PrivateIpAddress="10.5.1.77") == "InvalidIPAddress.InUse"
    ec2.delete_network_interface(NetworkInterfaceId=id)
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.delete_internet_gateway(InternetGatewayId=gateway)
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)


def test_interfaces_are_attached_detached_and_launched_with(ec2):
    subnet = ec2.describe_subnets(Filters=[{"Name": "availability-zone", "Values": ["us-east-1a"]},
                                           {"Name": "default-for-az", "Values": ["true"]}])["Subnets"][0]["SubnetId"]
    kept, spare = (ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"] for _ in "ab")
    ec2.get_waiter("network_interface_available").wait(NetworkInterfaceIds=[kept, spare], WaiterConfig=QUICKLY)
    instance, = launch(ec2, NetworkInterfaces=[{"DeviceIndex": 0, "NetworkInterfaceId": kept},
                                               {"DeviceIndex": 1, "SubnetId": subnet, "Description": "second"}])
    shown = described(ec2, instance)
    assert sorted(one["Attachment"]["DeviceIndex"] for one in shown["NetworkInterfaces"]) == [0, 1]
    assert shown["NetworkInterfaces"][0]["NetworkInterfaceId"] == kept and "PublicIpAddress" not in shown
    assert refusal(ec2.delete_network_interface, NetworkInterfaceId=kept) == "InvalidParameterValue"
    attach = {"InstanceId": instance, "NetworkInterfaceId": spare}
    assert refusal(ec2.attach_network_interface, DeviceIndex=1, **attach) == "InvalidParameterValue"
    attachment = ec2.attach_network_interface(DeviceIndex=2, **attach)["AttachmentId"]
    found = ec2.describe_network_interfaces(Filters=[{"Name": "attachment.instance-id", "Values": [instance]},
                                                     {"Name": "attachment.device-index", "Values": ["2"]}])
    assert found["NetworkInterfaces"][0]["Attachment"]["AttachmentId"] == attachment
    ec2.modify_network_interface_attribute(NetworkInterfaceId=spare, SourceDestCheck={"Value": False})
    told = ec2.describe_network_interface_attribute(NetworkInterfaceId=spare, Attribute="sourceDestCheck")
    assert told["SourceDestCheck"]["Value"] is False
    ec2.detach_network_interface(AttachmentId=attachment)
    assert refusal(ec2.detach_network_interface, AttachmentId=attachment) == "InvalidAttachmentID.NotFound"
    first = shown["NetworkInterfaces"][0]["Attachment"]["AttachmentId"]
    assert refusal(ec2.detach_network_interface, AttachmentId=first) == "OperationNotPermitted"
    end(ec2, [instance])
    left = ec2.describe_network_interfaces(NetworkInterfaceIds=[kept, spare])["NetworkInterfaces"]
    assert [one["Status"] for one in left] == ["available"] * 2, "it was there before, and stays"
    for one in (kept, spare):
        ec2.delete_network_interface(NetworkInterfaceId=one)
    everything = ec2.get_paginator("describe_network_interfaces").paginate(
        Filters=[{"Name": "description", "Values": ["second"]}], PaginationConfig={"PageSize": 5})
    assert [one for page in everything for one in page["NetworkInterfaces"]] == []


def test_placement_groups_are_obeyed_in_what_is_told(ec2, null_sim):
    made = null_sim.aws("ec2", "create-placement-group", "--group-name", "racks", "--strategy", "partition",
                        "--partition-count", "3").ok().json()["PlacementGroup"]
    assert (made["State"], made["PartitionCount"]) == ("available", 3) and made["GroupArn"].endswith(":placement-group/racks")
    assert refusal(ec2.create_placement_group, GroupName="racks", Strategy="spread") == "InvalidPlacementGroup.Duplicate"
    wanted = {"ImageId": image(ec2), "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}
    assert refusal(ec2.run_instances, Placement={"GroupName": "none"}, **wanted) == "InvalidPlacementGroup.Unknown"
    instance, = launch(ec2, Placement={"GroupName": "racks", "PartitionNumber": 2})
    placement = described(ec2, instance)["Placement"]
    assert (placement["GroupName"], placement["GroupId"], placement["PartitionNumber"]) == ("racks", made["GroupId"], 2)
    assert refusal(ec2.delete_placement_group, GroupName="racks") == "InvalidPlacementGroup.InUse"
    end(ec2, [instance])
    ec2.delete_placement_group(GroupName="racks")
    assert refusal(ec2.describe_placement_groups, GroupNames=["racks"]) == "InvalidPlacementGroup.Unknown"


def test_rules_change_in_place(ec2):
    group = ec2.create_security_group(GroupName="changing", Description="d")["GroupId"]
    rule = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]
    )["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    ec2.modify_security_group_rules(GroupId=group, SecurityGroupRules=[{
        "SecurityGroupRuleId": rule,
        "SecurityGroupRule": {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 81, "ReferencedGroupId": group}}])
    ec2.update_security_group_rule_descriptions_ingress(
        GroupId=group, SecurityGroupRuleDescriptions=[{"SecurityGroupRuleId": rule, "Description": "web"}])
    shown = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule])["SecurityGroupRules"][0]
    assert (shown["FromPort"], shown["ToPort"], shown["ReferencedGroupInfo"]["GroupId"]) == (80, 81, group)
    assert shown["Description"] == "web" and "CidrIpv4" not in shown
    ec2.delete_security_group(GroupId=group)


def test_what_an_account_has_and_has_not(ec2, null_sim):
    attributes = null_sim.aws("ec2", "describe-account-attributes").ok().json()["AccountAttributes"]
    told = {one["AttributeName"]: one["AttributeValues"][0]["AttributeValue"] for one in attributes}
    default = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]
    assert (told["default-vpc"], told["supported-platforms"]) == (default["VpcId"], "VPC")
    here = [{"Name": "vpc-id", "Values": [default["VpcId"]]}]
    assert ec2.describe_nat_gateways(Filter=here)["NatGateways"] == []
    assert ec2.describe_vpc_endpoints(Filters=here)["VpcEndpoints"] == []
    assert ec2.describe_vpc_peering_connections()["VpcPeeringConnections"] == []
    assert ec2.describe_egress_only_internet_gateways()["EgressOnlyInternetGateways"] == []
    assert refusal(ec2.describe_nat_gateways, NatGatewayIds=["nat-0123456789abcdef0"]) == "NatGatewayNotFound"
    options = ec2.describe_dhcp_options(DhcpOptionsIds=[default["DhcpOptionsId"]])["DhcpOptions"][0]
    assert options["DhcpConfigurations"][0] == {"Key": "domain-name", "Values": [{"Value": "ec2.internal"}]}
    names = {one["PrefixListName"] for one in ec2.describe_managed_prefix_lists()["PrefixLists"]}
    assert "com.amazonaws.us-east-1.s3" in names


def test_networks_and_addresses_survive_a_restart(own_null_sim):
    ec2 = own_null_sim.boto()
    made = network(ec2, "10.7.0.0/16")
    instance, = launch(ec2, NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": made["subnet"],
                                                "AssociatePublicIpAddress": True}])
    address = ec2.allocate_address()
    ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=instance)
    before = (described(ec2, instance)["NetworkInterfaces"], ec2.describe_addresses()["Addresses"],
              ec2.describe_route_tables()["RouteTables"])
    own_null_sim.hotaru("sim", "stop").ok()
    own_null_sim.start()
    ec2 = own_null_sim.boto()
    assert before == (described(ec2, instance)["NetworkInterfaces"], ec2.describe_addresses()["Addresses"],
                      ec2.describe_route_tables()["RouteTables"])


# From here on with real instances.

def enter(sim, address: str, command: str):
    """An address that moves brings another host key: none is remembered."""
    (sim.ssh.folder / "known_hosts").unlink(missing_ok=True)
    return sim.ssh.run(address, command)


def reachable(sim, address: str) -> bool:
    return enter(sim, address, "true").code == 0


def told(sim, address: str, command: str) -> str:
    """What a command printed on the instance that has the address now."""
    def answered():
        done = enter(sim, address, command)
        return done.code == 0 and (done.out.strip() or " ")
    return until(answered, f"{address}: {command}")


@pytest.fixture(scope="module")
def door(sandbox):
    """A web server on this machine, where instances see it."""
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass
    # The address is there once something was launched.
    server = http.server.ThreadingHTTPServer(("0.0.0.0", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{sandbox.caller()}:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def own(sandbox, door):
    """A VPC of one's own with two instances in it: one with a public address, one in a private subnet."""
    ec2 = sandbox.boto()
    made = network(ec2)
    ec2.import_key_pair(KeyName="vpc", PublicKeyMaterial=sandbox.ssh.public_key.encode())
    made["group"] = ec2.create_security_group(GroupName="own", Description="d", VpcId=made["vpc"])["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=made["group"], IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    made["rule"] = ec2.authorize_security_group_ingress(GroupId=made["group"], IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "UserIdGroupPairs": [{"GroupId": made["group"]}]}]
    )["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    made["private"] = ec2.create_subnet(VpcId=made["vpc"], CidrBlock="10.0.2.0/24",
                                        AvailabilityZone="us-east-1a")["Subnet"]["SubnetId"]
    made["try"] = f"curl -s -m 5 -o /dev/null {door} && echo out || echo none"
    # It tells whoever asks whether it found a way out: it cannot be logged into from here.
    serve = (f"#!/bin/sh\nmkdir -p /srv/w\ncd /srv/w\n({made['try']}) >way\n"
             "systemd-run -q --working-directory=/srv/w python3 -m http.server 8080\n")
    interface = {"DeviceIndex": 0, "Groups": [made["group"]]}
    made["near"], = launch(ec2, KeyName="vpc", NetworkInterfaces=[
        interface | {"SubnetId": made["subnet"], "AssociatePublicIpAddress": True}])
    made["far"], = launch(ec2, KeyName="vpc", UserData=serve, NetworkInterfaces=[interface | {"SubnetId": made["private"]}])
    try:
        yield made
    finally:
        end(ec2, [made["near"], made["far"]])
        take_apart(ec2, made)
        ec2.delete_key_pair(KeyName="vpc")


def test_instances_talk_by_private_address_and_by_name_until_a_rule_is_revoked(sandbox, own):
    ec2 = sandbox.boto()
    near, far = described(ec2, own["near"]), described(ec2, own["far"])
    at = near["PublicIpAddress"]
    asked = "curl -s -m 5 http://{}:8080/way"
    assert told(sandbox, at, own["try"]) == "out"
    assert told(sandbox, at, asked.format(far["PrivateIpAddress"])) == "none", "a private subnet has no way out"
    assert told(sandbox, at, asked.format(far["PrivateDnsName"])) == "none"
    assert told(sandbox, at, asked.format(far["PrivateDnsName"].split(".")[0])) == "none", "its domain is searched"
    assert told(sandbox, at, f"getent hosts {far['PrivateIpAddress']}").split() == [far["PrivateIpAddress"],
                                                                                   far["PrivateDnsName"]]
    inside = told(sandbox, at, f"getent ahostsv4 {near['PublicDnsName']}").split()[0]
    assert inside == near["PrivateIpAddress"], "a public name leads to the private address"

    ec2.revoke_security_group_ingress(GroupId=own["group"], SecurityGroupRuleIds=[own["rule"]])
    done = enter(sandbox, at, asked.format(far["PrivateIpAddress"]))
    assert done.code == 28, f"curl waits in vain: {done}"
    ec2.authorize_security_group_ingress(GroupId=own["group"], IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "UserIdGroupPairs": [{"GroupId": own["group"]}]}])
    assert told(sandbox, at, asked.format(far["PrivateIpAddress"])) == "none"


def test_routes_let_the_world_in_and_keep_it_out_at_once(sandbox, own):
    ec2 = sandbox.boto()
    at = described(ec2, own["near"])["PublicIpAddress"]
    route = {"RouteTableId": own["table"], "DestinationCidrBlock": "0.0.0.0/0"}
    assert told(sandbox, at, "hostname").startswith("ip-10-0-1-")
    ec2.delete_route(**route)
    assert not reachable(sandbox, at)
    ec2.create_route(GatewayId=own["gateway"], **route)
    told(sandbox, at, "true")


def test_ssh_follows_an_elastic_address(sandbox, own):
    ec2 = sandbox.boto()
    main = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [own["vpc"]]},
                                              {"Name": "association.main", "Values": ["true"]}])["RouteTables"][0]
    address = ec2.allocate_address()
    ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=own["near"])
    names = [described(ec2, own[one])["PrivateDnsName"].split(".")[0] for one in ("near", "far")]
    assert told(sandbox, address["PublicIp"], "hostname") == names[0]
    ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=own["far"])
    assert not reachable(sandbox, address["PublicIp"]), "its subnet has no route to the gateway"
    link = ec2.associate_route_table(RouteTableId=own["table"], SubnetId=own["private"])["AssociationId"]
    assert told(sandbox, address["PublicIp"], "hostname") == names[1]
    ec2.disassociate_route_table(AssociationId=link)
    assert main["Associations"]
    for one in ec2.describe_addresses()["Addresses"]:
        ec2.disassociate_address(AssociationId=one["AssociationId"])
        ec2.release_address(AllocationId=one["AllocationId"])
    told(sandbox, described(ec2, own["near"])["PublicIpAddress"], "true")


def test_an_interface_that_is_attached_is_really_there(sandbox, own):
    ec2 = sandbox.boto()
    at = described(ec2, own["near"])["PublicIpAddress"]
    interface = ec2.create_network_interface(SubnetId=own["subnet"], Groups=[own["group"]])["NetworkInterface"]
    attachment = ec2.attach_network_interface(InstanceId=own["near"], DeviceIndex=1,
                                              NetworkInterfaceId=interface["NetworkInterfaceId"])["AttachmentId"]
    assert interface["PrivateIpAddress"] in told(sandbox, at, "ip -4 -o addr show dev eth1")
    token = 'T=$(curl -s -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token)'
    macs = "http://169.254.169.254/latest/meta-data/network/interfaces/macs/"
    assert interface["MacAddress"] in told(sandbox, at, f'{token}; curl -s -H "X-aws-ec2-metadata-token: $T" {macs}')
    given = ec2.assign_private_ip_addresses(NetworkInterfaceId=interface["NetworkInterfaceId"],
                                            SecondaryPrivateIpAddressCount=1)["AssignedPrivateIpAddresses"][0]
    address = ec2.allocate_address()
    ec2.associate_address(AllocationId=address["AllocationId"], NetworkInterfaceId=interface["NetworkInterfaceId"],
                          PrivateIpAddress=given["PrivateIpAddress"])
    assert told(sandbox, address["PublicIp"], "hostname").startswith("ip-10-0-1-"), "by the second interface"
    ec2.disassociate_address(PublicIp=address["PublicIp"])
    ec2.release_address(AllocationId=address["AllocationId"])
    ec2.detach_network_interface(AttachmentId=attachment)
    assert "eth1" not in told(sandbox, at, "ip -o link")
    ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
