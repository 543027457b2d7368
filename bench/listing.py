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
        # Named as hotaru's own, so that `ls` lists them without --all too, and this machine keeps track of them.
        ec2.run_instances(ImageId=image, InstanceType="g4dn.xlarge", MinCount=AT_ONCE, MaxCount=AT_ONCE,
                          TagSpecifications=[{"ResourceType": "instance",
                                              "Tags": [{"Key": "hotaru:name", "Value": f"bench-{number}"}]}])


def measure(folder) -> list[Row]:
    sim = Sim("null", folder)
    try:
        return compare(sim)
    finally:
        sim.close().ok()


def peaks(sim: Sim, programs: dict) -> dict:
    """Of each program, the first time that it meets these instances (and remembers them) and once more."""
    return {name: max(peak_mib(program, sim.env) for _ in range(2)) for name, program in programs.items()}


def compare(sim: Sim) -> list[Row]:
    ours = {"all": [HOTARU, "ls", "--all", "--region", REGIONS[0]], "own": [HOTARU, "ls", "--region", REGIONS[0]],
            "json": [HOTARU, "ls", "--all", "--region", REGIONS[0], "-o", "json"]}
    theirs = [VENV / "aws", "--region", REGIONS[0], "ec2", "describe-instances", "--page-size", str(AT_ONCE)]
    ec2 = sim.boto()
    launch(ec2, FEW)
    few = peaks(sim, ours)
    launch(ec2, MANY - FEW)
    many = peaks(sim, ours)
    for name, program in ours.items():
        shown = sim.hotaru(*program[1:]).ok().out.count("g4dn.xlarge")
        if shown != MANY:
            raise RuntimeError(f"{name}: {shown} instances are listed, not {MANY}")
    seconds = {name: median(wall(program, sim.env) for _ in range(TIMES)) for name, program in ours.items()}
    cli = wall(theirs, sim.aws_env)
    details = {"instances": MANY, "theirs_s": round(cli, 2),
               **{f"{name}_s": round(value, 2) for name, value in seconds.items()},
               **{f"{name}_peak_mib": round(value, 1) for name, value in many.items()},
               **{f"{name}_peak_mib_of_{FEW}": round(value, 1) for name, value in few.items()}}
    return [
        Row(f"hotaru ls --all, {MANY:,} instances, cold", "aws ec2 describe-instances, its pages, same sim",
            f"{FASTER} times faster", cli / seconds["all"], FASTER, at_least=True, details=details),
        Row("its peak memory", "", f"under {MEMORY_MIB} MiB", max(many.values()), MEMORY_MIB, unit="MiB",
            details=details),
        Row("its peak memory", f"the same for {FEW:,}", f"at most {GROWTH} times",
            max(many[name] / few[name] for name in ours), GROWTH, details=details),
    ]
