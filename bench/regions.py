"""`hotaru ls` over 17 regions of a round trip of 100 ms each, against one of them."""
from support.programs import HOTARU
from support.sim import REGIONS, Sim

from .measure import wall
from .row import Row, median, milliseconds

SCENARIO = "latency:\n  - {time: 100ms}\n"
EVERYWHERE = 17  # the regions that every account has
TIMES = 15
LIMIT = 1.3


def measure(folder) -> list[Row]:
    sim = Sim("null", folder)
    try:
        return compare(sim)
    finally:
        sim.close().ok()


def compare(sim: Sim) -> list[Row]:
    regions = [region["RegionName"] for region in sim.boto().describe_regions()["Regions"]]
    if len(regions) != EVERYWHERE:
        raise RuntimeError(f"the sim has {len(regions)} regions, not {EVERYWHERE}")
    for region in regions:
        sim.hotaru("up", f"one-{region}", "--type", "g4dn.xlarge", "--region", region, "--no-wait", "--yes").ok()
    scenario = sim.folder / "far.yaml"
    scenario.write_text(SCENARIO)
    sim.hotaru("sim", "scenario", "load", scenario).ok()
    # A machine that has made something in all regions, and one that has never been used and asks everywhere.
    known = sim.env
    fresh = {**sim.env, "XDG_STATE_HOME": str(sim.folder / "fresh")}
    seen = {instance["region"] for instance in sim.hotaru("ls", "-o", "json").ok().json()["instances"]}
    if seen != set(regions):
        raise RuntimeError(f"of {EVERYWHERE} regions {len(seen)} were asked")
    one, all_of_them = [HOTARU, "ls", "--region", REGIONS[0]], [HOTARU, "ls"]
    wall(one, known)
    times = {"one": [], "all": [], "fresh_one": [], "fresh_all": []}
    for turn in range(TIMES):
        times["one"].append(wall(one, known))
        times["all"].append(wall(all_of_them, known))
        for name, program in (("fresh_one", one), ("fresh_all", all_of_them)):
            times[name].append(wall(program, {**fresh, "XDG_STATE_HOME": f"{fresh['XDG_STATE_HOME']}-{name}-{turn}"}))
    middle = {name: median(values) for name, values in times.items()}
    details = {"times": TIMES, **{f"{name}_ms": milliseconds(value) for name, value in middle.items()}}
    return [
        Row(f"hotaru ls, {EVERYWHERE} regions in use, 100 ms each", "one of them", f"at most {LIMIT} times",
            middle["all"] / middle["one"], LIMIT, details=details),
        Row("the same on a machine without a memory of them", "one of them, on such a machine",
            f"at most {LIMIT} times", middle["fresh_all"] / middle["fresh_one"], LIMIT, details=details),
    ]
