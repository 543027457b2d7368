"""Waiting for a condition, the only place where tests sleep."""
import time


def until(condition, what, patience: float = 60.0, every: float = 0.1):
    """The first true value of condition(); an AssertionError that says what never came true.

    `what` is a text, or is called for one at the end."""
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            text = what() if callable(what) else what
            raise AssertionError(f"not within {patience:.0f} s: {text} (last: {value!r})")
        time.sleep(every)
