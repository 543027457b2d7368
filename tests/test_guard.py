"""The guard, in real instances and in real time: armed from the boot on, back when killed, and at the end it ends them."""
import time

from support.waiting import until


def instance_of(sim, name: str) -> dict:
    found = sim.boto().describe_instances(Filters=[{"Name": "tag:hotaru:name", "Values": [name]},
                                                   {"Name": "instance-state-name", "Values": ["running", "stopped"]}])
    return found["Reservations"][0]["Instances"][0]


def state(sim, name: str) -> str:
    return instance_of(sim, name)["State"]["Name"]


def inside(sim, name: str, script: str) -> str:
    """What root's shell says there."""
    return sim.hotaru("ssh", name, "--", "sudo sh -s", input=script).ok().out


def orders_of(sim, name: str) -> dict[str, int]:
    lines = inside(sim, name, "cat /run/hotaru/orders").splitlines()
    return {line.split()[0]: int(line.split()[1]) for line in lines if len(line.split()) == 2}


def test_an_instance_ends_at_its_time_with_nothing_of_hotaru_running(sandbox):
    sandbox.hotaru("up", "timed", "--type", "t3.micro", "--for", "2m", "--yes").ok()
    console = sandbox.boto().get_console_output(InstanceId=instance_of(sandbox, "timed")["InstanceId"], Latest=True)
    assert "hotaru guard: armed" in console["Output"]
    end = orders_of(sandbox, "timed")["until"]
    # At most 60 seconds late.
    until(lambda: state(sandbox, "timed") == "stopped", "the time limit stops it", patience=end - time.time() + 60, every=1)
    assert time.time() >= end
    sandbox.hotaru("down", "timed", "--yes").ok()


def test_a_guard_that_is_killed_comes_back_and_goes_on(sandbox):
    sandbox.hotaru("up", "killed", "--type", "t3.micro", "--for", "1h", "--idle", "30m", "--yes").ok()
    before = inside(sandbox, "killed", "cat /run/hotaru/pid.run").strip()
    inside(sandbox, "killed", f"kill -9 {before}")
    until(lambda: inside(sandbox, "killed", "cat /run/hotaru/pid.run").strip() != before, "systemd starts it again")
    said = inside(sandbox, "killed", "sh /run/hotaru/guard status").split()
    assert said[0] == "hotaru-guard" and said[-1] == "end"
    # A sandbox may not lower it; a machine may.
    assert "OOMScoreAdjust=-1000" in inside(sandbox, "killed", "systemctl show hotaru-guard -p OOMScoreAdjust")
    sandbox.hotaru("down", "killed", "--yes").ok()


def test_where_there_is_no_systemd_a_guard_is_started_and_comes_back_as_well(sandbox):
    sandbox.hotaru("up", "plain", "--type", "t3.micro", "--for", "1h", "--yes").ok()
    # As cloud-init's bootcmd starts it, where systemd's folder is not to be seen.
    inside(sandbox, "plain", "systemctl stop hotaru-guard\n"
           "cat >/tmp/boot <<'E'\nmount -t tmpfs none /run/systemd\n"
           "INSTANCE_ID=$(cat /run/hotaru/id) sh /run/hotaru/guard boot </run/hotaru/orders\nE\n"
           "unshare -m sh /tmp/boot")
    until(lambda: "hotaru-guard" in inside(sandbox, "plain", "sh /run/hotaru/guard status || true"), "it runs")
    before = inside(sandbox, "plain", "cat /run/hotaru/pid.run").strip()
    assert "hotaru-guard.service" not in inside(sandbox, "plain", f"cat /proc/{before}/cgroup")
    inside(sandbox, "plain", f"kill -9 {before}")
    until(lambda: inside(sandbox, "plain", "cat /run/hotaru/pid.run").strip() != before, "its loop starts it again")
    # It cannot reach systemd, so this end is a forced one.
    orders = orders_of(sandbox, "plain")
    lines = [f"written {orders['written'] + 1}", f"until {int(time.time())}", "end"]
    sandbox.hotaru("ssh", "plain", "--", "sudo sh /run/hotaru/guard orders", input="\n".join(lines) + "\n")
    until(lambda: state(sandbox, "plain") == "stopped", "it powers off", every=1)
    sandbox.hotaru("down", "plain", "--yes").ok()


def test_a_guard_that_cannot_run_at_all_powers_off(sandbox):
    sandbox.hotaru("up", "broken", "--type", "t3.micro", "--for", "1h", "--yes").ok()
    inside(sandbox, "broken", "echo 'exit 1' >/run/hotaru/guard.broken && mv /run/hotaru/guard.broken /run/hotaru/guard\n"
           "kill -9 $(cat /run/hotaru/pid.run)")
    until(lambda: state(sandbox, "broken") == "stopped", "its unit gives up", every=1)
    sandbox.hotaru("down", "broken", "--yes").ok()
