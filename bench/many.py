"""Instances started at once: sandboxes to verified shells, against the processor time of one."""
import os
import subprocess
import time

from support.programs import HOTARU
from support.sim import Sim

from .measure import background_load, busy_seconds, wall
from .row import Row, median

TOGETHER = 20
ALONE = 3
LIMIT = 1.3
QUIET = 0.2  # processor seconds per second that others may use, or the figure says nothing


def up(name: str) -> list[str]:
    return [str(HOTARU), "up", name, "--type", "t3.micro", "--yes"]


def down(sim: Sim, name: str) -> None:
    sim.hotaru("down", name, "--yes").ok()


def measure(folder) -> list[Row]:
    sim = Sim("sandbox", folder)
    try:
        wall(up("first"), sim.env)  # what is made once (keys, routers) is not part of the figure
        down(sim, "first")
        load = background_load()
        if load > QUIET:
            raise RuntimeError(f"others use {load:.2f} processors: `many` needs a machine that is quiet (at most {QUIET})")
        processor, alone = [], []
        for number in range(ALONE):
            before = busy_seconds()
            seconds = wall(up(f"alone-{number}"), sim.env)
            processor.append(busy_seconds() - before - load * seconds)
            alone.append(seconds)
            down(sim, f"alone-{number}")
        begin = time.perf_counter()
        started = [subprocess.Popen(up(f"together-{number}"), env=sim.env, stdin=subprocess.DEVNULL,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for number in range(TOGETHER)]
        codes = [program.wait() for program in started]
        together = time.perf_counter() - begin
        if any(codes):
            raise RuntimeError(f"{sum(code != 0 for code in codes)} of {TOGETHER} did not come up")
    finally:
        sim.close().ok()
    cores = os.cpu_count() or 1
    ideal = TOGETHER * median(processor) / cores
    return [Row(f"{TOGETHER} sandboxes at once to verified shells", f"{TOGETHER} x processor time of one / {cores} cores",
                f"at most {LIMIT} times", together / ideal, LIMIT,
                details={"together_s": round(together, 2), "one_s": round(median(alone), 2),
                         "one_processor_s": round(median(processor), 2), "background_load": round(load, 3),
                         "cores": cores})]
