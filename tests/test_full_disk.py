"""The user's disk is full: nothing new begins to bill, and what bills can be seen, stopped and ended."""
import os
import subprocess

import pytest


@pytest.fixture
def small_disk(own_folder):
    """A disk of 600 KB for the user's state; fill() leaves no room on it."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    folder = own_folder / "state"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k,mode=700", "none", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def fill(folder) -> None:
    with open(folder / "full", "wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            assert os.statvfs(folder).f_bavail == 0


def test_on_a_full_disk_nothing_begins_and_everything_can_be_ended(own_null_sim, small_disk):
    sim = own_null_sim
    env = {"XDG_STATE_HOME": str(small_disk), "HOTARU_SIM_DIR": str(sim.folder / "sim")}

    def hotaru(*words):
        return sim.hotaru(*words, **env)

    hotaru("up", "train", "--type", "g4dn.xlarge", "--for", "2h", "--yes", "--no-wait").ok()
    fill(small_disk)

    refused = hotaru("up", "second", "--type", "g4dn.xlarge", "--yes", "--no-wait").failed()
    assert "The disk is full: free some space and try again." in refused.err
    assert len(sim.boto().describe_instances()["Reservations"]) == 1

    listed = hotaru("ls").ok()
    assert "train" in listed.out
    assert "is full: nothing of this is written down" in listed.err
    hotaru("stop", "train", "--yes").ok()
    assert "disk is full" in hotaru("start", "train", "--yes", "--no-wait").failed().err
    hotaru("down", "train", "--yes").ok()
    assert not hotaru("ls", "-o", "json").ok().json()["instances"]
    groups = sim.boto().describe_security_groups()["SecurityGroups"]
    assert [group["GroupName"] for group in groups] == ["default"]
