"""A run's measurements as a table and as JSON."""

import json
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.figures import Part, Row, number

_WIDTH = 15


def machine() -> dict[str, object]:
    """The machine's processor, Python version and load."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "processor": names[0].partition(":")[2].strip() if names else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "system": platform.system(),
        "load_average": [round(value, 2) for value in os.getloadavg()],
    }


def table(parts: Sequence[Part], before: dict[str, object], after: dict[str, object]) -> str:
    """A table of all parts, followed by lines about goals and the machine."""
    lines = [line for part in parts for line in _part(part)]
    rows = [row for part in parts for row in part.rows if row.met is not None]
    loads = " → ".join(" ".join(map(str, each["load_average"])) for each in (before, after))  # type: ignore[arg-type]
    lines += [
        f"goals met: {sum(bool(row.met) for row in rows)} of {len(rows)}",
        f"machine:   {before['cores']} cores, {before['processor']}, Python {before['python']}, load average {loads}",
    ]
    return "\n".join(lines)


def as_json(parts: Sequence[Part], before: dict[str, object], after: dict[str, object]) -> str:
    """All figures as JSON, unrounded."""
    return json.dumps({"before": before, "after": after, "parts": [asdict(part) for part in parts]}, indent=2)


def _part(part: Part) -> Iterator[str]:
    width = max((len(row.figure) for row in part.rows), default=0)
    heads = "".join(f"{column:>{_WIDTH}}" for column in part.columns)
    title = f"{part.number}. {part.title}"
    yield title
    yield f"   {'':{width}}{heads}{'n':>8}  {'goal':24}met"
    for row in part.rows:
        yield f"   {row.figure:{width}}{_values(row, part)}{row.n:>8}  {row.goal:24}{_met(row)}".rstrip()
    yield from (f"   {note}" for note in part.notes)
    yield ""


def _values(row: Row, part: Part) -> str:
    padded = [*row.values, *([None] * (len(part.columns) - len(row.values)))]
    return "".join(f"{number(value):>{_WIDTH}}" for value in padded)


def _met(row: Row) -> str:
    return "" if row.met is None else "yes" if row.met else "no"
