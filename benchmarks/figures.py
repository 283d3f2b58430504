"""What is reported of a measurement, and the arithmetic behind it."""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: this bot's value first, then those of the bots it is compared with; None where there is none.

    `n` is how many things it was counted over, `met` whether this bot meets `goal`.
    """

    figure: str
    values: tuple[float | None, ...]
    n: int
    goal: str = ""
    met: bool | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One measurement: whose values its rows hold, and what has to be known to read them."""

    number: int
    title: str
    columns: tuple[str, ...]
    rows: list[Row]
    notes: tuple[str, ...] = ()


def row(figure: str, n: int, *values: float | None) -> Row:
    """A figure without a goal."""
    return Row(figure, values, n)


def limited(figure: str, n: int, *values: float | None, most: float | None, goal: str = "") -> Row:
    """A figure whose first value may be `most`; a value or a limit that is missing is not met."""
    ours = values[0]
    met = ours is not None and most is not None and ours <= most
    return Row(figure, values, n, goal or f"≤ {number(most)}", met)


def percentile(values: Sequence[float], percent: float) -> float | None:
    """The smallest value that so many percent of all do not exceed; None without values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else None


def jain(shares: Sequence[float]) -> float | None:
    """Jain's index of fairness: 1 when all got the same, 1/n when one got everything; None when nobody got any."""
    squares = sum(share * share for share in shares)
    return sum(shares) ** 2 / (len(shares) * squares) if squares else None


def ideal_makespan(durations: Sequence[float], *, interval: float, slots: int) -> float:
    """Seconds in which jobs of these lengths can be done at best.

    They are sent in their order, one every `interval` seconds from the start on; `slots` run at once.
    """
    free = [0.0] * slots
    for position, seconds in enumerate(durations):
        begun = max(heapq.heappop(free), position * interval)
        heapq.heappush(free, begun + seconds)
    return max(free)


def ratio(value: float | None, to: float | None) -> float | None:
    """One value over another; None when either is missing or there is nothing to divide by."""
    return value / to if value is not None and to else None


def number(value: float | None) -> str:
    """A value with three digits that count, a dash for none."""
    if value is None:
        return "–"
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"
