"""How long members wait from their command until the API has the job, in the phases of a run."""

import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bot.store import JobRecord
from playground.discord_server.base.clock import Clock, Snowflakes
from playground.imaginepro.jobs.job import Job


@dataclass(frozen=True, slots=True)
class Wait:
    """The median and the 90th percentile of waits in seconds, and of how many."""

    median: float
    ninetieth: float
    count: int

    def __str__(self) -> str:
        return f"{self.median:.2f} / {self.ninetieth:.2f} s ({self.count})"


class Phases:
    """What was going on at which time, by Discord's clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._spans: list[tuple[str, float, float]] = []

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """What happens inside belongs to this phase; a phase may have several parts."""
        begun = self._clock.now()
        try:
            yield
        finally:
            self._spans.append((name, begun, self._clock.now()))

    def at(self, moment: float) -> str:
        """The phase of this time, "" outside of all."""
        return next((name for name, begun, ended in self._spans if begun <= moment < ended), "")


def waits(rows: Sequence[JobRecord], paid: Sequence[Job], phases: Phases) -> dict[str, Wait]:
    """The waits of these jobs by the phase of the command; jobs that were never sent do not count.

    Both times are those of the servers around the bot.
    """
    sent: dict[str, float] = {}
    for job in paid:
        sent.setdefault(job.ref or "", job.created_at)
    found: defaultdict[str, list[float]] = defaultdict(list)
    for row in rows:
        if row.id in sent:
            asked = _made_at(row.reply.interaction_id)
            found[phases.at(asked)].append(sent[row.id] - asked)
    return {name: _wait(seconds) for name, seconds in found.items()}


def ratios(waits: Mapping[str, Wait], first: str, second: str) -> tuple[float, float] | None:
    """How many times as long the second phase's median and 90th percentile are; None if one has no waits."""
    if first not in waits or second not in waits:
        return None
    before, after = waits[first], waits[second]
    return after.median / before.median, after.ninetieth / before.ninetieth


def _wait(seconds: list[float]) -> Wait:
    ninetieth = statistics.quantiles(seconds, n=10, method="inclusive")[-1] if len(seconds) > 1 else seconds[0]
    return Wait(statistics.median(seconds), ninetieth, len(seconds))


def _made_at(snowflake: int) -> float:
    """The time in an id of Discord's, in seconds since the epoch."""
    return ((snowflake >> 22) + Snowflakes.EPOCH_MS) / 1000
