"""The rows and parts of a report, and their arithmetic."""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure with this bot's value first, then those of other bots; None where a bot has none.

    `n` is the sample size, `met` whether this bot meets `goal`.
    """

    figure: str
    values: tuple[float | None, ...]
    n: int
    goal: str = ""
    met: bool | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One measurement: its bots as columns, its rows, and notes."""

    number: int
    title: str
    columns: tuple[str, ...]
    rows: list[Row]
    notes: tuple[str, ...] = ()


def row(figure: str, n: int, *values: float | None) -> Row:
    """A figure without a goal."""
    return Row(figure, values, n)


def limited(figure: str, n: int, *values: float | None, most: float | None, goal: str = "") -> Row:
    """A figure whose first value may be at most `most`; a missing value or limit is not met."""
    ours = values[0]
    met = ours is not None and most is not None and ours <= most
    return Row(figure, values, n, goal or f"≤ {number(most)}", met)


def percentile(values: Sequence[float], percent: float) -> float | None:
    """The given percentile by nearest rank; None without values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else None


def jain(shares: Sequence[float]) -> float | None:
    """Jain's fairness index: 1 for equal shares, 1/n if one has everything; None if all are zero."""
    squares = sum(share * share for share in shares)
    return sum(shares) ** 2 / (len(shares) * squares) if squares else None


def ideal_makespan(durations: Sequence[float], *, interval: float, slots: int) -> float:
    """The shortest time in seconds for jobs of these lengths.

    They are submitted in order, one every `interval` seconds, and `slots` run at once.
    """
    free = [0.0] * slots
    for position, seconds in enumerate(durations):
        begun = max(heapq.heappop(free), position * interval)
        heapq.heappush(free, begun + seconds)
    return max(free)


def ratio(value: float | None, to: float | None) -> float | None:
    """The quotient of two values; None if one is missing or the divisor is zero."""
    return value / to if value is not None and to else None


def number(value: float | None) -> str:
    """A value with three significant digits; a dash for None."""
    if value is None:
        return "–"
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"
