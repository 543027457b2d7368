"""Time, memory and processor time of programs."""
import os
import subprocess
import tempfile
import time


def wall(argv, env) -> float:
    """Seconds from start to end of a program that must succeed; its output goes nowhere."""
    begin = time.perf_counter()
    done = subprocess.run([str(word) for word in argv], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, check=False)
    seconds = time.perf_counter() - begin
    if done.returncode != 0:
        raise RuntimeError(f"{argv}: exit code {done.returncode}: {done.stderr.decode(errors='replace')[-400:]}")
    return seconds


def peak_mib(argv, env) -> float:
    """Peak resident memory. Asked of GNU time, because a child of this (large) process would inherit our own peak."""
    with tempfile.NamedTemporaryFile("r") as report:
        subprocess.run(["/usr/bin/time", "-f", "%M", "-o", report.name, *[str(word) for word in argv]], env=env,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        return int(report.read().split()[-1]) / 1024


def busy_seconds() -> float:
    """Processor time that this machine has spent on anything but idling, all cores, since it started."""
    with open("/proc/stat") as stat:
        user, nice, system, _, _, irq, softirq, *_ = [int(word) for word in stat.readline().split()[1:]]
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def background_load(seconds: float = 3.0) -> float:
    """Processor seconds per second that others use while we do nothing: taken off what is measured."""
    before = busy_seconds()
    time.sleep(seconds)
    return (busy_seconds() - before) / seconds
