"""Shells: the first one of an instance against plain ssh, and many against plain ssh over a shared connection."""
import re
import socket
import subprocess
import threading
import time

from support.programs import HOTARU
from support.sim import Sim
from support.waiting import until

from .measure import wall
from .row import Row, median, milliseconds, p95

# What `up` says at the moment that a verified shell has run (lifecycle/wait.cpp).
VERIFIED = re.compile("Replacing the host key")
UPS = 20
AGAIN = 30
FIRST_LIMIT = 1.25
AGAIN_LIMIT = 1.2


class PortWatch(threading.Thread):
    """Notes when port 22 of the instance of hotaru's first accepts a connection."""

    def __init__(self, ec2, name: str):
        super().__init__(daemon=True)
        self.ec2, self.instance_name = ec2, name
        self.address: str | None = None
        self.open_at: float | None = None
        self.start()

    def _look_up(self) -> str | None:
        found = self.ec2.describe_instances(Filters=[{"Name": "tag:hotaru:name", "Values": [self.instance_name]},
                                                     {"Name": "instance-state-name", "Values": ["pending", "running"]}])
        for reservation in found["Reservations"]:
            return reservation["Instances"][0].get("PublicIpAddress")
        return None

    def run(self):
        self.address = until(self._look_up, "the instance has an address", patience=60, every=0.05)
        while True:
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex((self.address, 22)) == 0:
                    self.open_at = time.perf_counter()
                    return
            time.sleep(0.002)


def first_shell(sim: Sim, ec2, name: str) -> tuple[float, str]:
    """Seconds from the open port to hotaru's word that the shell is verified, and the address."""
    watch = PortWatch(ec2, name)
    program = subprocess.Popen([str(HOTARU), "up", name, "--type", "t3.micro", "--yes"], env=sim.env,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    verified = None
    said = []
    for line in program.stdout:
        said.append(line)
        if verified is None and VERIFIED.search(line):
            verified = time.perf_counter()
    if program.wait() != 0 or verified is None:
        raise RuntimeError("hotaru up:\n" + "".join(said))
    watch.join(10)
    return verified - watch.open_at, watch.address


def login(sim: Sim, name: str) -> list[str]:
    """Plain ssh to one of hotaru's instances, by hotaru's own key."""
    facts = sim.hotaru("show", name, "-o", "json").ok().json()["instance"]
    key = next(path for path in (sim.folder / "home").rglob("id_ed25519"))
    return ["ssh", "-F", "none", "-i", str(key), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
            "-o", "StrictHostKeyChecking=accept-new", "-o", f"UserKnownHostsFile={sim.folder / 'bench_known_hosts'}",
            f"{facts['user']}@{facts['address']}"]


def first_shells(sim: Sim, ec2) -> Row:
    ours, plain = [], []
    for number in range(UPS):
        name = f"first-{number}"
        ours.append(first_shell(sim, ec2, name)[0])
        ssh = login(sim, name)
        wall([*ssh, "true"], sim.env)  # its host key is known from here on
        plain.append(median(wall([*ssh, "true"], sim.env) for _ in range(3)))
        sim.hotaru("down", name, "--yes").ok()
    return Row("up: from open port 22 to a verified shell, p95", "one plain `ssh … true` to it",
               f"at most {FIRST_LIMIT} times", p95(ours) / median(plain), FIRST_LIMIT,
               details={"ups": UPS, "ours_p50_ms": milliseconds(median(ours)), "ours_p95_ms": milliseconds(p95(ours)),
                        "plain_ms": milliseconds(median(plain)), "aws_wait_and_ssh_ms": milliseconds(by_hand(sim, ec2))})


def by_hand(sim: Sim, ec2) -> float:
    """The same with `aws ec2 wait instance-running` and a loop of ssh, once a second: seconds from the open port."""
    ec2.import_key_pair(KeyName="hand", PublicKeyMaterial=sim.ssh.public_key.encode())
    group = ec2.create_security_group(GroupName="hand", Description="by hand")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": f"{sim.caller()}/32"}]}])
    image = ec2.describe_images(Filters=[{"Name": "name", "Values": ["*ubuntu*"]},
                                         {"Name": "architecture", "Values": ["x86_64"]}])["Images"][0]["ImageId"]
    instance = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, KeyName="hand",
                                 SecurityGroupIds=[group], TagSpecifications=[
                                     {"ResourceType": "instance", "Tags": [{"Key": "hotaru:name", "Value": "hand"}]}]
                                 )["Instances"][0]["InstanceId"]
    watch = PortWatch(ec2, "hand")
    sim.aws("ec2", "wait", "instance-running", "--instance-ids", instance).ok()
    watch.join(60)
    until(lambda: sim.ssh.run(watch.address, "true").code == 0, "a shell", every=1)
    seconds = time.perf_counter() - watch.open_at
    ec2.terminate_instances(InstanceIds=[instance])
    return seconds


def shells_again(sim: Sim) -> Row:
    sim.hotaru("up", "again", "--type", "t3.micro", "--yes").ok()
    shared = [*login(sim, "again")[:-1], "-o", "ControlMaster=auto", "-o", f"ControlPath={sim.folder / 'c'}",
              "-o", "ControlPersist=60", login(sim, "again")[-1], "true"]
    ours = [HOTARU, "ssh", "again", "--", "true"]
    for program in (shared, ours):
        wall(program, sim.env)  # opens the shared connection
    times = {"plain": [], "ours": []}
    for _ in range(AGAIN):
        times["plain"].append(wall(shared, sim.env))
        times["ours"].append(wall(ours, sim.env))
    wall([*shared[:-2], "-O", "exit", shared[-2]], sim.env)
    sim.hotaru("down", "again", "--yes").ok()
    ratio = median(times["ours"]) / median(times["plain"])
    return Row("hotaru ssh NAME -- true, again and again", "plain ssh over a shared connection",
               f"at most {AGAIN_LIMIT} times", ratio, AGAIN_LIMIT,
               details={"times": AGAIN, **{f"{name}_ms": milliseconds(median(values)) for name, values in times.items()}})


def measure(folder) -> list[Row]:
    sim = Sim("sandbox", folder)
    try:
        ec2 = sim.boto()
        sim.hotaru("up", "warm", "--type", "t3.micro", "--yes").ok()  # keys and routers are made once
        sim.hotaru("down", "warm", "--yes").ok()
        return [first_shells(sim, ec2), shells_again(sim)]
    finally:
        sim.close().ok()
