"""A cold `hotaru ls` of 100,000 null instances against the AWS CLI's describe-instances with its pages, on the same sim."""
from support.programs import HOTARU, VENV
from support.sim import REGIONS, Sim

from .measure import peak_mib, wall
from .row import Row, median

MANY = 100_000
HERE = 20_000  # of them in the first region, the rest spread over the others
FEW = 10_000
TYPE = "t3.micro"
AT_ONCE = 1_000  # in one launch, and in one page of the AWS CLI's
PLACES = 4_000  # launched into a subnet, which has 4,091 addresses
TIMES = 5
FASTER = 20
MEMORY_MIB = 64
GROWTH = 1.1


class Place:
    """A region that is filled, subnet by subnet."""

    def __init__(self, sim: Sim, region: str):
        self.region, self.ec2, self.count = region, sim.boto(region=region), 0
        self.image = self.ec2.describe_images(
            Filters=[{"Name": "name", "Values": ["ubuntu*amd64*"]}])["Images"][0]["ImageId"]
        offered = {one["Location"] for one in self.ec2.describe_instance_type_offerings(
            LocationType="availability-zone",
            Filters=[{"Name": "instance-type", "Values": [TYPE]}])["InstanceTypeOfferings"]}
        self.places = [one["SubnetId"] for one in self.ec2.describe_subnets()["Subnets"]
                       if one["AvailabilityZone"] in offered for _ in range(PLACES)]

    def fill(self, count: int) -> None:
        """Named as hotaru's own, so that `ls` lists them without --all too, and this machine keeps track of them."""
        while self.count < count:
            subnet = self.places[self.count]
            some = min(AT_ONCE, count - self.count, PLACES - self.count % PLACES)
            tags = [{"Key": "hotaru:name", "Value": f"bench-{self.count // AT_ONCE}"}]
            self.ec2.run_instances(ImageId=self.image, InstanceType=TYPE, MinCount=some, MaxCount=some, SubnetId=subnet,
                                   TagSpecifications=[{"ResourceType": "instance", "Tags": tags}])
            self.count += some


def fill(places: list[Place], here: int, together: int) -> None:
    """The first region gets so many, the others share the rest."""
    places[0].fill(here)
    others = places[1:]
    for number, place in enumerate(others):
        place.fill((together - here) // len(others) + (number < (together - here) % len(others)))


def peaks(sim: Sim, programs: dict) -> dict:
    """Of each program, the first time that it meets these instances (and remembers them) and three times more."""
    return {name: max(peak_mib(program, sim.env) for _ in range(4)) for name, program in programs.items()}


def describe(region: str) -> list:
    return [VENV / "aws", "--region", region, "ec2", "describe-instances", "--page-size", str(AT_ONCE)]


def measure(folder) -> list[Row]:
    sim = Sim("null", folder)
    try:
        return compare(sim)
    finally:
        sim.close().ok()


def compare(sim: Sim) -> list[Row]:
    names = [one["RegionName"] for one in sim.boto().describe_regions()["Regions"]]
    places = [Place(sim, name) for name in sorted(names, key=lambda name: name != REGIONS[0])]
    ours = {"all": [HOTARU, "ls", "--all"], "own": [HOTARU, "ls"], "json": [HOTARU, "ls", "--all", "-o", "json"],
            "here": [HOTARU, "ls", "--all", "--region", REGIONS[0]]}
    fill(places, FEW // len(places), FEW)
    few = peaks(sim, ours)
    fill(places, HERE, MANY)
    many = peaks(sim, ours)
    for name, program in ours.items():
        shown = sim.hotaru(*program[1:]).ok().out.count(TYPE)
        if shown != (HERE if name == "here" else MANY):
            raise RuntimeError(f"{name}: {shown} instances are listed")
    seconds = {name: median(wall(program, sim.env) for _ in range(TIMES)) for name, program in ours.items()}
    # The AWS CLI asks one region at a time; that it must be started for each is not held against it.
    start = median(wall([VENV / "aws", "--region", REGIONS[0], "ec2", "describe-regions"], sim.aws_env) for _ in range(3))
    each = [wall(describe(place.region), sim.aws_env) for place in places]
    theirs = sum(each) - start * (len(each) - 1)
    growth = max(many[name] / few[name] for name in ("all", "own", "json"))
    details = {"instances": MANY, "here": HERE, "theirs_s": round(theirs, 2), "theirs_here_s": round(each[0], 2),
               **{f"{name}_s": round(value, 2) for name, value in seconds.items()},
               **{f"{name}_peak_mib": round(value, 1) for name, value in many.items()},
               **{f"{name}_peak_mib_of_{FEW}": round(value, 1) for name, value in few.items()}}
    return [
        Row(f"hotaru ls --all, {MANY:,} instances in {len(places)} regions, cold",
            "aws ec2 describe-instances, its pages, region after region", f"{FASTER} times faster",
            theirs / seconds["all"], FASTER, at_least=True, details=details),
        Row(f"hotaru ls --all --region, {HERE:,} instances, cold", "aws ec2 describe-instances, its pages",
            f"{FASTER} times faster", each[0] / seconds["here"], FASTER, at_least=True, details=details),
        Row("peak memory of ls", "", f"under {MEMORY_MIB} MiB", max(many.values()), MEMORY_MIB, unit="MiB",
            details=details),
        Row("peak memory of ls", f"the same for {FEW:,}", f"at most {GROWTH} times", growth, GROWTH, details=details),
    ]
