"""A sim in a folder of its own, with the programs that talk to it."""
import shutil
import tempfile
import urllib.request
from pathlib import Path

from .programs import HOTARU, Done, Ssh, environment, run

REGIONS = ("us-east-1", "ap-northeast-1")


class Sim:
    """Started on creation; `close` ends it and takes its folder away, whatever state it is in."""

    def __init__(self, kind: str, base: Path):
        self.kind = kind
        self.folder = Path(tempfile.mkdtemp(prefix=f"{kind[0]}-", dir=base))  # short: sockets lie below it
        self.env = environment(self.folder, HOTARU_CLOUD="sim")
        self.start()
        self.ssh = Ssh(self.folder / "ssh", self.env)

    def start(self) -> None:
        self.hotaru("sim", "start", "--kind", self.kind).ok()

    @property
    def aws_env(self) -> dict[str, str]:
        """What `eval "$(hotaru sim env)"` makes of our environment: how any AWS tool is pointed at the sim."""
        bare = {name: value for name, value in self.env.items() if name != "HOTARU_CLOUD"}
        script = 'set -e; text=$("$0" sim env); eval "$text"; exec env -0'
        done = run(["sh", "-c", script, HOTARU], bare).ok()
        return dict(entry.split("=", 1) for entry in done.out.split("\0") if entry)

    def hotaru(self, *words, timeout: float = 180, input: str | None = None, **env: str) -> Done:
        return run([HOTARU, *words], {**self.env, **env}, timeout=timeout, input=input)

    def aws(self, *words, region: str = REGIONS[0], timeout: float = 180, **env: str) -> Done:
        return run(["aws", "--region", region, "--output", "json", *words], {**self.aws_env, **env}, timeout=timeout)

    def caller(self) -> str:
        """The address from which instances see this machine."""
        with urllib.request.urlopen(self.aws_env["HOTARU_CHECKIP_URL"], timeout=10) as answer:
            return answer.read().decode().strip()

    def boto(self, service: str = "ec2", region: str = REGIONS[0]):
        import boto3
        env = self.aws_env
        session = boto3.session.Session(aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
                                        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"], region_name=region)
        return session.client(service, endpoint_url=env.get("AWS_ENDPOINT_URL"))

    def status(self) -> dict:
        return self.hotaru("sim", "status", "-o", "json").ok().json()["sim"]

    def close(self) -> Done:
        done = self.hotaru("sim", "reset", "--yes")
        shutil.rmtree(self.folder, ignore_errors=True)
        return done
