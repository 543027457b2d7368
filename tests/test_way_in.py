"""Ways in to an instance: from another machine of the account, through another host, by plain ssh and its aliases."""
import tempfile
from pathlib import Path

import pytest

from support.programs import HOTARU, run


@pytest.fixture
def elsewhere(sandbox):
    """The environment of another machine of the same account: no key, no memory, no connection of this one's."""
    folder = Path(tempfile.mkdtemp(prefix="e-", dir=sandbox.folder))
    env = {**sandbox.env, "HOME": str(folder / "home")}
    for name in ("STATE_HOME", "CONFIG_HOME", "RUNTIME_DIR"):
        env[f"XDG_{name}"] = str(folder / name[0])
    for name in ("HOME", "XDG_RUNTIME_DIR"):
        Path(env[name]).mkdir(mode=0o700)
    yield env
    for socket in Path(env["XDG_RUNTIME_DIR"]).glob("hotaru/s-*"):
        run(["ssh", "-F", "none", "-o", f"ControlPath={socket}", "-O", "exit", "x"], env)


def hotaru(env, *words):
    return run([HOTARU, *words], env)


@pytest.fixture
def train(sandbox):
    done = sandbox.hotaru("up", "train", "--type", "t3.micro", "--yes", "-o", "json").ok().json()["instance"]
    yield done
    sandbox.hotaru("down", "train", "--yes").ok()


def test_another_machine_of_the_account_is_let_in_by_instance_connect(sandbox, train, elsewhere):
    name = "ip-" + train["private_address"].replace(".", "-")
    done = hotaru(elsewhere, "ssh", "train", "--", "hostname").ok()
    assert done.out.strip() == name
    assert "let in by EC2 Instance Connect" in done.err
    known = list(Path(elsewhere["XDG_STATE_HOME"]).glob("hotaru/ssh/known_hosts/i-*"))
    tag = sandbox.hotaru("show", "train", "-o", "json").ok().json()["instance"]["host_key"]
    assert tag in known[0].read_text(), "verified by the tag"
    assert hotaru(elsewhere, "ssh", "train", "--", "exit 7").code == 7


def test_through_another_host_port_22_is_reached_from_there(sandbox, train):
    gate = sandbox.hotaru("up", "gate", "--type", "t3.micro", "--yes", "-o", "json").ok().json()["instance"]
    try:
        closed = sandbox.hotaru("ssh", "train", "--via", "nowhere.invalid", "--", "true")
        assert closed.code == 255
        assert "cannot be reached through nowhere.invalid" in closed.err
        sandbox.hotaru("show", "train", "--fix-access", "--from", f"{gate['address']}/32", "--from",
                       f"{gate['private_address']}/32").ok()
        done = sandbox.hotaru("ssh", "train", "--via", "gate", "--", "echo $SSH_CONNECTION").ok()
        assert done.out.split()[0] in (gate["address"], gate["private_address"])
    finally:
        sandbox.hotaru("down", "gate", "--yes").ok()


def test_plain_ssh_and_scp_work_by_the_aliases(sandbox, train, own_folder):
    shown = sandbox.hotaru("ssh-config", "train").ok()
    assert shown.out.startswith("Host train\n")
    config = own_folder / "config"
    config.write_text(shown.out)
    assert run(["ssh", "-F", config, "train", "id", "-un"], sandbox.env).ok().out == "ubuntu\n"
    run(["scp", "-q", "-F", config, config, "train:copied"], sandbox.env).ok()
    assert sandbox.hotaru("ssh", "train", "--", "cat copied").ok().out == shown.out


def test_the_users_configuration_is_changed_only_when_asked_for(train, elsewhere):
    config = Path(elsewhere["HOME"]) / ".ssh/config"
    hotaru(elsewhere, "ssh-config").ok()
    assert not config.exists()
    hotaru(elsewhere, "ssh-config", "--include").ok()
    assert config.read_text().startswith("Include ")
