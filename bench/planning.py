"""The way to an instance that starts: survey, choice, failover."""
import json
import re
import subprocess
import time
from collections import Counter
from pathlib import Path

from support.programs import HOTARU, run
from support.sim import Sim

from .measure import wall
from .proxy import Proxy
from .row import Row, median, milliseconds

FAR = "latency:\n  - {time: 100ms}\n"
WISH = ["--gpu", "T4", "--type", "g4dn.xlarge"]
EVERYWHERE = 17
TIMES = 9
SURVEY, BEYOND_BOOT, CALLS, CHOOSE_MS = 1.5, 5.0, 2, 5.0


def measure(folder) -> list[Row]:
    return [choose(), *survey(folder), *failover(folder)]


def choose() -> Row:
    program = Path(__file__).resolve().parent.parent / "build/release/bench_choose"
    offers, took = subprocess.run([program], capture_output=True, text=True, check=True).stdout.split()
    return Row("choose over every type x region x zone x market", "brute force (equal, by test)",
               f"at most {CHOOSE_MS:g} ms", float(took), CHOOSE_MS, unit="ms", details={"offers": int(offers)})


def load(sim: Sim, text: str) -> None:
    scenario = sim.folder / "scenario.yaml"
    scenario.write_text(text)
    sim.hotaru("sim", "scenario", "load", scenario).ok()


def survey(folder) -> list[Row]:
    sim = Sim("null", folder)
    try:
        load(sim, FAR)
        plan = [HOTARU, "plan", *WISH, "--fresh"]
        wall(plan, sim.env)
        one, everywhere = [], []
        for _ in range(TIMES):
            one.append(wall([*plan, "--region", "us-east-1"], sim.env))
            everywhere.append(wall(plan, sim.env))
    finally:
        sim.close().ok()
    return [Row(f"survey of {EVERYWHERE} regions, 100 ms each (hotaru plan --fresh)", "one region alone",
                f"at most {SURVEY} times", median(everywhere) / median(one), SURVEY,
                details={"times": TIMES, "one_ms": milliseconds(median(one)),
                         "all_ms": milliseconds(median(everywhere))})]


def last_place(sim: Sim) -> tuple[str, str, int]:
    """Region and zone that are tried last, and how many regions there are."""
    places = sim.hotaru("plan", *WISH, "-o", "json").ok().json()["plan"]["places"]
    regions = []
    for place in places:
        if place["region"] not in regions:
            regions.append(place["region"])
    zone_id = [place["zone_id"] for place in places if place["region"] == regions[-1]][-1]
    zones = sim.boto(region=regions[-1]).describe_availability_zones()["AvailabilityZones"]
    return regions[-1], next(zone["ZoneName"] for zone in zones if zone["ZoneId"] == zone_id), len(regions)


def scarce(sim: Sim, zone: str) -> str:
    """Room in one zone alone."""
    region = zone[:-1]
    others = [f"{region}{letter}" for letter in "abcdef" if f"{region}{letter}" != zone]
    regions = [one["RegionName"] for one in sim.boto().describe_regions()["Regions"] if one["RegionName"] != region]
    full = [f"{one}*" for one in regions] + others
    return "capacity:\n" + "".join(f'  - {{zone: "{one}", instances: 0}}\n' for one in full)


def failover(folder) -> list[Row]:
    sim = Sim("sandbox", folder)
    try:
        region, zone, regions = last_place(sim)
        if regions != EVERYWHERE:
            raise RuntimeError(f"the plan has {regions} regions, not {EVERYWHERE}")
        load(sim, FAR)
        direct = up(sim, sim.env, "direct", "--region", region)
        load(sim, FAR + scarce(sim, zone))
        far = up(sim, sim.env, "far")
        left = leftovers(sim)
        most = most_calls(sim)
    finally:
        sim.close().ok()
    details = {"direct_s": round(direct, 2), "failover_s": round(far, 2), "region": region}
    what = f"failover: room in the last of {EVERYWHERE} regions, 100 ms each"
    return [Row(f"{what}: a shell", "the same launch there at once", f"at most {BEYOND_BOOT:g} s later", far - direct,
                BEYOND_BOOT, unit="s", details=details),
            Row("its launch calls in one region", "", f"at most {CALLS}", most, CALLS, unit="calls"),
            Row("what it left (groups, templates)", "", "nothing", left, 0, unit="things")]


def up(sim: Sim, env: dict, name: str, *more: str) -> float:
    begin = time.perf_counter()
    done = run([HOTARU, "up", name, *WISH, *more, "--yes", "-o", "json"], env, timeout=180).ok()
    seconds = time.perf_counter() - begin
    if not json.loads(done.out)["ready"]:
        raise RuntimeError(f"{name} is not ready")
    sim.hotaru("down", name, "--yes").ok()
    return seconds


def leftovers(sim: Sim) -> int:
    count = 0
    for region in sim.boto().describe_regions()["Regions"]:
        ec2 = sim.boto(region=region["RegionName"])
        count += sum(group["GroupName"] != "default" for group in ec2.describe_security_groups()["SecurityGroups"])
        count += len(ec2.describe_launch_templates()["LaunchTemplates"])
    return count


def most_calls(sim: Sim) -> int:
    """Of RunInstances and CreateFleet, in the region that got most; counted on the way, so on a run of its own."""
    proxy = Proxy(sim.aws_env["AWS_ENDPOINT_URL"])
    try:
        # Another machine, which has not learnt yet where there is no room.
        env = {**sim.aws_env, "AWS_ENDPOINT_URL": proxy.endpoint, "XDG_STATE_HOME": str(sim.folder / "other"),
               "XDG_CACHE_HOME": str(sim.folder / "other-cache")}
        run([HOTARU, "up", "counted", *WISH, "--yes", "--no-wait"], env, timeout=180).ok()
        seen = proxy.take()
        run([HOTARU, "down", "counted", "--yes"], env, timeout=180).ok()
    finally:
        proxy.close()
    calls = Counter(region_of(one) for one in seen if one.action in ("RunInstances", "CreateFleet"))
    return max(calls.values())


def region_of(request) -> str:
    """The region of a signature's scope."""
    header = dict((name.lower(), value) for name, value in request.headers)["authorization"]
    return re.search(r"Credential=[^/]+/\d+/([^/]+)/", header).group(1)
