"""From a wish to a shell: quotas, capacity, failover, on real sandboxes; and what is said where it cannot be had."""
import json

import pytest

from support.sim import Sim

QUOTA, CAPACITY, NOT_FOUND = 5, 6, 3

ONLY_IN_TOKYO = """
account: new
quotas:
  - {family: g, vcpus: 8, region: ap-northeast-1}
capacity:
  - {zone: "us-*", instances: 0}
  - {zone: ap-northeast-1a, instances: 0}
"""


def load(sim: Sim, text: str) -> None:
    file = sim.folder / "scenario.yaml"
    file.write_text(text)
    sim.hotaru("sim", "scenario", "load", file).ok()


@pytest.fixture
def clear(request):
    """The scenario goes when the test ends, whatever becomes of it."""
    sims = []
    yield sims.append
    for sim in sims:
        sim.hotaru("sim", "scenario", "clear")


def test_a_wish_ends_in_a_shell_where_quota_and_capacity_are(sandbox, clear):
    clear(sandbox)
    load(sandbox, ONLY_IN_TOKYO)
    up = sandbox.hotaru("up", "wish", "--gpu", "24GiB", "--yes").ok()
    assert "Asking 17 regions for quotas" in up.err
    assert "Price" in up.err and "of which" in up.err and "a month" in up.err
    assert "InsufficientInstanceCapacity" in up.err
    shown = sandbox.hotaru("show", "wish", "-o", "json").ok().json()["instance"]
    assert shown["region"] == "ap-northeast-1" and shown["zone"] != "ap-northeast-1a"
    assert "simulated" in sandbox.hotaru("ssh", "wish", "--", "nvidia-smi", "-L").ok().out
    again = sandbox.hotaru("up", "wish", "--gpu", "24GiB", "--yes").ok()
    assert "is there already" in again.out
    sandbox.hotaru("down", "wish", "--yes").ok()
    for region in ("us-east-1", "ap-northeast-1"):
        assert sandbox.boto(region=region).describe_launch_templates()["LaunchTemplates"] == []


def test_a_quota_of_nothing_is_told_with_its_numbers_and_where_there_is_some(null_sim, clear):
    clear(null_sim)
    load(null_sim, "account: new\nquotas:\n  - {family: g, vcpus: 8, region: ap-northeast-1}\n")
    refused = null_sim.hotaru("up", "none", "--gpu", "T4", "--region", "us-east-1", "--yes").failed()
    assert refused.code == QUOTA
    assert "is 0 vCPUs" in refused.err and "hotaru quota request g4dn.xlarge --region us-east-1" in refused.err
    plan = null_sim.hotaru("plan", "--gpu", "T4", "-o", "json").ok().json()["plan"]
    assert {place["region"] for place in plan["places"]} == {"ap-northeast-1"}
    assert any("quota" in one["reason"] for one in plan["refused"])


def test_regions_that_do_not_answer_become_notes(null_sim, clear):
    clear(null_sim)
    load(null_sim, 'errors:\n  - {region: "us-*", action: DescribeInstances, code: UnauthorizedOperation, status: 403}\n'
                   '  - {region: eu-west-1, action: "GetServiceQuota", code: AccessDeniedException}\n')
    plan = null_sim.hotaru("plan", "--gpu", "T4", "--fresh", "-o", "json").ok().json()["plan"]
    assert not any(place["region"].startswith("us-") for place in plan["places"])
    assert any(place["region"] == "eu-west-1" for place in plan["places"])
    notes = {note["region"]: note["text"] for note in plan["notes"]}
    assert "Left out" in notes["us-east-1"] and "Quotas are not known" in notes["eu-west-1"]


def test_where_nothing_has_room_all_are_tried_and_nothing_is_left(null_sim, clear):
    clear(null_sim)
    load(null_sim, 'capacity:\n  - {zone: "*", instances: 0}\n')
    refused = null_sim.hotaru("up", "full", "--gpu", "L4:8", "--yes", "--no-wait").failed()
    assert refused.code == CAPACITY
    assert "said no" in refused.err and "--retry-for" in refused.err
    assert null_sim.hotaru("ls", "-o", "json").ok().json()["instances"] == []
    for region in {"us-east-1", "us-west-2", "eu-west-2", "ap-northeast-1"}:
        ec2 = null_sim.boto(region=region)
        groups = [one["GroupName"] for one in ec2.describe_security_groups()["SecurityGroups"]]
        assert "hotaru-full" not in groups
        assert ec2.describe_launch_templates()["LaunchTemplates"] == []


def test_a_zone_by_its_name_is_the_accounts_own(null_sim):
    zones = null_sim.boto(region="eu-west-1").describe_availability_zones()["AvailabilityZones"]
    zone = next(one for one in zones if one["ZoneName"].endswith("b"))
    words = ["plan", "--gpu", "24GiB", "--zone", zone["ZoneName"]]
    plan = null_sim.hotaru(*words, "--region", "eu-west-1", "-o", "json").ok().json()["plan"]
    assert {place["zone_id"] for place in plan["places"]} == {zone["ZoneId"]}
    assert "--region" in null_sim.hotaru(*words).failed().err
    assert zone["ZoneName"] in null_sim.hotaru("plan", "--gpu", "24GiB", "--zone", "eu-west-1z", "--region",
                                               "eu-west-1").failed().err


def test_spot_wishes_are_told_how_likely_they_are_and_nobody_else_is_asked(null_sim):
    plan = null_sim.hotaru("plan", "--gpu", "24GiB", "--spot", "-o", "json").ok().json()["plan"]
    scores = [place["placement_score"] for place in plan["places"]]
    assert plan["placement_scores_as_of"] and any(scores) and all(1 <= one <= 10 for one in scores if one)
    assert "SPOT SCORE" in null_sim.hotaru("plan", "--gpu", "24GiB", "--spot").ok().out
    plan = null_sim.hotaru("plan", "--gpu", "24GiB", "-o", "json").ok().json()["plan"]
    assert plan["placement_scores_as_of"] is None and plan["places"][0]["placement_score"] is None


def test_what_is_found_has_a_price_and_its_date_and_the_nearest_offer_is_named_where_nothing_is(null_sim):
    cheapest = json.loads(null_sim.hotaru("find", "L4:1", "-o", "json").ok().out)["offers"][0]
    assert cheapest["gpu"]["name"] == "L4" and cheapest["usd_per_hour"] > 0 and cheapest["price_as_of"]
    nothing = null_sim.hotaru("find", "T4", "--max-price", "0.01").failed()
    assert nothing.code == NOT_FOUND and "at most $0.01 an hour" in nothing.err and "g4dn.xlarge" in nothing.err
