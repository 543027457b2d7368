"""hotaru itself, on sandboxes: what a user does, and what goes wrong while they do it."""
import concurrent.futures
import os
import signal
import socket
import subprocess

import pytest

from support import leftovers
from support.programs import HOTARU, run
from support.sim import Sim
from support.waiting import until

# cli/exit_code.h
INVALID, NOT_FOUND, UNAUTHORIZED, CONFLICT, LOCAL = 2, 3, 4, 7, 9
INTERRUPTED = 130


def up(sim: Sim, name: str, *more: str):
    return sim.hotaru("up", name, "--type", "g4dn.xlarge", "--yes", *more)


def facts_of_up(sim: Sim, name: str) -> dict:
    return up(sim, name, "-o", "json").ok().json()["instance"]


def facts(sim: Sim, name: str) -> dict:
    return sim.hotaru("show", name, "-o", "json").ok().json()["instance"]


def names(sim: Sim, *more: str) -> dict[str, str]:
    """Name → state of what `hotaru ls` shows."""
    return {instance["name"]: instance["state"] for instance in sim.hotaru("ls", "-o", "json", *more).ok().json()["instances"]}


def inside(sim: Sim, name: str, command: str, **more):
    return sim.hotaru("ssh", name, "--", command, **more)


def answers(address: str) -> bool:
    """Whether somebody listens at port 22."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, 22)) == 0


def ours(sim: Sim, region: str = "us-east-1") -> list[dict]:
    """hotaru's instances that are not terminated, as EC2 tells them."""
    answer = sim.boto("ec2", region).describe_instances(Filters=[
        {"Name": "tag-key", "Values": ["hotaru:name"]},
        {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}])
    return [instance for reservation in answer["Reservations"] for instance in reservation["Instances"]]


def groups(sim: Sim, region: str = "us-east-1") -> list[str]:
    answer = sim.boto("ec2", region).describe_security_groups(Filters=[{"Name": "group-name", "Values": ["hotaru-*"]}])
    return [group["GroupName"] for group in answer["SecurityGroups"]]


def test_from_nothing_to_a_gpu_instance_and_back(sandbox):
    told = facts_of_up(sandbox, "whole")
    assert told["simulated"] is True
    smi = inside(sandbox, "whole", "nvidia-smi").ok()
    assert "simulated" in (smi.out + smi.err).lower()
    assert "T4" in smi.out
    assert names(sandbox)["whole"] == "running"

    package = next(name for name in ("hello", "cowsay", "figlet", "sl")
                   if run(["dpkg-query", "-W", "-f=${db:Status-Status}", name], sandbox.env).out != "installed")
    inside(sandbox, "whole", f"sudo apt-get -qq update && sudo apt-get -qq install -y {package}", timeout=300).ok()
    inside(sandbox, "whole", f"dpkg-query -W {package}").ok()
    assert run(["dpkg-query", "-W", "-f=${db:Status-Status}", package], sandbox.env).out != "installed"

    inside(sandbox, "whole", "echo kept > kept.txt; sync").ok()
    first = facts(sandbox, "whole")["address"]
    sandbox.hotaru("stop", "whole").ok()
    assert names(sandbox)["whole"] == "stopped"
    sandbox.hotaru("start", "whole").ok()
    assert inside(sandbox, "whole", "cat kept.txt").ok().out == "kept\n"
    assert facts(sandbox, "whole")["address"] != first

    began = inside(sandbox, "whole", "ps -o lstart= -p 1").ok().out
    sandbox.hotaru("reboot", "whole").ok()
    until(lambda: (done := inside(sandbox, "whole", "ps -o lstart= -p 1")).code == 0 and done.out != began, "it rebooted")
    assert inside(sandbox, "whole", "cat kept.txt").ok().out == "kept\n"

    sandbox.hotaru("down", "whole", "--yes").ok()
    assert "whole" not in names(sandbox)
    assert "hotaru-whole" not in groups(sandbox)


def test_pip_and_apt_work_inside(sandbox):
    up(sandbox, "installer").ok()
    inside(sandbox, "installer", "python3 -m venv v 2>/dev/null || (sudo apt-get -qq update && sudo apt-get -qq install -y "
           "python3-venv >/dev/null && python3 -m venv v)", timeout=400).ok()
    inside(sandbox, "installer", "v/bin/pip install -q six && v/bin/python -c 'import six'", timeout=300).ok()
    sandbox.hotaru("down", "installer", "--yes").ok()


def test_the_exit_code_of_a_command_passes_through(sandbox):
    up(sandbox, "codes").ok()
    assert inside(sandbox, "codes", "exit 42").code == 42
    assert inside(sandbox, "codes", "cat", input="through\n").out == "through\n"
    sandbox.hotaru("down", "codes", "--yes").ok()


def test_a_second_up_with_the_same_name_says_what_is_there_and_starts_what_is_stopped(sandbox):
    first = facts_of_up(sandbox, "twice")
    second = facts_of_up(sandbox, "twice")
    assert second["id"] == first["id"]
    sandbox.hotaru("stop", "twice").ok()
    third = facts_of_up(sandbox, "twice")
    assert third["id"] == first["id"]
    assert names(sandbox)["twice"] == "running"
    assert len([one for one in ours(sandbox) if {"Key": "hotaru:name", "Value": "twice"} in one["Tags"]]) == 1
    sandbox.hotaru("down", "twice", "--yes").ok()


def test_two_ups_of_one_name_at_once_make_one_instance(sandbox):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        outcomes = [each.result() for each in [pool.submit(up, sandbox, "race") for _ in range(2)]]
    assert 0 in {outcome.code for outcome in outcomes}, outcomes
    assert len([one for one in ours(sandbox) if {"Key": "hotaru:name", "Value": "race"} in one["Tags"]]) == 1
    sandbox.hotaru("down", "race", "--yes").ok()


@pytest.mark.parametrize("words, code, hint", [
    (["up", "Not_A_Name", "--type", "t3.micro", "--yes"], INVALID, "name"),
    (["up", "box", "--type", "g9.huge", "--yes"], None, "g9.huge"),
    (["up", "box", "--gpu", "Voodoo2", "--yes"], None, "Voodoo2"),
    (["up", "box", "--type", "t3.micro", "--disk", "1", "--yes"], INVALID, "disk"),
    (["up", "box", "--type", "t3.micro", "--disk", "99999999", "--yes"], None, "GiB"),
    (["up", "box", "--type", "t3.micro", "--region", "mars-north-1", "--yes"], INVALID, "Did you mean eu-north-1?"),
    (["up", "box", "--type", "t3.micro", "--zone", "us-east-1q", "--yes"], None, "us-east-1q"),
    (["up", "box", "--type", "t3.micro", "--image", "ami-0123456789abcdef0", "--yes"], NOT_FOUND, "ami-0123456789abcdef0"),
    (["up", "box", "--type", "t3.micro", "--image", "plan9", "--yes"], None, "plan9"),
    (["up", "box", "--type", "t3.micro", "--subnet", "subnet-0123456789abcdef0", "--yes"], NOT_FOUND, "subnet"),
    (["up", "box", "--type", "t3.micro", "--key", "/nowhere/key.pub", "--yes"], None, "/nowhere/key.pub"),
    (["up", "box", "--type", "t3.micro", "--from", "banana", "--yes"], INVALID, "banana"),
    (["ssh", "nobody", "--", "true"], None, "nobody"),
    (["stop", "nobody"], NOT_FOUND, "nobody"),
    (["start", "nobody"], NOT_FOUND, "nobody"),
    (["down", "nobody", "--yes"], NOT_FOUND, "nobody"),
    (["show", "nobody"], NOT_FOUND, "nobody"),
])
def test_what_does_not_exist_is_named_in_one_sentence_and_nothing_is_made(null_sim, words, code, hint):
    refused = null_sim.hotaru(*words).failed()
    assert refused.code in ({code} if code else {INVALID, NOT_FOUND, LOCAL, 255}), refused
    assert hint in refused.err, refused.err
    assert refused.out == ""
    assert "hotaru-box" not in groups(null_sim)
    assert ours(null_sim) == []


def test_a_dry_run_changes_nothing_anywhere(null_sim):
    def files(folder):
        return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    null_sim.hotaru("ls").ok()  # what the first command makes is not the dry run's
    keys = null_sim.boto().describe_key_pairs()["KeyPairs"]
    before = files(null_sim.folder / "home")
    done = null_sim.hotaru("up", "dry", "--type", "g4dn.xlarge", "--dry-run").ok()
    assert "g4dn.xlarge" in done.out
    assert files(null_sim.folder / "home") == before
    assert groups(null_sim) == [] and ours(null_sim) == []
    assert null_sim.boto().describe_key_pairs()["KeyPairs"] == keys


def test_missing_and_wrong_credentials_are_told_apart_from_everything_else(null_sim):
    env = {name: value for name, value in null_sim.aws_env.items() if name != "HOTARU_CLOUD"}
    without = {name: value for name, value in env.items() if not name.startswith(("AWS_ACCESS", "AWS_SECRET"))}
    missing = run([HOTARU, "ls", "--region", "us-east-1"], without)
    assert missing.code == UNAUTHORIZED, missing
    wrong = run([HOTARU, "ls", "--region", "us-east-1"], {**env, "AWS_SECRET_ACCESS_KEY": "wrong"})
    assert wrong.code == UNAUTHORIZED, wrong
    assert "wrong" not in wrong.out


def test_an_endpoint_that_does_not_answer_is_unavailable(null_sim):
    env = {**null_sim.aws_env, "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"}
    env.pop("HOTARU_CLOUD", None)
    refused = run([HOTARU, "ls", "--region", "us-east-1"], env)
    assert refused.code == 8, refused


@pytest.mark.parametrize("behavior, state", [("stop", "stopped"), ("terminate", "terminated")])
def test_poweroff_inside_obeys_the_shutdown_behavior(sandbox, behavior, state):
    name = f"off-{behavior}"
    instance = facts_of_up(sandbox, name)["id"]
    ec2 = sandbox.boto()
    ec2.modify_instance_attribute(InstanceId=instance, InstanceInitiatedShutdownBehavior={"Value": behavior})
    inside(sandbox, name, "sudo poweroff")
    until(lambda: ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["State"]["Name"] == state,
          f"it is {state}")
    sandbox.hotaru("down", name, "--yes").ok()


def test_a_full_disk_is_full_and_the_instance_lives(sandbox):
    up(sandbox, "full", "--disk", "8", "--image", "ubuntu").ok()
    filled = inside(sandbox, "full", "sudo fallocate -l 20G /var/tmp/big")
    assert filled.code != 0
    assert "No space left" in filled.out + filled.err
    sizes = inside(sandbox, "full", "df --output=size -BM / | tail -1").ok().out.strip("M \n")
    assert 7000 < int(sizes) <= 8192
    sandbox.hotaru("down", "full", "--yes").ok()


def test_a_wrong_host_key_is_refused(sandbox):
    told = facts_of_up(sandbox, "forged")
    inside(sandbox, "forged", "sudo ssh-keygen -q -t ed25519 -N '' -f /tmp/k <<< y >/dev/null; "
           "for f in /etc/ssh/ssh_host_*_key; do sudo cp /tmp/k $f; sudo cp /tmp/k.pub $f.pub; done; sudo systemctl restart ssh").ok()
    # An open shared connection has been verified; a new one has to be refused.
    for socket in [path for path in sandbox.folder.rglob("*") if path.is_socket()]:
        run(["ssh", "-F", "none", "-O", "exit", "-o", f"ControlPath={socket}", "x"], sandbox.env)
    refused = inside(sandbox, "forged", "true")
    assert refused.code in (UNAUTHORIZED, 255), refused
    assert "host key" in refused.err.lower()
    sandbox.hotaru("down", "forged", "--yes").ok()
    assert told["id"] not in [one["InstanceId"] for one in ours(sandbox)]


def start_up(sim: Sim, name: str) -> subprocess.Popen:
    return subprocess.Popen([str(HOTARU), "up", name, "--type", "g4dn.xlarge", "--yes"], env=sim.env,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.mark.parametrize("moment", range(8))
def test_a_killed_up_is_settled_by_the_next_command(sandbox, moment):
    name = f"killed-{moment}"
    program = start_up(sandbox, name)
    # After the n-th line of progress: wherever that is, what is left must be settled.
    for _ in range(moment):
        if not program.stdout.readline():
            break
    program.kill()
    program.communicate()
    listed = names(sandbox)
    alive = [one for one in ours(sandbox) if {"Key": "hotaru:name", "Value": name} in one["Tags"]]
    assert len(alive) <= 1
    assert (name in listed) == bool(alive)
    assert (f"hotaru-{name}" in groups(sandbox)) == bool(alive)
    if alive:
        up(sandbox, name).ok()
        inside(sandbox, name, "true").ok()
        sandbox.hotaru("down", name, "--yes").ok()
    assert f"hotaru-{name}" not in groups(sandbox)


@pytest.mark.parametrize("moment", (1, 3, 5))
def test_ctrl_c_during_up_undoes_what_was_done_and_says_so(sandbox, moment):
    name = f"stopped-{moment}"
    program = start_up(sandbox, name)
    for _ in range(moment):
        program.stdout.readline()
    program.send_signal(signal.SIGINT)
    said, _ = program.communicate(timeout=120)
    assert program.returncode == INTERRUPTED, said
    assert name not in names(sandbox)
    assert f"hotaru-{name}" not in groups(sandbox)
    assert [one for one in ours(sandbox) if {"Key": "hotaru:name", "Value": name} in one["Tags"]] == []


def test_instances_go_on_when_the_sim_is_killed_and_are_found_again(own_sandbox):
    sim = own_sandbox
    up(sim, "survivor").ok()
    up(sim, "suicide").ok()
    ec2 = sim.boto()
    doomed = next(one["InstanceId"] for one in ours(sim) if {"Key": "hotaru:name", "Value": "suicide"} in one["Tags"])
    ec2.modify_instance_attribute(InstanceId=doomed, InstanceInitiatedShutdownBehavior={"Value": "stop"})
    began = inside(sim, "survivor", "echo here > mark; ps -o lstart= -p 1").ok().out
    where = facts(sim, "suicide")["address"]
    pid = sim.status()["pid"]
    os.kill(pid, signal.SIGKILL)
    until(lambda: not os.path.exists(f"/proc/{pid}") or open(f"/proc/{pid}/stat").read().split()[2] == "Z", "it is dead")
    inside(sim, "suicide", "sudo poweroff")
    until(lambda: not answers(where), "it went off")
    assert inside(sim, "survivor", "cat mark").ok().out == "here\n"
    sim.start()
    until(lambda: names(sim) == {"survivor": "running", "suicide": "stopped"}, "both are what became of them")
    assert inside(sim, "survivor", "ps -o lstart= -p 1").ok().out == began
    sim.hotaru("start", "suicide").ok()
    inside(sim, "suicide", "true").ok()
    sim.hotaru("stop", "suicide").ok()


def test_stopping_the_sim_leaves_nothing_running_and_keeps_the_disks(own_sandbox):
    sim = own_sandbox
    up(sim, "sleeper").ok()
    inside(sim, "sleeper", "echo kept > kept; sync").ok()
    sim.hotaru("sim", "stop").ok()
    left = [one for one in leftovers.processes_of(sim.folder) + leftovers.mounts_of(sim.folder) + leftovers.loops_of(sim.folder)]
    assert left == []
    sim.start()
    assert names(sim) == {"sleeper": "stopped"}
    sim.hotaru("start", "sleeper").ok()
    assert inside(sim, "sleeper", "cat kept").ok().out == "kept\n"
    sim.hotaru("down", "sleeper", "--yes").ok()


def test_two_sims_side_by_side_know_nothing_of_each_other(sandbox, own_sandbox):
    here = facts_of_up(sandbox, "same")
    there = facts_of_up(own_sandbox, "same")
    assert here["address"] != there["address"]
    assert here["id"] != there["id"]
    inside(sandbox, "same", "echo here > where").ok()
    inside(own_sandbox, "same", "echo there > where").ok()
    sandbox.hotaru("down", "same", "--yes").ok()
    assert names(own_sandbox) == {"same": "running"}
    assert inside(own_sandbox, "same", "cat where").ok().out == "there\n"


def test_a_second_start_of_the_sim_finds_the_first(sandbox):
    pid = sandbox.status()["pid"]
    sandbox.hotaru("sim", "start").ok()
    assert sandbox.status()["pid"] == pid


def test_no_socket_of_a_shared_connection_is_left_after_down(sandbox):
    def sockets():
        return [path for path in (sandbox.folder / "home").rglob("*") if path.is_socket()]

    before = sockets()
    up(sandbox, "shared").ok()
    inside(sandbox, "shared", "true").ok()
    assert len(sockets()) == len(before) + 1
    sandbox.hotaru("stop", "shared").ok()
    assert sockets() == before
    sandbox.hotaru("start", "shared").ok()
    inside(sandbox, "shared", "true").ok()
    sandbox.hotaru("down", "shared", "--yes").ok()
    assert sockets() == before
