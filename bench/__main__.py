"""usage: python -m bench [ROW...] [--json FILE]   (all rows unless given; --help names them)

Prints a table; exit code 1 if a figure misses what was set out, or could not be taken.
"""
import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
# Imported before the user's settings are dropped: HOTARU names the executable to measure.
from . import calls, finding, listing, many, planning, regions, scale, shells, start_up  # noqa: E402
from .row import table  # noqa: E402

for name in [name for name in os.environ if name.startswith(("AWS_", "HOTARU_"))]:
    del os.environ[name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"  # for boto3 in this process

MEASURES = {
    "start-up": start_up.measure,
    "shells": shells.measure,
    "calls": calls.measure,
    "many": many.measure,
    "list": listing.measure,
    "regions": regions.measure,
    "scale": scale.measure,
    "find": finding.measure,
    "plan": planning.measure,
}
SANDBOXES = {"shells", "calls", "many", "plan"}


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    parser = argparse.ArgumentParser(prog="./dev bench")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(MEASURES))
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the figures and their details")
    options = parser.parse_args()
    unknown = set(options.rows) - set(MEASURES)
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))} (there are: {', '.join(MEASURES)})")
    folder = Path(tempfile.mkdtemp(prefix="hotaru-bench-"))
    rows = []
    failed = []
    try:
        for name in options.rows or MEASURES:
            if name in SANDBOXES and os.geteuid() != 0:
                print(f"{name}: left out, sandboxes need root", file=sys.stderr)
                continue
            print(f"measuring: {name}", file=sys.stderr)
            try:
                rows += MEASURES[name](folder)
            except RuntimeError as error:  # what others have measured is not lost
                failed.append(name)
                print(f"{name}: {error}", file=sys.stderr)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(table(rows))
    text = json.dumps([row.as_json() for row in rows], indent=1)
    if options.json:
        options.json.write_text(text + "\n")
    print(text)
    return 0 if not failed and all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
