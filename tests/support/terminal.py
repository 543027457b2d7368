"""A program at a terminal of its own: what a person sees and types."""
import os
import pty
import re
import select
import signal
import time


class Terminal:
    """Runs a program with a pseudo-terminal as its standard input, output and error."""

    def __init__(self, argv, env: dict[str, str], term: str = "dumb"):
        self.seen = ""
        self.code: int | None = None
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.execvpe(str(argv[0]), [str(word) for word in argv], {**env, "TERM": term})

    def read_until(self, pattern: str, patience: float = 60.0) -> str:
        """Waits until something that fits has been shown, and returns all that has been."""
        deadline = time.monotonic() + patience
        while not re.search(pattern, self.seen):
            left = deadline - time.monotonic()
            assert left > 0, f"not shown within {patience:.0f} s: {pattern}\n{self.seen}"
            assert self._read(left), f"ended without showing: {pattern}\n{self.seen}"
        return self.seen

    def type(self, text: str) -> None:
        os.write(self.descriptor, text.encode())

    def end(self, patience: float = 60.0) -> int:
        """The exit code, once it has ended by itself."""
        deadline = time.monotonic() + patience
        while self._read(max(deadline - time.monotonic(), 0)):
            assert time.monotonic() < deadline, f"still runs after {patience:.0f} s:\n{self.seen}"
        if self.code is None:
            self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.code

    def close(self) -> None:
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.code = -signal.SIGKILL
        os.close(self.descriptor)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _read(self, patience: float) -> bool:
        """More of what is shown; False at its end."""
        if not select.select([self.descriptor], [], [], patience)[0]:
            return True
        try:
            got = os.read(self.descriptor, 65536)
        except OSError:  # EIO: nobody has the other side open any more
            return False
        self.seen += got.decode(errors="replace").replace("\r\n", "\n")
        return bool(got)
