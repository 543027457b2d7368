"""Fixtures: sims in folders of their own, which end and vanish even when a test fails."""
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from support import leftovers  # noqa: E402
from support.programs import HOTARU, environment, run  # noqa: E402
from support.sim import Sim  # noqa: E402

# For what runs inside this process (boto3): never ask this machine's metadata address, never use the user's account.
for name in [name for name in os.environ if name.startswith(("AWS_", "HOTARU_"))]:
    del os.environ[name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null"



def pytest_addoption(parser):
    parser.addoption("--vm", action="store_true", help="the virtual machines (tests/vm) too: ten minutes")


def pytest_ignore_collect(collection_path, config):
    if collection_path.name == "vm" and not config.getoption("--vm"):
        return True  # asked for by name alone: ./dev test --vm


def pytest_report_header():
    return f"hotaru: {HOTARU}"


@pytest.fixture(scope="session")
def base():
    """The folder of this test run. Afterwards nothing may be left that came from it."""
    folder = Path(tempfile.mkdtemp(prefix="hotaru-test-"))
    try:
        yield folder
        left = leftovers.all_of(folder, leftovers.marks_of(folder))
        assert not left, "left behind:\n" + "\n".join(left)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own_folder(base):
    """A short folder for one test."""
    return Path(tempfile.mkdtemp(prefix="t-", dir=base))


@pytest.fixture
def user(own_folder):
    """The environment of a user in whose PATH hotaru is, and whose sim is gone afterwards."""
    folder = own_folder / "bin"
    folder.mkdir()
    (folder / "hotaru").symlink_to(HOTARU)
    env = environment(own_folder)
    env["PATH"] = f"{folder}:{env['PATH']}"
    yield env
    run([HOTARU, "sim", "reset", "--yes"], env).ok()


def _sim(kind: str, base: Path):
    """A sim, and the proof that nothing of it is left when it has been reset."""
    if kind == "sandbox" and os.geteuid() != 0:
        pytest.skip("sandboxes need root")
    sim = Sim(kind, base)
    try:
        yield sim
    finally:
        marks = leftovers.marks_of(sim.folder)
        done = sim.close()
    done.ok()
    left = leftovers.all_of(sim.folder, marks)
    assert not left, "left behind:\n" + "\n".join(left)


@pytest.fixture(scope="session")
def sandbox(base):
    """One sim with sandboxes for all tests that only need instances of their own."""
    yield from _sim("sandbox", base)


@pytest.fixture
def own_sandbox(base):
    """A sim with sandboxes that a test may kill, stop and reset."""
    yield from _sim("sandbox", base)


@pytest.fixture(scope="session")
def null_sim(base):
    """One sim without sandboxes, for the API alone."""
    yield from _sim("null", base)


@pytest.fixture
def own_null_sim(base):
    yield from _sim("null", base)


@pytest.fixture
def world(own_null_sim):
    """A sim of one's own, and what loads a scenario into it."""

    def load(text: str):
        file = own_null_sim.folder / "scenario.yaml.txt"
        file.write_text(text)
        return own_null_sim.hotaru("sim", "scenario", "load", file).ok()

    own_null_sim.load = load
    return own_null_sim
