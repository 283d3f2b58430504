"""How long jobs of each duration class take, learned from recent ones."""

from collections import deque
from dataclasses import dataclass

from bot.store import NewJob

_REMEMBERED = 50
_ENOUGH = 3


@dataclass(frozen=True, slots=True)
class TypicalDurations:
    """Typical durations of a class of jobs, in seconds: half take at most `median`, nine in ten at most `most`."""

    median: float
    most: float


class Durations:
    """The durations of recent jobs by duration class, from start to end; in memory only."""

    def __init__(self) -> None:
        self._seconds: dict[str, deque[float]] = {}
        self._usual: dict[str, TypicalDurations] = {}

    def note(self, duration_class: str, seconds: float) -> None:
        """Record that a job of this class took this number of seconds."""
        known = self._seconds.setdefault(duration_class, deque(maxlen=_REMEMBERED))
        known.append(seconds)
        if len(known) >= _ENOUGH:
            ordered = sorted(known)
            self._usual[duration_class] = TypicalDurations(ordered[len(ordered) // 2], ordered[len(ordered) * 9 // 10])

    def usual(self, duration_class: str) -> TypicalDurations | None:
        """The typical durations of this class, None while too few of its jobs have ended."""
        return self._usual.get(duration_class)


def duration_class_of(job: NewJob) -> str:
    """The duration class of this job: jobs in one class take about equally long."""
    # U1 takes as long as U4.
    return ":".join((job.kind, (job.button or "").rstrip("1234"), job.mode))
