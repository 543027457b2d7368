"""A cold `hotaru ls` of 100,000 null instances against the AWS CLI's describe-instances with its pages, on the same sim."""
from support.programs import HOTARU, VENV
from support.sim import REGIONS, Sim

from .measure import peak_mib, wall
from .row import Row, median

MANY = 100_000
FEW = 10_000
AT_ONCE = 1_000  # in one launch, and in one page
TIMES = 5
FASTER = 20
MEMORY_MIB = 64
GROWTH = 1.1


def launch(ec2, count: int) -> None:
    image = ec2.describe_images(Filters=[{"Name": "architecture", "Values": ["x86_64"]}])["Images"][0]["ImageId"]
    for number in range(count // AT_ONCE):
        ec2.run_instances(ImageId=image, InstanceType="g4dn.xlarge", MinCount=AT_ONCE, MaxCount=AT_ONCE,
                          TagSpecifications=[{"ResourceType": "instance",
                                              "Tags": [{"Key": "Name", "Value": f"bench-{number}"}]}])


def measure(folder) -> list[Row]:
    sim = Sim("null", folder)
    try:
        return compare(sim)
    finally:
        sim.close().ok()


def compare(sim: Sim) -> list[Row]:
    ours = [HOTARU, "ls", "--all", "--region", REGIONS[0]]
    json = [*ours, "-o", "json"]
    theirs = [VENV / "aws", "--region", REGIONS[0], "ec2", "describe-instances", "--page-size", str(AT_ONCE)]
    ec2 = sim.boto()
    launch(ec2, FEW)
    wall(ours, sim.env)
    memory = {"few": peak_mib(ours, sim.env), "few_json": peak_mib(json, sim.env)}
    launch(ec2, MANY - FEW)
    shown = sim.hotaru(*ours[1:]).ok().out.count("\n") - 1
    if shown != MANY:
        raise RuntimeError(f"{shown} instances are listed, not {MANY}")
    seconds = median(wall(ours, sim.env) for _ in range(TIMES))
    memory |= {"many": peak_mib(ours, sim.env), "many_json": peak_mib(json, sim.env)}
    cli = wall(theirs, sim.aws_env)
    growth = max(memory["many"] / memory["few"], memory["many_json"] / memory["few_json"])
    details = {"instances": MANY, "ours_s": round(seconds, 2), "ours_json_s": round(wall(json, sim.env), 2),
               "theirs_s": round(cli, 2), **{f"{name}_peak_mib": round(value, 1) for name, value in memory.items()}}
    return [
        Row(f"hotaru ls --all, {MANY:,} instances, cold", "aws ec2 describe-instances, its pages, same sim",
            f"{FASTER} times faster", cli / seconds, FASTER, at_least=True, details=details),
        Row("its peak memory", "", f"under {MEMORY_MIB} MiB", max(memory.values()), MEMORY_MIB, unit="MiB",
            details=details),
        Row("its peak memory", f"the same for {FEW:,}", f"at most {GROWTH} times", growth, GROWTH, details=details),
    ]
