"""`hotaru catalog refresh` on moto's server, an EC2 that is not ours, where loopback is all the network there is."""
import json
import signal
import subprocess

import pytest

from support.moto import Moto
from support.programs import HOTARU, environment, run
from support.waiting import until

COUNT = """
import boto3
pages = boto3.client("ec2").get_paginator("describe_instance_types").paginate()
print(len({each["InstanceType"] for page in pages for each in page["InstanceTypes"]}))
"""


@pytest.fixture
def moto(own_folder):
    env = environment(own_folder)
    server = Moto(own_folder, env, alone=True)
    try:
        yield server
    finally:
        server.close()


def test_the_catalogue_of_a_sim_stays_apart_from_that_of_aws(own_null_sim):
    told = parts(own_null_sim.hotaru("catalog", "refresh", "-o", "json").ok().out, "refreshed")
    regions = json.loads(own_null_sim.aws("ec2", "describe-regions").ok().out)["Regions"]
    assert [told[name]["asked"] for name in ("offerings", "prices", "spot", "storage")] == [len(regions)] * 4
    assert [part["failed"] for part in told.values()] == [0] * 5
    sims = parts(own_null_sim.hotaru("catalog", "show", "-o", "json").ok().out, "catalog")
    assert sims["spot"]["source"].startswith(f"DescribeSpotPriceHistory, {len(regions)} regions")
    disks = [own_null_sim.hotaru("plan", "--type", "t3.micro", "--region", region, "-o", "json").ok().json()["plan"]
             ["full_price"]["items"][1]["usd_per_hour"] for region in ("us-east-1", "eu-west-1")]
    assert 0 < disks[0] < disks[1], "every region's disks have a price now"
    own = parts(own_null_sim.hotaru("--cloud", "aws", "catalog", "show", "-o", "json").ok().out, "catalog")
    assert own["spot"]["source"].startswith("built in")
    refused = own_null_sim.hotaru("catalog", "refresh", "--region", "us-east-9").failed()
    assert "us-east-1" in refused.err


def test_what_ctrl_c_interrupted_goes_on_where_it_was(own_null_sim):
    sim = own_null_sim
    cache, env = sim.folder / "cache", sim.env
    file = sim.folder / "scenario.yaml"
    file.write_text("latency:\n  - {action: DescribeSpotPriceHistory, time: 30s}\n")
    sim.hotaru("sim", "scenario", "load", file).ok()
    program = subprocess.Popen([str(HOTARU), "catalog", "refresh"], env=env, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    until(lambda: list(cache.glob("hotaru/catalog/*/prices.txt")), "the prices are written")
    program.send_signal(signal.SIGINT)
    said, _ = program.communicate(timeout=20)
    assert program.returncode == 130, said
    assert "goes on from there" in said
    sim.hotaru("sim", "scenario", "clear").ok()
    told = parts(run([HOTARU, "catalog", "refresh", "-o", "json"], env).ok().out, "refreshed")
    assert told["prices"]["kept"] > 0
    assert all(part["failed"] == 0 for part in told.values())


def parts(answer: str, of: str) -> dict[str, dict]:
    return {part["name"]: part for part in json.loads(answer)[of]["parts"]}


def test_the_refreshed_catalogue_has_every_type_that_the_server_reports(moto):
    def hotaru(*words):
        return moto.run(HOTARU, *words, "-o", "json").ok().out

    there = int(moto.run("python", "-c", COUNT).ok().out)
    assert there > 1000
    built_in = parts(hotaru("catalog", "show"), "catalog")
    assert built_in["types"]["source"] == "built in"

    two_regions = ["--region", "us-east-1", "--region", "ap-northeast-1"]
    told = parts(hotaru("catalog", "refresh", *two_regions), "refreshed")
    assert told["types"]["rows"] == there
    assert told["offerings"]["asked"] == told["spot"]["asked"] == 2
    assert told["prices"]["failed"] == 2, "moto has no price list; what was known is kept"
    assert told["prices"]["error"]["class"] == "unavailable"

    shown = parts(hotaru("catalog", "show"), "catalog")
    assert shown["types"]["rows"] >= there
    assert shown["types"]["source"].startswith("DescribeInstanceTypes")
    assert shown["offerings"]["source"] == "DescribeInstanceTypeOfferings, 2 regions; others built in"
    assert shown["prices"] == built_in["prices"]

    again = parts(hotaru("catalog", "refresh", *two_regions), "refreshed")
    assert [again[name]["asked"] for name in ("types", "offerings", "spot")] == [0, 0, 0], "asked again within a day"
    assert moto.unrouted() == 0, "something was asked for outside of loopback"
