"""hotaru at a terminal: what it asks, and what it says while it waits."""
import socket

import pytest

from support.programs import HOTARU, environment
from support.terminal import Terminal

# cli/exit_code.h
DECLINED, NOT_FOUND, INTERRUPTED = 1, 3, 130


def test_down_asks_nothing_about_what_is_not_there(null_sim):
    with Terminal([HOTARU, "down", "nope"], null_sim.env) as terminal:
        assert terminal.end() == NOT_FOUND
        assert "There is no instance nope." in terminal.seen
        assert "[y/N]" not in terminal.seen


def test_down_says_what_it_would_end_and_takes_yes_for_an_answer(null_sim):
    null_sim.hotaru("up", "asked", "--type", "g4dn.xlarge", "--no-wait", "--yes").ok()
    with Terminal([HOTARU, "down", "asked"], null_sim.env) as terminal:
        terminal.read_until(r"Terminate asked \(g4dn\.xlarge i-\w+ in us-east-1\) and erase its disk\? \[y/N\] ")
        terminal.type("y\n")
        assert terminal.end() == 0
        assert "asked is terminated" in terminal.seen


@pytest.mark.parametrize("answer, code, told", [
    ("n\n", DECLINED, "hotaru: Nothing was launched."),
    ("\n", DECLINED, "hotaru: Nothing was launched."),
    ("\x04", DECLINED, "hotaru: Nothing was launched."),
    ("\x03", INTERRUPTED, "hotaru: Interrupted. Nothing was launched."),
])
def test_an_answer_that_is_not_yes_launches_nothing_and_has_a_code_of_its_own(null_sim, answer, code, told):
    with Terminal([HOTARU, "up", "asked", "--type", "g4dn.xlarge", "--no-wait"], null_sim.env) as terminal:
        terminal.read_until(r"Launch it\? \[y/N\] ")
        terminal.type(answer)
        assert terminal.end() == code, terminal.seen
        assert told in terminal.seen
    assert null_sim.hotaru("ls", "-o", "json").ok().json()["instances"] == []


def test_a_no_leaves_an_instance_as_it_is(null_sim):
    null_sim.hotaru("up", "kept", "--type", "g4dn.xlarge", "--no-wait", "--yes").ok()
    with Terminal([HOTARU, "down", "kept"], null_sim.env) as terminal:
        terminal.read_until(r"\[y/N\] ")
        terminal.type("no\n")
        assert terminal.end() == DECLINED
        assert "kept was left as it is." in terminal.seen
    null_sim.hotaru("down", "kept", "--yes").ok()


@pytest.fixture
def mute(own_folder):
    """A server that takes every connection and never answers; the environment that points at it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield environment(own_folder, AWS_ENDPOINT_URL=f"http://127.0.0.1:{server.getsockname()[1]}",
                          AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY="secret", AWS_REGION="us-east-1")


def test_a_server_that_hangs_is_said_within_seconds(mute):
    with Terminal([HOTARU, "ls"], mute, term="xterm") as terminal:
        terminal.read_until(r"EC2 in us-east-1 does not answer \(since \d\.\d s\); still trying", patience=20)
        terminal.type("\x03")
        assert terminal.end() == INTERRUPTED
