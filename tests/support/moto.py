"""moto's server: an EC2 that is not ours, on loopback."""
import os
import re
import signal
import subprocess
from pathlib import Path

from .programs import VENV, run
from .waiting import until

# moto's own made-up account.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}


class Moto:
    """With `alone` it lives in a network namespace that has loopback and nothing else: the addresses that moto gives to
    instances are other people's."""

    def __init__(self, folder: Path, env: dict[str, str], alone: bool):
        self.alone = alone
        self.log = folder / "moto.log"
        program = [str(VENV / "python"), "-m", "moto.server", "-H", "127.0.0.1", "-p", "0" if not alone else "5000"]
        if alone:
            program = ["unshare", *self._namespaces(), "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *program]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(program, env={**env, "PYTHONUNBUFFERED": "1"}, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        found = until(self._address, "moto's server listens", patience=60)
        self.env = {**env, **CREDENTIALS, "AWS_ENDPOINT_URL": found, "AWS_REGION": "us-east-1",
                    "AWS_DEFAULT_REGION": "us-east-1"}

    @staticmethod
    def _namespaces() -> list[str]:
        return ["--net"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--net"]

    def _address(self) -> str | None:
        assert self.process.poll() is None, f"moto's server died:\n{self.log.read_text()}"
        found = re.search(r"Running on (http://127\.0\.0\.1:\d+)", self.log.read_text())
        return found[1] if found else None

    def beside(self, *words) -> list[str]:
        """The words of a command that runs it where the server is."""
        if not self.alone:
            return [str(word) for word in words]
        user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        return ["nsenter", "--target", str(self.process.pid), *user, "--net", "--", *[str(word) for word in words]]

    def run(self, *words, timeout: float = 180):
        return run(self.beside(*words), self.env, timeout=timeout)

    def unrouted(self) -> int:
        """How often something in the namespace asked for an address to which there is no way."""
        lines = [line.split() for line in self.run("cat", "/proc/net/snmp").ok().out.splitlines() if line.startswith("Ip:")]
        return int(lines[1][lines[0].index("OutNoRoutes")])

    def close(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
