"""EC2's own model, as botocore carries it, against every action of the sim: no parameter and no filter that EC2 knows is
unknown here, and wrong input has EC2's codes."""
import re

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from support.sim import Sim

MODEL = botocore.session.get_session().get_service_model("ec2")


def actions() -> list[str]:
    from pathlib import Path
    sources = Path(__file__).resolve().parent.parent / "src" / "sim"
    text = "".join((sources / name).read_text() for name in ("actions.cpp", "launching/actions.cpp"))
    return sorted(set(re.findall(r'\{"ec2", "(\w+)"', text)))


@pytest.fixture(scope="module")
def ec2(null_sim: Sim):
    """A client that sends whatever it is given."""
    client = null_sim.boto()
    config = Config(parameter_validation=False, retries={"max_attempts": 0})
    import boto3
    env = null_sim.aws_env
    return boto3.client("ec2", region_name=client.meta.region_name, endpoint_url=env["AWS_ENDPOINT_URL"], config=config,
                        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
                        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"])


def refusal(ec2, action: str, request: dict) -> tuple[str, str]:
    try:
        ec2._make_api_call(action, request)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    return "", ""


def value(shape, depth: int = 0):
    kind = shape.type_name
    if kind == "structure":
        return {} if depth > 5 else {name: value(inner, depth + 1) for name, inner in shape.members.items()}
    if kind == "list":
        return [value(shape.member, depth + 1)]
    plain = {"integer": 7, "long": 7, "float": 1.0, "double": 1.0, "boolean": False, "blob": b"x",
             "timestamp": "2030-01-01T00:00:00Z"}
    return plain.get(kind, (getattr(shape, "enum", None) or ["x"])[0])


def leaves(shape, path: str = "", wrap=lambda inner: inner, depth: int = 0):
    """Each plain member, and the request that has it alone."""
    if shape.type_name == "structure" and depth < 5:
        for name, inner in shape.members.items():
            yield from leaves(inner, f"{path}.{name}", lambda one, name=name: wrap({name: one}), depth + 1)
    elif shape.type_name == "list":
        yield from leaves(shape.member, path, lambda one: wrap([one]), depth)
    else:
        yield path, wrap(value(shape))


def required(action: str) -> dict:
    shape = MODEL.operation_model(action).input_shape
    return {name: value(shape.members[name]) for name in shape.required_members}


# What is there before the rest of a call is looked at: without it only its absence is told.
NEEDED = {"RunInstances": {"MinCount": 1, "MaxCount": 1, "ImageId": "ami-00000000"}}


@pytest.mark.parametrize("action", actions())
def test_every_parameter_of_ec2_is_known(ec2, action):
    shape = MODEL.operation_model(action).input_shape
    unknown = []
    for path, request in leaves(shape) if shape else ():
        if path == ".DryRun":
            continue
        dry = {"DryRun": True} if "DryRun" in shape.members else {}
        code, message = refusal(ec2, action, {**required(action), **NEEDED.get(action, {}), **request, **dry})
        if code in ("UnknownParameter", "InternalError", "InternalFailure"):
            unknown.append(f"{path}: {message}")
    assert not unknown


def filters_of(action: str) -> tuple[str, list[str]]:
    members = MODEL.operation_model(action).input_shape.members
    name = "Filters" if "Filters" in members else "Filter"
    if name not in members:
        return "", []
    told = re.findall(r"<li>\s*<p>\s*<code>([^<]+)</code>\s*(?:-|&lt;|:)", members[name].documentation)
    return name, [one for one in told if not one.startswith("tag") and (one.islower() or "-" in one)]


FILTERED = [action for action in actions() if action.startswith("Describe") and filters_of(action)[0]]
# They answer one at a time, or ask for more than a filter.
BASE = {"DescribeLaunchTemplateVersions": {"Versions": ["$Latest"]}}


@pytest.mark.parametrize("action", FILTERED)
def test_every_filter_of_ec2_is_known_and_no_other(ec2, action):
    name, told = filters_of(action)
    base = {**required(action), **BASE.get(action, {})}
    words = {"active", "cancelled", "critical", "dedicated", "default", "expired", "failed", "high", "informational",
             "limited", "low", "medium", "open", "pending", "targeted", "unlimited"}  # values, in lists of their own
    if action == "DescribeNetworkAcls":
        words.remove("default")
    unknown = []
    for one in [one for one in told if one not in words]:
        code, message = refusal(ec2, action, {**base, name: [{"Name": one, "Values": ["sg-00000000"]}]})
        if code:
            unknown.append(f"{one}: {code} {message}")
    assert not unknown
    assert refusal(ec2, action, {**base, name: [{"Name": "no-such-filter", "Values": ["x"]}]}) == (
        "InvalidParameterValue", "The filter 'no-such-filter' is invalid")


PAGED = [action for action in FILTERED
         if "MaxResults" in MODEL.operation_model(action).input_shape.members]


@pytest.mark.parametrize("action", PAGED)
def test_pages_have_bounds_and_tokens_of_their_own(ec2, action):
    base = {**required(action), **BASE.get(action, {})}
    assert refusal(ec2, action, {**base, "MaxResults": 100_000})[0] == "InvalidParameterValue"
    assert refusal(ec2, action, {**base, "MaxResults": "many"})[0] == "InvalidParameterValue"
    assert refusal(ec2, action, {**base, "NextToken": "nobody gave this"})[0] == "InvalidParameterValue"


ASKING = [one for one in actions() if MODEL.operation_model(one).input_shape.required_members
          and one != "CopySnapshot"]  # botocore itself cannot sign it without its parameters


@pytest.mark.parametrize("action", ASKING)
def test_what_is_required_is_asked_for(ec2, action):
    code, _ = refusal(ec2, action, {})
    assert code in ("MissingParameter", "InvalidParameterCombination", "InvalidParameterValue", "InvalidRequest")


IDS = {"VpcId": "vpc", "SubnetId": "subnet", "InternetGatewayId": "igw", "RouteTableId": "rtb", "InstanceId": "i",
       "VolumeId": "vol", "SnapshotId": "snap", "NetworkInterfaceId": "eni", "NetworkAclId": "acl", "ImageId": "ami",
       "DhcpOptionsId": "dopt"}


# What a call says first that names nothing else: its model asks for no more, but EC2 does.
AMISS = ("MissingParameter", "InvalidParameterCombination", "InvalidParameterValue")


def named() -> list[tuple[str, str]]:
    """Actions that take one thing by its id, and nothing else that must be there."""
    found = []
    for action in actions():
        must = MODEL.operation_model(action).input_shape.required_members
        if len(must) == 1 and must[0] in IDS and not action.startswith("Create"):
            found.append((action, must[0]))
    return found


@pytest.mark.parametrize("action,name", named())
def test_ids_are_malformed_or_unknown(ec2, action, name):
    shape = MODEL.operation_model(action).input_shape
    more = {"Attribute": "x"} if "Attribute" in shape.required_members else {}
    code, _ = refusal(ec2, action, {name: "what-is-this", **more})
    assert code.endswith(".Malformed") or code in AMISS
    code, _ = refusal(ec2, action, {name: f"{IDS[name]}-0123456789abcdef0", **more})
    assert code.endswith("NotFound") or code in AMISS
