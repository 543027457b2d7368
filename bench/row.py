"""One row of the table: what was measured against what, and whether it reaches what was set out."""
import math
import statistics
from dataclasses import dataclass, field


@dataclass
class Row:
    what: str
    against: str
    reach: str        # what was set out, in words
    measured: float   # in the unit of `limit`
    limit: float
    at_least: bool = False  # the measured value shall be at least the limit (a speed-up), else at most
    unit: str = "x"
    details: dict = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    def as_json(self) -> dict:
        return {"what": self.what, "against": self.against, "reach": self.reach, "measured": round(self.measured, 4),
                "unit": self.unit, "limit": self.limit, "ok": self.ok, "details": self.details}


def median(values) -> float:
    return statistics.median(values)


def p95(values) -> float:
    """The smallest value that 95 of 100 do not exceed."""
    ordered = sorted(values)
    return ordered[math.ceil(0.95 * len(ordered)) - 1]


def milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)


def table(rows: list[Row]) -> str:
    """The rows as text, one line each, columns aligned."""
    cells = [["what", "against", "reach", "measured", ""]]
    for row in rows:
        cells.append([row.what, row.against, row.reach, f"{row.measured:.2f} {row.unit}", "ok" if row.ok else "MISSED"])
    widths = [max(len(line[column]) for line in cells) for column in range(5)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in cells)
