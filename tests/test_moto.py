"""hotaru walks on moto's server, an EC2 that is not ours, where loopback is all the network there is."""
import json

import pytest

from support.moto import Moto
from support.programs import HOTARU, environment


@pytest.fixture
def moto(own_folder):
    server = Moto(own_folder, environment(own_folder), alone=True)
    try:
        yield server
    finally:
        server.close()


def test_the_namespace_of_the_walk_has_loopback_alone_and_counts_who_wants_more(moto):
    links = [line.split()[0] for line in moto.run("ip", "-br", "link").ok().out.splitlines()]
    assert links == ["lo"]
    assert moto.unrouted() == 0
    moto.run("bash", "-c", "echo > /dev/tcp/192.0.2.1/22").failed()
    assert moto.unrouted() > 0


def states(moto: Moto) -> dict[str, str]:
    """Name → state of hotaru's instances, as moto tells them."""
    answer = json.loads(moto.run("aws", "ec2", "describe-instances", "--output", "json").ok().out)
    return {tag["Value"]: instance["State"]["Name"] for reservation in answer["Reservations"]
            for instance in reservation["Instances"] for tag in instance.get("Tags", []) if tag["Key"] == "hotaru:name"}


def test_an_instance_is_launched_listed_stopped_started_and_ended(moto):
    def hotaru(*words):
        return moto.run(HOTARU, *words)

    image = moto.run("aws", "ec2", "describe-images", "--query", "Images[?contains(Name,`ubuntu`)]|[0].ImageId",
                     "--output", "text").ok().out.strip()
    groups_before = moto.run("aws", "ec2", "describe-security-groups", "--query", "length(SecurityGroups)").ok().out
    hotaru("up", "walker", "--type", "g4dn.xlarge", "--image", image, "--from", "127.0.0.1/32", "--no-wait", "--yes").ok()
    assert states(moto) == {"walker": "running"}
    listed = hotaru("ls", "-o", "json").ok().json()
    assert [instance["name"] for instance in instances(listed)] == ["walker"]
    hotaru("stop", "walker").ok()
    assert states(moto) == {"walker": "stopped"}
    hotaru("start", "walker", "--no-wait").ok()
    assert states(moto) == {"walker": "running"}
    hotaru("down", "walker", "--yes").ok()
    assert states(moto) == {"walker": "terminated"}
    assert instances(hotaru("ls", "-o", "json").ok().json()) == []
    groups_after = moto.run("aws", "ec2", "describe-security-groups", "--query", "length(SecurityGroups)").ok().out
    assert groups_after == groups_before
    assert moto.unrouted() == 0, "something was asked of an address that moto made up"


def instances(listing) -> list[dict]:
    return listing["instances"] if isinstance(listing, dict) else listing
