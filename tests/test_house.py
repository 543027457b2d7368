"""The rules of the house hold, and the checks that guard them can fail."""
import re
import subprocess
import sys

import pytest

from support.programs import ROOT


def check(script: str, folder) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, ROOT / "scripts" / script, folder], capture_output=True, text=True, check=False)


def source(folder, name: str, text: str):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_this_house_keeps_the_order_of_its_layers():
    done = check("check-layers", ROOT / "src")
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name, include", [
    ("aws/send.cpp", "lifecycle/launch.h"),
    ("base/file.h", "http/message.h"),
    ("sim/world.cpp", "aws/ec2.h"),
    ("sim/world_test.cpp", "aws/ec2.h"),
    ("lifecycle/launch.cpp", "sim/world.h"),
    ("main.cpp", "aws/ec2.h"),
    ("garage/car.h", "base/file.h"),
    ("aws/send.cpp", "message.h"),
])
def test_an_include_against_the_order_is_refused(tmp_path, name, include):
    source(tmp_path, name, f'#pragma once\n\n#include "{include}"\n')
    done = check("check-layers", tmp_path)
    assert done.returncode == 1
    assert name in done.stdout


@pytest.mark.parametrize("name, include", [
    ("lifecycle/launch.cpp", "aws/ec2.h"),
    ("lifecycle/launch_test.cpp", "sim/world.h"),
    ("cli/sim.cpp", "sim/world.h"),
    ("sim/world.cpp", "http/message.h"),
    ("main.cpp", "cli/run.h"),
    ("base/file.cpp", "base/file.h"),
])
def test_an_include_in_the_order_is_let_through(tmp_path, name, include):
    source(tmp_path, name, f'#include "{include}"\n#include <vector>\n')
    done = check("check-layers", tmp_path)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name, line", [
    ("src/aws/send.cpp", "std::this_thread::sleep_for(1s);"),
    ("src/aws/send.cpp", "auto now = std::chrono::system_clock::now();"),
    ("src/aws/send.h", "#include <nlohmann/json.hpp>"),
    ("src/aws/send_test.cpp", "GTEST_SKIP();"),
    ("tests/test_x.py", "time." + "sleep(1)"),
])
def test_a_breach_of_the_rules_for_sources_is_named(tmp_path, name, line):
    source(tmp_path, name, f"#pragma once\n{line}\n")
    done = check("check-sources", tmp_path)
    assert done.returncode == 1
    assert f"{name}:2:" in done.stdout


def test_a_fuzzer_that_fails_is_told_with_its_input_and_why(tmp_path):
    build = tmp_path / "build" / "asan"
    build.mkdir(parents=True)
    for name, body in {"good": "echo 'Done 5 runs in 1 second(s)'",
                       "bad": "echo 'does not hold: one is one'; echo 'Base64: AAAA'; echo noise; exit 77",
                       "dead": "exit 0"}.items():
        (build / f"fuzz_{name}").write_text(f"#!/bin/sh\n{body}\n")
        (build / f"fuzz_{name}").chmod(0o755)
    command = [sys.executable, ROOT / "scripts" / "fuzz", build]
    done = subprocess.run([*command, "good", "bad", "dead"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "good: 5 inputs in 1 s, nothing found\n" in done.stdout
    assert "dead: did not run\n" in done.stdout
    assert done.stdout.split("bad: failed")[1].split("\n")[1:3] == ["    does not hold: one is one", "    Base64: AAAA"]
    assert "noise" not in done.stdout
    assert "noise" in (tmp_path / "build" / "fuzz" / "bad.log").read_text()
    assert subprocess.run([*command, "good"], capture_output=True, check=False).returncode == 0


def test_every_fuzzer_has_its_line_and_its_seeds():
    listed = set(re.findall(r"^hotaru_fuzzer\((\w+)", (ROOT / "cmake" / "fuzz.cmake").read_text(), re.MULTILINE))
    assert listed == {file.stem for file in (ROOT / "tests" / "fuzz").glob("*.cpp")}
    assert listed == {folder.name for folder in (ROOT / "tests" / "fuzz" / "corpus").iterdir() if any(folder.iterdir())}
