"""The sim under load: requests per second against moto's server, and a hundred thousand null instances against none."""
import json
import subprocess
import uuid
from pathlib import Path

from support.moto import Moto
from support.programs import HOTARU, environment
from support.sim import REGIONS, Sim

from .row import Row, median

LOAD = HOTARU.parent / "bench_load"
CONNECTIONS = 8
FASTER = 70
LISTED = 100

INSTANCES = 100_000
TOGETHER = 1_000
PLACES = 4_000  # launched into a subnet, which has 4,091 addresses
LAUNCHES = 25  # of one; three times so many find an address in the same subnet
SLOWER = 2
MEMORY_MIB = 400

REGIONS_FORM = "Action=DescribeRegions&Version=2016-11-15"
LIST_FORM = "Action=DescribeInstances&Version=2016-11-15"


def load(env: dict[str, str], forms: list[str], requests: int, expect: tuple[str, int] | None = None,
         connections: int = CONNECTIONS, varied: bool = False, region: str = REGIONS[0]) -> dict:
    """What bench_load says of so many requests, each signed and its answer checked."""
    words = [str(LOAD), env["AWS_ENDPOINT_URL"], "--requests", str(requests), "--connections", str(connections)]
    words += ["--expect", expect[0], str(expect[1])] if expect else []
    words += ["--varied"] if varied else []
    done = subprocess.run(words, env={**env, "AWS_REGION": region}, input="\n".join(forms), capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def client(env: dict[str, str], region: str = REGIONS[0]):
    import boto3
    session = boto3.session.Session(aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
                                    aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"], region_name=region)
    return session.client("ec2", endpoint_url=env["AWS_ENDPOINT_URL"])


def image(ec2) -> str:
    return ec2.describe_images(Filters=[{"Name": "name", "Values": ["ubuntu*amd64*"]}])["Images"][0]["ImageId"]


def launch(ec2, count: int, **more) -> list[str]:
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "bench"}]}]
    answer = ec2.run_instances(ImageId=more.pop("ImageId", None) or image(ec2), InstanceType="t3.micro",
                               MinCount=count, MaxCount=count, TagSpecifications=tags, **more)
    return [one["InstanceId"] for one in answer["Instances"]]


def throughput(sim_env: dict[str, str], moto_env: dict[str, str]) -> list[Row]:
    servers = {"sim": sim_env, "moto": moto_env}
    for env in servers.values():
        launch(client(env), LISTED)
    rows = []
    for what, form, expect, requests in (
            ("DescribeRegions", REGIONS_FORM, ("<regionEndpoint>", None), {"sim": 40_000, "moto": 800}),
            (f"DescribeInstances of {LISTED}", LIST_FORM, ("<instanceId>", LISTED), {"sim": 3_000, "moto": 40})):
        rates = {"sim": [], "moto": []}
        for _ in range(3):
            for name, env in servers.items():
                number = expect[1] or len(client(env).describe_regions()["Regions"])
                rates[name].append(load(env, [form], requests[name], (expect[0], number))["per_second"])
        sim, moto = median(rates["sim"]), median(rates["moto"])
        rows.append(Row(f"sim: {what}, requests per second", f"moto's server: {moto:.0f}/s", f"{FASTER} times", sim / moto,
                        FASTER, at_least=True,
                        details={"connections": CONNECTIONS, "sim_per_second": round(sim), "moto_per_second": round(moto, 1)}))
    return rows


def subnets(ec2) -> list[str]:
    """Those of zones that offer the type."""
    offered = {one["Location"] for one in ec2.describe_instance_type_offerings(
        LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": ["t3.micro"]}])["InstanceTypeOfferings"]}
    return [one["SubnetId"] for one in ec2.describe_subnets()["Subnets"] if one["AvailabilityZone"] in offered]


def fill(env: dict[str, str]) -> list[float]:
    """Launches until there are INSTANCES, the first region's subnets first; how long the calls took."""
    left, seconds = INSTANCES, []
    regions = [one["RegionName"] for one in client(env).describe_regions()["Regions"]]
    for region in sorted(regions, key=lambda name: name != REGIONS[0]):
        ec2 = client(env, region)
        ami = image(ec2)
        for subnet in subnets(ec2):
            form = (f"Action=RunInstances&Version=2016-11-15&ImageId={ami}&InstanceType=t3.micro&SubnetId={subnet}"
                    f"&MinCount={TOGETHER}&MaxCount={TOGETHER}&TagSpecification.1.ResourceType=instance"
                    "&TagSpecification.1.Tag.1.Key=Name&TagSpecification.1.Tag.1.Value=bench")
            calls = min(PLACES, left) // TOGETHER
            if calls == 0:
                return seconds
            taken = load(env, [form], calls, ("<instanceId>", TOGETHER), connections=1, varied=True, region=region)
            seconds.append(taken["seconds"] / calls)
            left -= calls * TOGETHER
    raise RuntimeError(f"no addresses for {left} of {INSTANCES} instances")


def single_calls(env: dict[str, str]) -> dict[str, float]:
    """Milliseconds of RunInstances of one, and of DescribeInstances of one by its id."""
    ec2 = client(env)
    launch_form = f"Action=RunInstances&Version=2016-11-15&ImageId={image(ec2)}&InstanceType=t3.micro&MinCount=1&MaxCount=1" \
                  f"&SubnetId={subnets(ec2)[-1]}"
    run = load(env, [f"{launch_form}&ClientToken={uuid.uuid4()}" for _ in range(LAUNCHES)], LAUNCHES, ("<instanceId>", 1),
               connections=1, varied=True)
    ids = [one["InstanceId"] for reservation in ec2.describe_instances(MaxResults=50)["Reservations"]
           for one in reservation["Instances"]]
    read = load(env, [f"{LIST_FORM}&InstanceId.1={one}" for one in ids], 2_000, ("<instanceId>", 1), connections=1)
    return {"RunInstances": run["median_ms"], "DescribeInstances": read["median_ms"]}


def peak_mib(sim: Sim) -> float:
    process = json.loads((Path(sim.env["HOTARU_SIM_DIR"]) / "info.json").read_text())["pid"]
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def crowd(folder) -> list[Row]:
    sim = Sim("null", folder)
    try:
        env = sim.aws_env
        single_calls(env)  # what is made once (the region's VPC) is not part of the figure
        empty = single_calls(env)
        launches = fill(env)
        full = single_calls(env)
        peak = peak_mib(sim)
    finally:
        sim.close().ok()
    details = {"instances": INSTANCES, "launch_of_1000_s": {"median": round(median(launches), 3), "worst": round(max(launches), 3)},
               **{f"{name}_empty_ms": empty[name] for name in empty}, **{f"{name}_full_ms": full[name] for name in full}}
    rows = [Row(f"sim: {name} with {INSTANCES:,} null instances", "itself empty", f"within {SLOWER} times",
                full[name] / empty[name], SLOWER, details=details) for name in empty]
    return rows + [Row("its peak memory, launching included", "", f"under {MEMORY_MIB} MiB", peak, MEMORY_MIB, unit="MiB",
                       details=details)]


def measure(folder) -> list[Row]:
    moto = Moto(folder, environment(folder), alone=False)
    try:
        sim = Sim("null", folder)
        try:
            rows = throughput(sim.aws_env, moto.env)
        finally:
            sim.close().ok()
    finally:
        moto.close()
    return rows + crowd(folder)
