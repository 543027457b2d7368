"""A short run of `./dev chaos`: random lives of instances, with faults, kills and clocks that jump."""
import os
import subprocess
from pathlib import Path

from support.programs import HOTARU


def test_random_lives_leave_nothing_and_keep_their_limits():
    chaos = Path(HOTARU).parent / "chaos"
    seed = os.environ.get("CHAOS_SEED", "1")
    done = subprocess.run([chaos, "--lives", "150", "--seed", seed], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
