"""What docs/using-the-sim.md tells to type is typed, in its order."""
import re
import sys

from support.programs import ROOT, run

PAGE = (ROOT / "docs/using-the-sim.md").read_text()


def fenced(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def indented() -> str:
    bare = re.sub(r"^```.*?^```$", "", PAGE, flags=re.DOTALL | re.MULTILINE)
    return "\n".join(line[4:] for line in bare.splitlines() if line.startswith("    "))


def test_the_page_has_what_is_tested_here():
    assert "run-instances" in indented()
    assert [("create_instances" in text, "class Sim" in text) for text in fenced("python")] == [(True, False), (False, True)]


def test_the_shell_and_the_first_program_work_as_they_stand(user):
    program = f"{sys.executable} - <<'END'\n{fenced('python')[0]}END\n"
    done = run(["bash", "-c", "set -e -o pipefail\n" + indented() + "\n" + program], user).ok()
    assert "g5.xlarge" in done.out, "the bill tells of the instance"
    assert re.search(r"^127\.\d+\.\d+\.\d+$", done.out, re.MULTILINE), "boto3 was told an address"


def test_the_fixture_works_as_it_stands(user):
    run([sys.executable, "-c", fenced("python")[1]], user).ok()
