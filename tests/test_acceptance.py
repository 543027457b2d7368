"""Scripts of commands with the output they expect, run on the real executable: tests/acceptance/*.txt.

A script has lines of four kinds:

    # a comment
    $ hotaru version          a command, run by sh; the lines up to the next `$` are what it must say
    hotaru 0.1.0              a line of its stdout and stderr together, as it is
    hotaru *                  `*` stands for any text within a line, a line of `...` for any lines
    ? 2                       its exit code, 0 unless said

`sim: null` as the first line runs it on a sim of that kind; else there is none.
"""
import fnmatch
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support.programs import HOTARU, environment, run

SCRIPTS = sorted((Path(__file__).parent / "acceptance").glob("*.txt"))


@dataclass
class Step:
    line: int
    command: str
    output: list[str] = field(default_factory=list)
    code: int = 0


def read(script: Path) -> tuple[str, list[Step]]:
    """The kind of sim ("" for none), and the steps."""
    kind, steps = "", []
    for number, line in enumerate(script.read_text().splitlines(), 1):
        if line.startswith("sim: ") and not steps:
            kind = line[5:].strip()
        elif line.startswith("$ "):
            steps.append(Step(number, line[2:]))
        elif line.startswith("? "):
            steps[-1].code = int(line[2:])
        elif line.startswith("#") or not steps:
            continue
        else:
            steps[-1].output.append(line)
    for step in steps:
        while step.output and not step.output[-1].strip():
            step.output.pop()
    return kind, steps


def fits(wanted: list[str], said: list[str]) -> bool:
    """Whether the lines are as wanted."""
    if not wanted:
        return not said
    if wanted[0] == "...":
        return any(fits(wanted[1:], said[skipped:]) for skipped in range(len(said) + 1))
    pattern = "*".join(re.sub(r"([\[?])", r"[\1]", part) for part in wanted[0].split("*"))
    return bool(said) and fnmatch.fnmatchcase(said[0], pattern) and fits(wanted[1:], said[1:])


def play(steps: list[Step], env: dict[str, str], folder: Path) -> None:
    bin_folder = folder / "bin"
    bin_folder.mkdir(exist_ok=True)
    if not (bin_folder / "hotaru").exists():
        (bin_folder / "hotaru").symlink_to(HOTARU)
    env = {**env, "PATH": f"{bin_folder}:{env['PATH']}"}
    for step in steps:
        done = run(["sh", "-c", f"( {step.command} ) 2>&1"], env, cwd=folder)
        said = [line.rstrip() for line in done.out.rstrip("\n").split("\n")] if done.out else []
        assert done.code == step.code, f"line {step.line}: {step.command}: exit code {done.code}\n{done.out}"
        assert fits(step.output, said), "\n".join([f"line {step.line}: {step.command}", "wanted:", *step.output, "said:", *said])


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script(script, own_folder, request):
    kind, steps = read(script)
    assert steps, "a script without a command"
    if kind:
        sim = request.getfixturevalue(f"own_{kind}_sim" if kind == "null" else "own_sandbox")
        play(steps, sim.env, sim.folder)
    else:
        play(steps, environment(own_folder), own_folder)


@pytest.mark.parametrize("wanted, said, fit", [
    ([], [], True), (["a"], ["a"], True), (["a"], ["b"], False), (["a*c"], ["abc"], True), (["[x]"], ["[x]"], True),
    (["[x]"], ["x"], False), (["...", "z"], ["a", "b", "z"], True), (["..."], [], True), (["a"], ["a", "b"], False),
])
def test_the_runner_of_scripts_tells_right_from_wrong(wanted, said, fit):
    assert fits(wanted, said) is fit
