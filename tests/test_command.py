"""The command as shells, man and people of another language meet it."""
import re
import shutil

import pytest

from support.programs import HOTARU, ROOT, run
from support.terminal import Terminal


def need(program: str) -> str:
    found = shutil.which(program)
    if not found:
        pytest.skip(f"{program} is not installed")
    return found


def test_bash_completes_commands_options_and_values(user):
    script = """source <(hotaru completion bash)
ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hotaru; echo "${COMPREPLY[*]}"; }
ask hotaru sho; ask hotaru sim sta; ask hotaru ls --wat; ask hotaru find --region = ap-northeast-; ask hotaru up -t g4dn.xl"""
    done = run([need("bash"), "-c", script], user).ok()
    assert done.out.splitlines() == ["show", "start status", "--watch", "ap-northeast-1 ap-northeast-2 ap-northeast-3",
                                     "g4dn.xlarge"]


def test_fish_completes_with_descriptions(user):
    done = run([need("fish"), "-c", 'hotaru completion fish | source; complete -C"hotaru config set ta"'], user).ok()
    assert done.out.startswith("tax\tper cent")


def test_zsh_takes_the_script(user):
    with Terminal([need("zsh"), "-f"], user, term="xterm") as terminal:
        terminal.type("autoload -U compinit; compinit -u -d $HOME/dump; source <(hotaru completion zsh); echo re''ady\n")
        terminal.read_until("ready")
        terminal.type("hotaru regio\t --fre\t\n")
        terminal.read_until(r"hotaru regions.* --fresh")
        terminal.type("\x15exit\n")
        terminal.end()


def test_names_of_instances_are_completed_without_a_call(world):
    world.hotaru("up", "train", "--type", "t3.micro", "--no-wait", "--yes").ok()
    world.hotaru("sim", "stop").ok()
    assert world.hotaru("__complete", "--", "show", "tr").ok().out == "train\tt3.micro in us-east-1\n"
    assert world.hotaru("--cloud", "aws", "__complete", "--", "show", "tr").ok().out == ""


def test_man_pages_render_without_a_complaint(user, own_folder):
    folder = own_folder / "man"
    run([HOTARU, "man", "--to", folder], user).ok()
    pages = sorted(folder.glob("*.1"))
    assert len(pages) > 40
    assert run([need("mandoc"), "-Tlint", *pages], user).out == ""
    done = run([need("groff"), "-man", "-ww", "-Kutf8", "-Tutf8", *pages], user).ok()
    assert done.err == ""
    assert "hotaru up" in re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.out)


def test_colours_are_for_terminals_that_want_them(user):
    for more, coloured in (({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False), ({"TERM": "xterm", "NO_COLOR": "1"}, False)):
        with Terminal([HOTARU, "ls"], {**user, **more}, term=more["TERM"]) as terminal:
            terminal.end()
            assert ("\x1b[1;31mhotaru:" in terminal.seen) == coloured, (more, terminal.seen)
    assert "\x1b" not in run([HOTARU, "ls"], {**user, "TERM": "xterm"}).err


def test_what_is_translated_is_what_is_said():
    """Each English text of the table occurs in the sources, between its placeholders."""
    table = ROOT / "src/cli/language_table.cpp"
    said = ""
    for file in sorted((ROOT / "src").rglob("*.cpp")):
        if file != table and not file.name.endswith("_test.cpp") and "sim" not in file.relative_to(ROOT / "src").parts:
            said += re.sub(r'"\s*\n\s*"', "", file.read_text())
    pairs = re.sub(r'"\s*\n\s*"', "", table.read_text())
    texts = re.findall(r'\{"((?:[^"\\]|\\.)*)",\s*"', pairs)
    assert len(texts) > 60
    # Put together at run time, and what AWS says itself.
    composed = {"stops when idle for", "terminates when idle for",
                "AWS was not able to validate the provided access credentials"}
    for text in texts:
        for part in re.split(r"\{\d\}|[.,:;()]+\s+|\s\(|\.$", text):
            piece = part.strip(" .:;,()")
            assert len(piece) < 4 or piece in composed or piece in said, (text, piece)
