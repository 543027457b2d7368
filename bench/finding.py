"""`hotaru find` offline, cold, over all regions, against the AWS CLI asking one region of the sim for the same."""
from support.programs import HOTARU
from support.sim import REGIONS, Sim

from .measure import peak_mib, wall
from .row import Row, median, milliseconds

TIMES = 40
AWS_TIMES = 5
FASTER, MOST_MS, MOST_MIB = 100, 10, 12


def measure(folder) -> list[Row]:
    sim = Sim("null", folder)
    try:
        env = sim.aws_env
        find = [HOTARU, "find", "--gpu", "T4", "--all"]
        # The sim filters by instance type as EC2 does; neither filters by a GPU's name.
        aws = ["aws", "--region", REGIONS[0], "ec2", "describe-instance-types", "--filters",
               "Name=instance-type,Values=g4dn.*"]
        wall(find, env)
        own = median([wall(find, env) for _ in range(TIMES)])
        theirs = median([wall(aws, env) for _ in range(AWS_TIMES)])
        peak = max(peak_mib(find, env) for _ in range(3))
    finally:
        sim.close().ok()
    details = {"times": TIMES, "find_ms": milliseconds(own), "aws_ms": milliseconds(theirs)}
    what = "hotaru find --gpu T4 --all, cold, offline, all regions"
    return [Row(what, "aws ec2 describe-instance-types, one region", f"{FASTER} times faster", theirs / own, FASTER,
                at_least=True, details=details),
            Row("the same", "", f"at most {MOST_MS} ms", milliseconds(own), MOST_MS, unit="ms", details=details),
            Row("its peak memory", "", f"at most {MOST_MIB} MiB", peak, MOST_MIB, unit="MiB")]
