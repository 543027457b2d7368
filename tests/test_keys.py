"""Keys of the user's own: `hotaru up --key`, on sandboxes."""
import os
import re
import signal

import pytest

from support.programs import run

INVALID = 2  # cli/exit_code.h


@pytest.fixture
def agent(own_folder, sandbox):
    """An ssh-agent of the test's own: the environment that leads to it."""
    said = run(["ssh-agent", "-s", "-a", own_folder / "agent"], sandbox.env).ok().out
    process = int(re.search(r"SSH_AGENT_PID=(\d+)", said)[1])
    try:
        yield {"SSH_AUTH_SOCK": str(own_folder / "agent")}
    finally:
        os.kill(process, signal.SIGTERM)


def test_a_key_whose_private_half_is_in_the_agent_alone_logs_in(sandbox, agent, own_folder):
    key = own_folder / "mine"
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], sandbox.env).ok()
    words = ["up", "held", "--type", "g4dn.xlarge", "--key", f"{key}.pub", "--yes"]
    run(["ssh-add", "-q", key], {**sandbox.env, **agent}).ok()
    key.unlink()

    refused = sandbox.hotaru(*words).failed()
    assert refused.code == INVALID, refused
    assert "neither beside it nor in ssh-agent" in refused.err
    assert sandbox.boto().describe_security_groups(Filters=[{"Name": "group-name", "Values": ["hotaru-held"]}])["SecurityGroups"] == []

    sandbox.hotaru(*words, **agent).ok()
    assert sandbox.hotaru("ssh", "held", "--", "echo inside", **agent).ok().out == "inside\n"
    sandbox.hotaru("down", "held", "--yes").ok()


def test_a_key_of_the_users_own_logs_in_and_one_with_a_passphrase_is_refused_before_the_launch(sandbox, own_folder):
    key = own_folder / "mine"
    run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", key], sandbox.env).ok()
    sandbox.hotaru("up", "own-key", "--type", "g4dn.xlarge", "--key", f"{key}.pub", "--yes").ok()
    assert sandbox.hotaru("ssh", "own-key", "--", "cat .ssh/authorized_keys").ok().out.split()[:2] == \
        key.with_suffix(".pub").read_text().split()[:2]
    sandbox.hotaru("down", "own-key", "--yes").ok()

    locked = own_folder / "locked"
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "a passphrase", "-f", locked], sandbox.env).ok()
    refused = sandbox.hotaru("up", "own-key", "--type", "g4dn.xlarge", "--key", f"{locked}.pub", "--yes").failed()
    assert refused.code == INVALID, refused
    assert "has a passphrase" in refused.err and f"ssh-add {locked}" in refused.err
