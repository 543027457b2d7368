"""What an `up` that is cut short leaves: nothing that bills and is not said."""
import os
import signal
import subprocess

import pytest

from support.programs import HOTARU, run

# cli/exit_code.h
LOCAL, INTERRUPTED = 9, 130


def ours(sim) -> list[str]:
    """The states of hotaru's instances, as EC2 tells them."""
    answer = sim.boto().describe_instances(Filters=[{"Name": "tag-key", "Values": ["hotaru:name"]}])
    return [one["State"]["Name"] for reservation in answer["Reservations"] for one in reservation["Instances"]]


def groups(sim) -> list[str]:
    answer = sim.boto().describe_security_groups(Filters=[{"Name": "group-name", "Values": ["hotaru-*"]}])
    return [group["GroupName"] for group in answer["SecurityGroups"]]


def read_until(program: subprocess.Popen, words: str) -> str:
    said = ""
    while words not in said:
        line = program.stdout.readline()
        assert line, f"ended without saying {words!r}:\n{said}"
        said += line
    return said


def test_a_second_ctrl_c_leaves_the_undoing_to_the_next_command(own_null_sim):
    sim = own_null_sim
    program = subprocess.Popen([str(HOTARU), "up", "twice", "--type", "g4dn.xlarge", "--yes"], env=sim.env,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    read_until(program, "Waiting for twice")
    process = sim.status()["pid"]
    os.kill(process, signal.SIGSTOP)  # from now on EC2 does not answer, so that the undoing takes its time
    try:
        program.send_signal(signal.SIGINT)
        read_until(program, "Terminating i-")
        program.send_signal(signal.SIGINT)
        said, _ = program.communicate(timeout=30)
    finally:
        os.kill(process, signal.SIGCONT)
    assert program.returncode == INTERRUPTED, said
    assert "What was made for twice could not all be removed yet (interrupted again)." in said
    assert " may still run, and bill." in said
    assert "the next hotaru command removes it; `hotaru down twice` does so, too." in said

    listed = sim.hotaru("ls").ok()
    assert "note: `hotaru up twice` was given up; everything that was made for it has been removed." in listed.err
    assert set(ours(sim)) <= {"terminated"}
    assert groups(sim) == []
    assert "note:" not in sim.hotaru("ls").ok().err


def test_a_full_disk_below_the_state_is_said_and_leaves_nothing_in_the_cloud(null_sim):
    """From a disk on which hardly a file can be made, by small steps to one that suffices: full at every moment."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    state = null_sim.folder / "home" / ".local" / "state" / "hotaru"
    state.mkdir(parents=True, exist_ok=True)
    mount = 'mount -t tmpfs -o size=$1 none "$2" && shift 2 && exec "$@"'  # in a mount namespace that ends with it
    words = [HOTARU, "up", "full", "--type", "g4dn.xlarge", "--no-wait", "--yes"]
    launched_in_vain = False
    for kib in range(4, 1024, 12):
        done = run(["unshare", "--mount", "sh", "-c", mount, "sh", f"{kib}k", state, *words], null_sim.env)
        if done.code == 0:
            break
        assert done.code == LOCAL, done
        assert "disk is full" in done.err, done
        assert set(ours(null_sim)) <= {"terminated"}, done
        assert groups(null_sim) == [], done
        launched_in_vain |= "Terminating i-" in done.err
    assert done.code == 0, done
    assert launched_in_vain, "no size was full just after the launch"
    null_sim.hotaru("down", "full", "--yes").ok()
