"""What a sim may leave on a machine: processes, mounts, loop devices, namespaces, links, routes, firewall rules.

usage: python3 leftovers.py marks FOLDER          what the sims below FOLDER can be told by, while they run
       python3 leftovers.py check FOLDER MARK...  prints what is left of them; exit code 1 if there is anything
"""
import ipaddress
import json
import os
import re
import subprocess
import sys
from pathlib import Path


def _lines(*argv: str) -> list[str]:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


def processes_of(folder: Path) -> list[str]:
    """Processes that name the folder in their arguments, environment, executable or working folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            words = (entry / "cmdline").read_bytes() + b"\0" + (entry / "environ").read_bytes()
            where = os.readlink(entry / "cwd")
        except OSError:
            continue
        if str(folder).encode() in words or where.startswith(str(folder)):
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace") if entry.exists() else ""
            found.append(f"process {entry.name}: {command}")
    return found


def mounts_of(folder: Path) -> list[str]:
    return [f"mount: {line}" for line in Path("/proc/mounts").read_text().splitlines() if str(folder) in line]


def loops_of(folder: Path) -> list[str]:
    return [f"loop device: {line}" for line in _lines("losetup", "-l", "-n", "-O", "NAME,BACK-FILE") if str(folder) in line]


def marks_of(folder: Path) -> list[str]:
    """By what the network of the sims below the folder can be told: the prefix of their names ("ht07"), and the /22 of
    addresses that the machine's registry of sims has leased to them."""
    registry = Path("/run/hotaru-sim/registry.json")
    if not registry.exists():
        return []
    numbers = [lease["number"] for lease in json.loads(registry.read_text())["leases"]
               if lease["state"].startswith(str(folder))]
    return [mark for number in numbers for mark in (f"ht{number:02x}", str(_range(number)))]


def _range(number: int) -> ipaddress.IPv4Network:
    return ipaddress.ip_network((int(ipaddress.ip_address("198.18.0.0")) + number * 1024, 22))


def _bears(line: str, mark: str) -> bool:
    if "/" not in mark:
        return mark in line
    addresses = re.findall(r"\b\d+\.\d+\.\d+\.\d+\b", line)
    return any(ipaddress.ip_address(address) in ipaddress.ip_network(mark) for address in addresses)


def network_of(marks: list[str]) -> list[str]:
    """Links, addresses, routes, named namespaces, firewall rules and control groups that bear one of the marks."""
    lines = [f"link: {line}" for line in _lines("ip", "-o", "link")]
    lines += [f"address: {line}" for line in _lines("ip", "-o", "-4", "address")]
    lines += [f"route: {line}" for line in _lines("ip", "route", "show", "table", "all")]
    lines += [f"namespace: {line}" for line in _lines("ip", "netns")]
    lines += [f"firewall: {line}" for line in _lines("nft", "list", "ruleset")]
    lines += [f"control group: {path}" for path in Path("/sys/fs/cgroup").glob("**/ht[0-9a-f][0-9a-f]*")]
    return [line for line in lines if any(_bears(line, mark) for mark in marks)]


def all_of(folder: Path, marks: list[str]) -> list[str]:
    return processes_of(folder) + mounts_of(folder) + loops_of(folder) + network_of(marks)


if __name__ == "__main__":
    what, folder, *given = sys.argv[1:]
    found = marks_of(Path(folder)) if what == "marks" else all_of(Path(folder), given)
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if what == "check" and found else 0)
