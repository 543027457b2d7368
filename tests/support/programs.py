"""Programs run by the tests: hotaru, the AWS CLI, OpenSSH."""
import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from support.waiting import until

ROOT = Path(__file__).resolve().parent.parent.parent
HOTARU = Path(os.environ.get("HOTARU") or ROOT / "build" / "dev" / "hotaru")
VENV = ROOT / ".venv" / "bin"


@dataclass
class Done:
    """How a program ended."""
    argv: list[str]
    code: int
    out: str
    err: str

    def json(self):
        return json.loads(self.out)

    def ok(self) -> "Done":
        assert self.code == 0, f"{' '.join(self.argv)}: exit code {self.code}\n{self.out}\n{self.err}"
        return self

    def failed(self) -> "Done":
        assert self.code != 0, f"{' '.join(self.argv)}: succeeded\n{self.out}\n{self.err}"
        return self


def run(argv, env, *, input: str | None = None, timeout: float = 180, cwd=None) -> Done:
    argv = [str(word) for word in argv]
    done = subprocess.run(argv, env=env, cwd=cwd, input=input, stdin=None if input is not None else subprocess.DEVNULL,
                          capture_output=True, text=True, errors="replace", timeout=timeout, check=False)
    return Done(argv, done.returncode, done.stdout, done.stderr)


def environment(folder: Path, **more: str) -> dict[str, str]:
    """A user of their own in `folder`. Of the real cache they see the sandboxes' root file systems, and nothing else."""
    real = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hotaru/sim"
    home = folder / "home"
    own = folder / "cache/hotaru/sim"
    for each in (home, real, own.parent):
        each.mkdir(parents=True, exist_ok=True)
    if not own.is_symlink():
        own.symlink_to(real)
    return {
        "PATH": f"{VENV}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(home), "LANG": "C.UTF-8", "TERM": "dumb", "USER": "tester", "LOGNAME": "tester",
        "XDG_CACHE_HOME": str(folder / "cache"), "HOTARU_SIM_DIR": str(folder / "sim"),
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": str(home / "aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "aws-credentials"), "AWS_PAGER": "", "PYTHONDONTWRITEBYTECODE": "1",
        **more,
    }


@dataclass
class Ssh:
    """Plain OpenSSH with a key and a known-hosts file of its own."""
    folder: Path
    env: dict[str, str]
    key: Path = field(init=False)

    def __post_init__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.key = self.folder / "id_ed25519"
        if not self.key.exists():
            run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], self.env).ok()

    @property
    def public_key(self) -> str:
        return self.key.with_suffix(".pub").read_text()

    def run(self, address: str, command: str, user: str = "ubuntu", *options: str, timeout: float = 120) -> Done:
        return run(["ssh", "-F", "none", "-i", self.key, "-o", "BatchMode=yes", "-o", "ConnectTimeout=5",
                    "-o", "StrictHostKeyChecking=accept-new", "-o", f"UserKnownHostsFile={self.folder / 'known_hosts'}",
                    *options, f"{user}@{address}", command], self.env, timeout=timeout)

    def until(self, address: str, command: str, patience: float = 60) -> str:
        """What the command printed (" " for nothing), once the instance lets us in and the command succeeds."""
        last = []

        def answered():
            last[:] = [self.run(address, command)]
            return last[0].code == 0 and (last[0].out.strip() or " ")

        return until(answered, lambda: f"ssh ubuntu@{address} {command} ({last[0].err.strip()})", patience)
