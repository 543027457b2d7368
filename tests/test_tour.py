"""README's tour, line by line, as it stands: on a sim with sandboxes, by a user who starts with nothing."""
import re

from support.programs import ROOT, run
from support.terminal import Terminal

# What each line of the tour has to show. What asks is answered by --yes, as nobody sits at this terminal.
SHOWS = {
    "hotaru init": r"cloud = sim\n(.|\n)*hotaru doctor",
    "hotaru doctor": r"ok +identity(.|\n)*ok +launch",
    "hotaru find 24GiB --spot": r"g6\.xlarge +1 × L4 \(24 GB\)",
    "hotaru regions": r"us-east-1",
    "hotaru plan --gpu 24GiB": r"Price +\$\d(.|\n)*\+ security group",
    "hotaru up train --gpu 24GiB": r"train is launched: g6\.xlarge i-\w+ in [a-z0-9-]+, 198\.",
    "hotaru ssh train -- nvidia-smi": r"NVIDIA L4 \(simulated\)",
    "hotaru ssh train": r"ubuntu@ip-",
    "hotaru ssh-config --include": r"Host train\n",
    "hotaru": r"train +running +g6\.xlarge(.|\n)*hotaru down train",
    "hotaru ls --watch": r"train",
    "hotaru show train": r"Limits +stops when idle for 1h",
    "hotaru extend train 2h": r"train stops when idle for 1h",
    "hotaru stop train": r"train is stopped; its disk is kept",
    "hotaru start train": r"train is running at 198\.",
    "hotaru down train": r"train is terminated; its security group is removed",
}
ASKS = ("hotaru init", "hotaru up", "hotaru down")


def tour() -> list[str]:
    text = (ROOT / "README.md").read_text().split("## A tour")[1].split("\n\n")[1]
    return [line.strip().removeprefix("$ ").split("#")[0].strip() for line in text.splitlines()]


def at_a_terminal(line: str, env: dict) -> str:
    """What waits for somebody: a shell, to be left, and a list, to be interrupted."""
    with Terminal(["sh", "-c", f"exec {line}"], env) as terminal:
        terminal.read_until(SHOWS[line])
        terminal.type("exit\n" if line.startswith("hotaru ssh") else "\x03")
        assert terminal.end() in (0, 130)
        return terminal.seen


def test_every_line_does_what_the_page_says(user, sandbox):  # which says why it is skipped, where it is
    lines = tour()
    assert [line for line in lines if not line.startswith("export ")] == list(SHOWS), "README and this test differ"
    for line in lines:
        if line.startswith("export "):
            name, value = line.removeprefix("export ").split("=")
            user[name] = value
        elif line in ("hotaru ssh train", "hotaru ls --watch"):
            at_a_terminal(line, user)
        else:
            done = run(["sh", "-c", line + (" --yes" if line.startswith(ASKS) else "")], user).ok()
            assert re.search(SHOWS[line], done.out + done.err), f"{line}\n{done.out}{done.err}"
