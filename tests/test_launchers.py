"""Launchers that are not ours, unchanged: they launch on the sim, log in and end. docs/launchers.md has their lines."""
import json
import shutil
from pathlib import Path

import pytest

from support.programs import ROOT, run

LAUNCHERS = ROOT / "build" / "launchers" / "bin"  # made by `./dev test`
SUPPORT = Path(__file__).resolve().parent / "support"
NOBLE = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"


def installed(name: str) -> Path:
    program = LAUNCHERS / name
    if not program.exists():
        pytest.skip(f"{program} is not installed: ./dev test does it")
    return program


def states(sim, ids: list[str]) -> set[str]:
    answer = sim.boto().describe_instances(InstanceIds=ids)
    return {one["State"]["Name"] for reservation in answer["Reservations"] for one in reservation["Instances"]}


def test_libcloud_deploys_a_node_over_ssh_and_ends_it(sandbox, own_folder):
    python = installed("python")
    run(["ssh-keygen", "-q", "-t", "rsa", "-m", "PEM", "-N", "", "-f", own_folder / "id_rsa"], sandbox.env).ok()
    told = run([python, "-W", "ignore", SUPPORT / "libcloud_deploy.py", own_folder], sandbox.aws_env).ok()
    told = json.loads(told.out.splitlines()[-1])
    assert told["exit"] == 0 and told["said"].startswith("deployed on ip-")
    assert told["found"] == [told["id"]] and told["ended"] is True
    assert states(sandbox, [told["id"]]) <= {"shutting-down", "terminated"}


def test_instance_connects_own_client_logs_in_by_instance_id(sandbox, own_folder):
    mssh = installed("mssh")
    ec2 = sandbox.boto()
    group = ec2.create_security_group(GroupName="mssh", Description="mssh")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0")
    image = sandbox.boto("ssm").get_parameter(Name=NOBLE)["Parameter"]["Value"]
    made = ec2.run_instances(ImageId=image, InstanceType="t3.micro", SecurityGroupIds=[group], MinCount=1, MaxCount=1)
    instance = made["Instances"][0]["InstanceId"]
    try:
        ec2.get_waiter("instance_status_ok").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1, "MaxAttempts": 120})
        done = run([mssh, "-r", "us-east-1", "-o", "StrictHostKeyChecking=no", "-o",
                    f"UserKnownHostsFile={own_folder / 'known_hosts'}", f"ubuntu@{instance}", "hostname"],
                   {**sandbox.aws_env, "PATH": f"{LAUNCHERS}:{sandbox.env['PATH']}"}).ok()
        assert done.out.startswith("ip-")
    finally:
        ec2.terminate_instances(InstanceIds=[instance])


PACKER = {
    "variables": {"endpoint": "{{env `AWS_ENDPOINT_URL`}}"},
    "builders": [{
        "type": "amazon-ebs", "region": "us-east-1", "custom_endpoint_ec2": "{{user `endpoint`}}",
        "skip_region_validation": True, "instance_type": "t3.micro", "ssh_username": "ubuntu", "ami_name": "packed",
        "tags": {"made-by": "packer"},
        "source_ami_filter": {
            "filters": {"name": "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*"},
            "owners": ["099720109477"], "most_recent": True}}],
    "provisioners": [{"type": "shell", "inline": ["echo packed | sudo tee /etc/packed"]}],
}


def test_packer_makes_an_image_and_leaves_nothing_else(sandbox, own_folder):
    packer = shutil.which("packer")
    if not packer:
        pytest.skip("packer is not installed: ./dev test does it on Debian 12")
    template = own_folder / "packer.json"
    template.write_text(json.dumps(PACKER))
    env = {**sandbox.aws_env, "CHECKPOINT_DISABLE": "1", "PACKER_NO_COLOR": "1"}
    done = run([packer, "build", template], env, timeout=300, cwd=own_folder).ok()
    assert "amazon-ebs: packed" in done.out
    ec2 = sandbox.boto()
    image = ec2.describe_images(Owners=["self"], Filters=[{"Name": "name", "Values": ["packed"]}])["Images"][0]
    assert image["State"] == "available" and image["Tags"] == [{"Key": "made-by", "Value": "packer"}]
    assert not [one for one in ec2.describe_key_pairs()["KeyPairs"] if one["KeyName"].startswith("packer_")]
    assert not [one for one in ec2.describe_security_groups()["SecurityGroups"] if one["GroupName"].startswith("packer_")]
    ec2.deregister_image(ImageId=image["ImageId"])
    ec2.delete_snapshot(SnapshotId=image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"])
