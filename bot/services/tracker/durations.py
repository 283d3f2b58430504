"""How long jobs take, learned from those that have ended."""

from collections import deque
from dataclasses import dataclass

from bot.store import NewJob

_REMEMBERED = 50
_ENOUGH = 3


@dataclass(frozen=True, slots=True)
class TypicalDurations:
    """What is usual for jobs of one pace, in seconds: half of them take `median` at most, nine in ten `most`."""

    median: float
    most: float


class Durations:
    """How long the last jobs of each pace took, from their start to their end; in memory only."""

    def __init__(self) -> None:
        self._seconds: dict[str, deque[float]] = {}
        self._usual: dict[str, TypicalDurations] = {}

    def note(self, pace: str, seconds: float) -> None:
        """Remember that a job of this pace took so long."""
        known = self._seconds.setdefault(pace, deque(maxlen=_REMEMBERED))
        known.append(seconds)
        if len(known) >= _ENOUGH:
            ordered = sorted(known)
            self._usual[pace] = TypicalDurations(ordered[len(ordered) // 2], ordered[len(ordered) * 9 // 10])

    def usual(self, pace: str) -> TypicalDurations | None:
        """What is usual for this pace, None while too few of its jobs have ended."""
        return self._usual.get(pace)


def duration_class_of(job: NewJob) -> str:
    """The name of the jobs that take about as long as this one."""
    # U1 takes as long as U4.
    return ":".join((job.kind, (job.button or "").rstrip("1234"), job.mode))
