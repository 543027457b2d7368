"""What needs no network against `true`; a cold `hotaru ls` of 100 instances against the AWS CLI's describe-instances, on
the same server (moto)."""
import http.client
import time
import urllib.parse

from support.moto import Moto
from support.programs import HOTARU, VENV, environment

from .measure import peak_mib, wall
from .proxy import Proxy, Seen, actions, send
from .row import Row, median, milliseconds

INSTANCES = 100
MEMORY_MIB = 15
FASTER = 40
STARTS = 200
START_MS = 5


def server_seconds(endpoint: str, requests: list[Seen], times: int = 5) -> float:
    """What the server itself needs for these requests: the same bytes again over a kept connection, at its quickest."""
    target = urllib.parse.urlsplit(endpoint)
    connection = http.client.HTTPConnection(target.hostname, target.port)
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        for request in requests:
            send(connection, request).read()
        taken.append(time.perf_counter() - begin)
    connection.close()
    return min(taken)


def launch(env) -> None:
    import boto3
    ec2 = boto3.session.Session(aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
                                aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
                                region_name=env["AWS_REGION"]).client("ec2", endpoint_url=env["AWS_ENDPOINT_URL"])
    image = ec2.describe_images(Filters=[{"Name": "name", "Values": ["ubuntu*"]}])["Images"][0]["ImageId"]
    for number in range(INSTANCES):
        ec2.run_instances(ImageId=image, InstanceType="g4dn.xlarge", MinCount=1, MaxCount=1, TagSpecifications=[
            {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": f"bench-{number}"}]}])


def starts(env) -> list[Row]:
    """Taken in turn, so that all of them see the same load."""
    programs = {"true": ["/bin/true"], "--version": [HOTARU, "--version"], "version": [HOTARU, "version"],
                "--help": [HOTARU, "--help"], "up --help": [HOTARU, "up", "--help"]}
    times = {name: [] for name in programs}
    for _ in range(STARTS):
        for name, program in programs.items():
            times[name].append(wall(program, env))
    middle = {name: median(values) for name, values in times.items()}
    slowest = max(middle.values()) - middle["true"]
    return [Row("hotaru --version, version, --help, up --help: the slowest, cold, median", "over `true`",
                f"at most {START_MS} ms", slowest * 1000, START_MS, unit="ms",
                details={"starts": STARTS, **{f"{name}_ms": milliseconds(value) for name, value in middle.items()}})]


def measure(folder) -> list[Row]:
    rows = starts(environment(folder))
    moto = Moto(folder, environment(folder), alone=False)
    try:
        return rows + compare(moto)
    finally:
        moto.close()


def compare(moto: Moto) -> list[Row]:
    launch(moto.env)
    ours = [HOTARU, "ls", "--all", "--region", "us-east-1"]
    theirs = [VENV / "aws", "--region", "us-east-1", "ec2", "describe-instances"]
    asked = {}
    proxy = Proxy(moto.env["AWS_ENDPOINT_URL"])
    try:
        for name, program in (("ours", ours), ("theirs", theirs)):
            wall(program, {**moto.env, "AWS_ENDPOINT_URL": proxy.endpoint})
            asked[name] = proxy.take()
    finally:
        proxy.close()
    times, served = ({"ours": [], "theirs": []} for _ in range(2))
    for turn in range(24):
        for name, program in (("ours", ours), ("theirs", theirs)):
            if name == "theirs" and turn % 3:
                continue
            # Beside each run, so that a machine that is busy for a while is busy for both.
            served[name].append(server_seconds(moto.env["AWS_ENDPOINT_URL"], asked[name]))
            times[name].append(wall(program, moto.env))
    # The quickest of each: the difference of two medians is mostly other people's load, since the server's part is the
    # larger one.
    server = {name: min(served[name]) for name in served}
    client = {name: min(times[name]) - server[name] for name in times}
    if min(client.values()) < 1e-3:
        raise RuntimeError(f"this machine is too busy to tell the client's time from the server's: {client}")
    memory = {"ours": peak_mib(ours, moto.env), "theirs": peak_mib(theirs, moto.env)}
    details = {"instances": INSTANCES, "calls": actions(asked["ours"]),
               **{f"{name}_wall_ms": milliseconds(min(times[name])) for name in times},
               **{f"{name}_server_ms": milliseconds(server[name]) for name in times},
               **{f"{name}_client_ms": milliseconds(client[name]) for name in times},
               **{f"{name}_peak_mib": round(memory[name], 1) for name in memory}}
    return [
        Row(f"hotaru ls, {INSTANCES} instances, cold", "aws ec2 describe-instances, server's time off both",
            f"{FASTER} times shorter", client["theirs"] / client["ours"], FASTER, at_least=True, details=details),
        Row("its peak memory", f"aws: {memory['theirs']:.0f} MiB", f"under {MEMORY_MIB} MiB", memory["ours"], MEMORY_MIB,
            unit="MiB", details=details),
    ]
