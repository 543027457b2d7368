"""Shells: the first one of an instance against plain ssh, and many against plain ssh over a shared connection."""
import json
import os
import re
import selectors
import socket
import subprocess
import threading
import time

from support.programs import HOTARU, VENV, Ssh
from support.sim import Sim
from support.waiting import until

from .measure import wall
from .row import Row, median, milliseconds, p95

UPS = 12
AGAIN = 30
FIRST_LIMIT = 1.25
AGAIN_LIMIT = 1.2


class PortWatch(threading.Thread):
    """Notes when port 22 of the instance with a Name tag first accepts a connection."""

    def __init__(self, ec2, name: str):
        super().__init__(daemon=True)
        self.ec2, self.instance_name = ec2, name
        self.address: str | None = None
        self.open_at: float | None = None
        self.start()

    def _look_up(self) -> str | None:
        found = self.ec2.describe_instances(Filters=[{"Name": "tag:Name", "Values": [self.instance_name]},
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
