"""IAM, STS and the credentials of roles, by boto3, the AWS CLI, and an instance that reads its own at its metadata."""
import json

import boto3
import pytest
from botocore.exceptions import ClientError

from support.refusal import refusal
from support.waiting import until

POLICY = "arn:aws:iam::aws:policy/"


def trust(**principal) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}]})


def policy(*actions, effect: str = "Allow", resource="*") -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": effect, "Action": list(actions), "Resource": resource}]})


def session_of(sim, service: str, keys: dict, region: str = "us-east-1"):
    return boto3.session.Session(
        aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys.get("SessionToken") or keys.get("Token"), region_name=region,
    ).client(service, endpoint_url=sim.aws_env["AWS_ENDPOINT_URL"])


def account(sim) -> str:
    return sim.boto("sts").get_caller_identity()["Account"]


def make_role(sim, name: str, **principal):
    principal = principal or {"AWS": f"arn:aws:iam::{account(sim)}:root"}
    return sim.boto("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust(**principal))["Role"]


def assume(sim, role: dict, **more) -> dict:
    return sim.boto("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="tests", **more)["Credentials"]


def test_tags_names_and_the_account_are_held_to_iams_rules(null_sim):
    iam = null_sim.boto("iam")
    make_role(null_sim, "tagged", Service="ec2.amazonaws.com")
    for bad, code in ([{"Key": "no!", "Value": ""}], "ValidationError"), ([{"Key": "k" * 129, "Value": ""}], "ValidationError"), (
            [{"Key": "a", "Value": ""}, {"Key": "A", "Value": ""}], "InvalidInput"), (
            [{"Key": str(one), "Value": ""} for one in range(51)], "ValidationError"):
        assert refusal(iam.tag_role, RoleName="tagged", Tags=bad) == code
    assert refusal(iam.untag_role, RoleName="tagged", TagKeys=["no!"]) == "ValidationError"
    boundary = iam.create_policy(PolicyName="edge", PolicyDocument=policy("ec2:*"), Description="how far")["Policy"]
    assert "Description" not in boundary and iam.get_policy(PolicyArn=boundary["Arn"])["Policy"]["Description"] == "how far"
    iam.put_role_permissions_boundary(RoleName="tagged", PermissionsBoundary=boundary["Arn"])
    told = iam.get_role(RoleName="tagged")["Role"]["PermissionsBoundary"]
    assert told["PermissionsBoundaryArn"] == boundary["Arn"]
    assert refusal(iam.put_role_permissions_boundary, RoleName="tagged", PermissionsBoundary=POLICY + "None") == "NoSuchEntity"
    iam.delete_role_permissions_boundary(RoleName="tagged")
    assert refusal(iam.delete_role_permissions_boundary, RoleName="tagged") == "NoSuchEntity"
    iam.create_user(UserName="before")
    key = iam.create_access_key(UserName="before")["AccessKey"]
    iam.update_user(UserName="before", NewUserName="after", NewPath="/moved/")
    assert iam.list_access_keys(UserName="after")["AccessKeyMetadata"][0]["AccessKeyId"] == key["AccessKeyId"]
    assert session_of(null_sim, "sts", key).get_caller_identity()["Arn"].endswith(":user/moved/after")
    assert refusal(iam.get_user, UserName="before") == "NoSuchEntity"
    iam.create_account_alias(AccountAlias="fireflies")
    assert iam.list_account_aliases()["AccountAliases"] == ["fireflies"]
    iam.delete_account_alias(AccountAlias="fireflies")
    assert refusal(iam.create_account_alias, AccountAlias="-xy") == "ValidationError"
    iam.delete_access_key(UserName="after", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="after")
    iam.delete_role(RoleName="tagged")
    iam.delete_policy(PolicyArn=boundary["Arn"])


def test_roles_are_made_found_changed_and_deleted(null_sim):
    iam = null_sim.boto("iam")
    made = make_role(null_sim, "keeper", Service="ec2.amazonaws.com")
    iam.get_waiter("role_exists").wait(RoleName="keeper")
    role = iam.get_role(RoleName="keeper")["Role"]
    assert role["Arn"] == made["Arn"] and role["RoleId"].startswith("AROA")
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "ec2.amazonaws.com"}
    assert role["MaxSessionDuration"] == 3600 and role["Path"] == "/"
    assert refusal(iam.create_role, RoleName="keeper", AssumeRolePolicyDocument=trust(AWS="*")) == "EntityAlreadyExists"
    assert refusal(iam.create_role, RoleName="bad", AssumeRolePolicyDocument="{}") == "MalformedPolicyDocument"
    assert refusal(iam.get_role, RoleName="nobody") == "NoSuchEntity"
    iam.tag_role(RoleName="keeper", Tags=[{"Key": "team", "Value": "a"}])
    assert iam.list_role_tags(RoleName="keeper")["Tags"] == [{"Key": "team", "Value": "a"}]
    iam.update_role(RoleName="keeper", Description="keeps", MaxSessionDuration=7200)
    assert iam.get_role(RoleName="keeper")["Role"]["Description"] == "keeps"
    iam.put_role_policy(RoleName="keeper", PolicyName="own", PolicyDocument=policy("ec2:*"))
    assert iam.get_role_policy(RoleName="keeper", PolicyName="own")["PolicyDocument"]["Statement"][0]["Action"] == ["ec2:*"]
    assert refusal(iam.delete_role, RoleName="keeper") == "DeleteConflict"
    iam.delete_role_policy(RoleName="keeper", PolicyName="own")
    iam.attach_role_policy(RoleName="keeper", PolicyArn=POLICY + "AmazonEC2FullAccess")
    assert iam.list_attached_role_policies(RoleName="keeper")["AttachedPolicies"][0]["PolicyName"] == "AmazonEC2FullAccess"
    assert refusal(iam.attach_role_policy, RoleName="keeper", PolicyArn=POLICY + "NoSuchPolicyAtAll") == "NoSuchEntity"
    assert refusal(iam.delete_role, RoleName="keeper") == "DeleteConflict"
    iam.detach_role_policy(RoleName="keeper", PolicyArn=POLICY + "AmazonEC2FullAccess")
    iam.delete_role(RoleName="keeper")
    assert refusal(iam.get_role, RoleName="keeper") == "NoSuchEntity"


def test_pages_of_roles_and_policies(null_sim):
    iam = null_sim.boto("iam")
    for number in range(5):
        make_role(null_sim, f"page-{number}")
    pages = list(iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 2}))
    names = [role["RoleName"] for page in pages for role in page["Roles"]]
    assert len(pages) > 2 and names == sorted(names) and {f"page-{n}" for n in range(5)} <= set(names)
    known = [one["Arn"] for page in iam.get_paginator("list_policies").paginate(Scope="AWS") for one in page["Policies"]]
    assert POLICY + "AdministratorAccess" in known
    for number in range(5):
        iam.delete_role(RoleName=f"page-{number}")


def test_policies_of_ones_own_have_versions(null_sim):
    iam = null_sim.boto("iam")
    made = iam.create_policy(PolicyName="mine", PolicyDocument=policy("ec2:Describe*"))["Policy"]
    assert made["DefaultVersionId"] == "v1" and made["AttachmentCount"] == 0
    iam.get_waiter("policy_exists").wait(PolicyArn=made["Arn"])
    iam.create_policy_version(PolicyArn=made["Arn"], PolicyDocument=policy("ec2:*"), SetAsDefault=True)
    assert iam.get_policy(PolicyArn=made["Arn"])["Policy"]["DefaultVersionId"] == "v2"
    version = iam.get_policy_version(PolicyArn=made["Arn"], VersionId="v2")["PolicyVersion"]
    assert version["Document"]["Statement"][0]["Action"] == ["ec2:*"] and version["IsDefaultVersion"]
    assert refusal(iam.delete_policy, PolicyArn=made["Arn"]) == "DeleteConflict"
    iam.delete_policy_version(PolicyArn=made["Arn"], VersionId="v1")
    iam.delete_policy(PolicyArn=made["Arn"])
    assert refusal(iam.get_policy, PolicyArn=made["Arn"]) == "NoSuchEntity"


def test_instance_profiles_have_one_role(null_sim):
    iam = null_sim.boto("iam")
    make_role(null_sim, "one", Service="ec2.amazonaws.com")
    iam.create_instance_profile(InstanceProfileName="holder", Tags=[{"Key": "k", "Value": "v"}])
    iam.get_waiter("instance_profile_exists").wait(InstanceProfileName="holder")
    assert iam.get_instance_profile(InstanceProfileName="holder")["InstanceProfile"]["Roles"] == []
    iam.add_role_to_instance_profile(InstanceProfileName="holder", RoleName="one")
    assert refusal(iam.add_role_to_instance_profile, InstanceProfileName="holder", RoleName="one") == "LimitExceeded"
    profile = boto3.resource("iam", **resource_words(null_sim)).InstanceProfile("holder")
    assert [role.name for role in profile.roles] == ["one"]
    assert iam.list_instance_profiles_for_role(RoleName="one")["InstanceProfiles"][0]["InstanceProfileName"] == "holder"
    assert refusal(iam.delete_instance_profile, InstanceProfileName="holder") == "DeleteConflict"
    assert refusal(iam.delete_role, RoleName="one") == "DeleteConflict"
    iam.remove_role_from_instance_profile(InstanceProfileName="holder", RoleName="one")
    iam.delete_instance_profile(InstanceProfileName="holder")
    iam.delete_role(RoleName="one")


def resource_words(sim) -> dict:
    env = sim.aws_env
    return {"aws_access_key_id": env["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": env["AWS_SECRET_ACCESS_KEY"],
            "region_name": "us-east-1", "endpoint_url": env["AWS_ENDPOINT_URL"]}


def test_an_assumed_role_may_what_its_policies_say_and_nothing_else(null_sim):
    iam = null_sim.boto("iam")
    role = make_role(null_sim, "reader")
    keys = assume(null_sim, role)
    assert keys["AccessKeyId"].startswith("ASIA")
    identity = session_of(null_sim, "sts", keys).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{account(null_sim)}:assumed-role/reader/tests"
    assert identity["UserId"] == role["RoleId"] + ":tests"
    ec2 = session_of(null_sim, "ec2", keys)
    assert refusal(ec2.describe_instances) == "UnauthorizedOperation"
    iam.attach_role_policy(RoleName="reader", PolicyArn=POLICY + "AmazonEC2ReadOnlyAccess")
    assert ec2.describe_instances()["ResponseMetadata"]["HTTPStatusCode"] == 200
    with pytest.raises(ClientError) as refused:
        ec2.terminate_instances(InstanceIds=["i-00000000000000001"])
    error = refused.value.response["Error"]
    assert error["Code"] == "UnauthorizedOperation" and "ec2:TerminateInstances" in error["Message"]
    message = error["Message"].rpartition("message: ")[2]
    decoded = json.loads(null_sim.boto("sts").decode_authorization_message(EncodedMessage=message)["DecodedMessage"])
    assert decoded["allowed"] is False and decoded["context"]["action"] == "ec2:TerminateInstances"
    assert refusal(session_of(null_sim, "iam", keys).create_user, UserName="x") == "AccessDenied"
    narrowed = assume(null_sim, role, Policy=policy("ec2:DescribeVolumes"))
    assert refusal(session_of(null_sim, "ec2", narrowed).describe_instances) == "UnauthorizedOperation"
    results = iam.simulate_principal_policy(PolicySourceArn=role["Arn"],
                                            ActionNames=["ec2:DescribeVpcs", "ec2:RunInstances"])["EvaluationResults"]
    assert {one["EvalActionName"]: one["EvalDecision"] for one in results} == {
        "ec2:DescribeVpcs": "allowed", "ec2:RunInstances": "implicitDeny"}
    iam.detach_role_policy(RoleName="reader", PolicyArn=POLICY + "AmazonEC2ReadOnlyAccess")
    iam.delete_role(RoleName="reader")
    assert refusal(session_of(null_sim, "sts", keys).get_caller_identity) == "InvalidClientTokenId"


def test_a_role_lets_in_whom_its_trust_names(null_sim):
    sts = null_sim.boto("sts")
    service = make_role(null_sim, "for-ec2", Service="ec2.amazonaws.com")
    assert refusal(sts.assume_role, RoleArn=service["Arn"], RoleSessionName="tests") == "AccessDenied"
    document = json.loads(trust(AWS=account(null_sim)))
    document["Statement"][0]["Condition"] = {"StringEquals": {"sts:ExternalId": "secret"}}
    role = null_sim.boto("iam").create_role(RoleName="guarded", AssumeRolePolicyDocument=json.dumps(document))["Role"]
    assert refusal(sts.assume_role, RoleArn=role["Arn"], RoleSessionName="tests") == "AccessDenied"
    assert sts.assume_role(RoleArn=role["Arn"], RoleSessionName="tests", ExternalId="secret")["AssumedRoleUser"]
    assert refusal(sts.assume_role, RoleArn=role["Arn"], RoleSessionName="tests", ExternalId="secret",
                   DurationSeconds=7200) == "ValidationError"
    for name in ("for-ec2", "guarded"):
        null_sim.boto("iam").delete_role(RoleName=name)


def test_a_users_keys_work_until_they_are_switched_off(null_sim):
    iam = null_sim.boto("iam")
    iam.create_user(UserName="ann")
    iam.get_waiter("user_exists").wait(UserName="ann")
    keys = iam.create_access_key(UserName="ann")["AccessKey"]
    iam.put_user_policy(UserName="ann", PolicyName="look", PolicyDocument=policy("ec2:Describe*"))
    ec2 = session_of(null_sim, "ec2", keys)
    assert ec2.describe_vpcs()["Vpcs"]
    token = session_of(null_sim, "sts", keys).get_session_token(DurationSeconds=900)["Credentials"]
    assert session_of(null_sim, "sts", token).get_caller_identity()["Arn"].endswith(":user/ann")
    iam.update_access_key(UserName="ann", AccessKeyId=keys["AccessKeyId"], Status="Inactive")
    assert refusal(ec2.describe_vpcs) == "AuthFailure"
    iam.delete_access_key(UserName="ann", AccessKeyId=keys["AccessKeyId"])
    iam.delete_user_policy(UserName="ann", PolicyName="look")
    iam.delete_user(UserName="ann")


def test_a_session_survives_a_restart(own_null_sim):
    keys = assume(own_null_sim, make_role(own_null_sim, "brief"), DurationSeconds=900)
    own_null_sim.hotaru("sim", "stop").ok()
    own_null_sim.start()
    assert session_of(own_null_sim, "sts", keys).get_caller_identity()["Arn"].endswith("/brief/tests")
    keys["SessionToken"] = keys["SessionToken"][:-8] + "AAAAAAA="
    assert refusal(session_of(own_null_sim, "sts", keys).get_caller_identity) == "InvalidClientTokenId"


def test_the_aws_cli_and_hotaru_use_a_profile_with_a_role(null_sim, own_folder):
    role = make_role(null_sim, "deploy")
    null_sim.boto("iam").attach_role_policy(RoleName="deploy", PolicyArn=POLICY + "AdministratorAccess")
    env = null_sim.aws_env
    config = own_folder / "config"
    config.write_text("[profile base]\n"
                      f"aws_access_key_id = {env['AWS_ACCESS_KEY_ID']}\naws_secret_access_key = {env['AWS_SECRET_ACCESS_KEY']}\n"
                      "region = us-east-1\n"
                      f"[profile deploy]\nrole_arn = {role['Arn']}\nsource_profile = base\nregion = us-east-1\n")
    words = {"AWS_CONFIG_FILE": str(config), "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    said = null_sim.aws("--profile", "deploy", "sts", "get-caller-identity", **words).ok().json()
    assert ":assumed-role/deploy/" in said["Arn"]
    listed = null_sim.hotaru("--profile", "deploy", "ls", HOTARU_CLOUD="aws", AWS_ENDPOINT_URL=env["AWS_ENDPOINT_URL"],
                             AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE=str(config))
    assert listed.code == 0, listed
    log = null_sim.hotaru("sim", "logs").ok()
    asked = [line for line in (log.out + log.err).splitlines() if "AssumeRole" in line]
    assert len(asked) >= 2, "the AWS CLI and hotaru have both asked for the role"


def test_an_instance_reads_its_roles_credentials_and_they_are_good(sandbox):
    iam, ec2 = sandbox.boto("iam"), sandbox.boto()
    make_role(sandbox, "worker", Service="ec2.amazonaws.com")
    iam.attach_role_policy(RoleName="worker", PolicyArn=POLICY + "AmazonEC2ReadOnlyAccess")
    iam.create_instance_profile(InstanceProfileName="worker-profile")
    iam.add_role_to_instance_profile(InstanceProfileName="worker-profile", RoleName="worker")
    sandbox.hotaru("up", "roled", "--type", "t3.micro", "--yes").ok()
    instance = ec2.describe_instances(Filters=[{"Name": "tag:hotaru:name", "Values": ["roled"]}])["Reservations"][0]["Instances"][0]
    ec2.associate_iam_instance_profile(InstanceId=instance["InstanceId"], IamInstanceProfile={"Name": "worker-profile"})
    shown = ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"][0]["Instances"][0]
    assert shown["IamInstanceProfile"]["Arn"].endswith(":instance-profile/worker-profile")
    curl = ("T=$(curl -sfX PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token); "
            "curl -sf -H \"X-aws-ec2-metadata-token: $T\" http://169.254.169.254/latest/meta-data/iam/")

    def read(path: str) -> str:
        return sandbox.hotaru("ssh", "roled", "--", curl + path).out.strip()

    assert until(lambda: read("security-credentials/"), "the role is told") == "worker"
    assert json.loads(read("info"))["InstanceProfileArn"].endswith("/worker-profile")
    keys = json.loads(read("security-credentials/worker"))
    assert keys["Code"] == "Success" and keys["AccessKeyId"].startswith("ASIA") and keys["Expiration"].endswith("Z")
    identity = session_of(sandbox, "sts", keys).get_caller_identity()
    assert identity["Arn"].endswith(f":assumed-role/worker/{instance['InstanceId']}")
    assert session_of(sandbox, "ec2", keys).describe_instances()["Reservations"]
    assert refusal(session_of(sandbox, "ec2", keys).terminate_instances,
                   InstanceIds=[instance["InstanceId"]]) == "UnauthorizedOperation"
    association = ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"][0]
    assert association["State"] == "associated"
    ec2.disassociate_iam_instance_profile(AssociationId=association["AssociationId"])
    until(lambda: not read("security-credentials/"), "the role is gone")
    sandbox.hotaru("down", "roled", "--yes").ok()


def test_instance_profiles_at_launch(null_sim):
    iam, ec2 = null_sim.boto("iam"), null_sim.boto()
    iam.create_instance_profile(InstanceProfileName="empty")
    image = null_sim.boto("ssm").get_parameter(
        Name="/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id")["Parameter"]["Value"]
    words = {"ImageId": image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}
    with pytest.raises(ClientError) as refused:
        ec2.run_instances(**words, IamInstanceProfile={"Name": "nobody"})
    error = refused.value.response["Error"]
    assert (error["Code"], "Invalid IAM Instance Profile name" in error["Message"]) == ("InvalidParameterValue", True)
    made = ec2.run_instances(**words, IamInstanceProfile={"Name": "empty"})["Instances"][0]
    assert made["IamInstanceProfile"]["Arn"].endswith(":instance-profile/empty")
    assert made["IamInstanceProfile"]["Id"].startswith("AIPA")
    ec2.terminate_instances(InstanceIds=[made["InstanceId"]])
    iam.delete_instance_profile(InstanceProfileName="empty")
