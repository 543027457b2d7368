"""The guard under a systemd, a cloud-init and a kernel of its own, on machines that break: each ends in time.

All machines run at once. What breaks one is a script in it, begun as soon as its guard keeps limits."""
import base64
import platform
import re
import time
from datetime import datetime

import pytest

from support.waiting import until

from .machine import SEED, Image, Machine

ARMED = "until [ -s /run/hotaru/state ]; do sleep 1; done\n"
LATE = 60  # seconds, at most


class Case:
    def __init__(self, fault: str, seen: str, limits: str = "--for 7m", files: dict[str, str] | None = None):
        """`seen` is a pattern of what the console shows once the machine is broken."""
        self.limits, self.seen = limits.split(), seen
        self.files = {"/usr/local/sbin/fault": ARMED + fault, **(files or {})}


CASES = {
    "nothing breaks": Case("echo fault: none", "fault: none"),
    "the package step never ends": Case(
        "true", "fault: apt-get", files={f"{SEED}/vendor-data": "#cloud-config\npackages: [hello]\n",
                                         "/usr/bin/apt-get": "#!/bin/sh\necho fault: apt-get >/dev/console\n"
                                                             "exec sleep infinity\n"}),
    "a stop job hangs": Case("systemd-run --unit=stuck -p ExecStop='/bin/sleep infinity' -p TimeoutStopSec=infinity "
                             "sleep infinity", r"(A stop job is|stuck.service/stop) running"),
    "nvidia-smi hangs in the kernel": Case(
        "truncate -s 32M /disk && mkfs.ext4 -q /disk && mount -o loop /disk /mnt && fsfreeze -f /mnt\n"
        "until grep -qs '^State:.D' $(pgrep -f '[n]vidia-smi' | sed 's|.*|/proc/&/status|'); do sleep 1; done\n"
        "echo fault: nvidia-smi is in state D", "fault: nvidia-smi is in state D", limits="--idle 2m --for 20m",
        files={"/usr/bin/nvidia-smi": "#!/bin/sh\necho >/mnt/file\n"}),
    "the disks are full": Case("for disk in / /run /tmp; do cat /dev/zero >$disk/full; done\ndf / /run\n"
                               "echo fault: full", "fault: full"),
    "memory is exhausted": Case("while sleep 1; do tail /dev/zero & tail /dev/zero & wait; done", "Out of memory: Killed process"),
    # Until the metadata service has told the time a clock that is set forward is believed.
    "the clock jumps": Case("until [ -s /run/hotaru/meta ]; do sleep 1; done\ndate -s '3 hours'\nsleep 90\n"
                            "date -s '6 hours ago'\necho fault: back", "fault: back"),
    "systemctl is gone": Case("rm /usr/bin/systemctl\necho fault: gone", "fault: gone"),
    "systemd has crashed": Case("kill -SEGV 1; sleep 5; echo fault: crashed >/dev/console", "fault: crashed"),
    "it was rebooted": Case("[ ! -e /rebooted ] || exit\ntouch /rebooted\nsync\necho fault: reboot\nreboot",
                            "fault: reboot(?s:.*)hotaru guard: armed"),
}


def user_data(sim, name: str, limits: list[str]) -> tuple[bytes, float]:
    """What hotaru gives an instance with these limits, and when the first of them is up."""
    sim.hotaru("up", name, "--type", "g4dn.xlarge", *limits, "--yes", "--no-wait").ok()
    ec2 = sim.boto()
    found = ec2.describe_instances(Filters=[{"Name": "tag:hotaru:name", "Values": [name]}])
    instance = found["Reservations"][0]["Instances"][0]
    tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
    told = ec2.describe_instance_attribute(InstanceId=instance["InstanceId"], Attribute="userData")
    end = datetime.fromisoformat(tags["hotaru:expires"].replace("Z", "+00:00")).timestamp()
    return base64.b64decode(told["UserData"]["Value"]), end


class Run:
    """One machine, with the time when it has to end."""

    def __init__(self, sim, image: Image, folder, index: int, case: Case):
        self.case = case
        text, self.end = user_data(sim, f"vm{index}", case.limits)
        files = {name: file.encode() for name, file in case.files.items()}
        files[f"{SEED}/user-data"] = text
        files[f"{SEED}/meta-data"] = f"instance-id: i-{index:017x}\nlocal-hostname: vm\n".encode()
        self.machine = Machine(image, folder, files)


@pytest.fixture(scope="module")
def runs(base, null_sim, request):
    if platform.machine() != "x86_64":
        pytest.skip("the virtual machines are x86_64, and are emulated quickly enough there alone")
    image = Image()
    started = {}
    try:
        wanted = [item.callspec.params["name"] for item in request.session.items if "runs" in item.fixturenames]
        for index, name in enumerate(wanted):
            folder = base / f"vm{index}"
            folder.mkdir()
            started[name] = Run(null_sim, image, folder, index, CASES[name])
        yield started
    finally:
        for run in started.values():
            run.machine.close()


@pytest.mark.parametrize("name", CASES)
def test_a_machine_ends_in_time_although(name, runs, record_property):
    run = runs[name]
    machine = run.machine
    try:
        until(machine.ended, lambda: f"it ends:\n{machine.console[-3000:]}", patience=run.end + LATE - time.time(), every=1)
        ended = time.time()
        assert re.search(run.case.seen, machine.console), machine.console[-3000:]
        assert re.search(r"hotaru guard: (time|idle) limit: powering off", machine.console)
        if run.case.limits[0] == "--for":
            assert ended >= run.end, "not before its time"
            record_property("seconds late", f"{ended - run.end:.0f}")
            print(f"{name}: {ended - run.end:.0f} s after its time")
    finally:
        (machine.folder / "disk").unlink()
