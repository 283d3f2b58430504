"""One job under watch: what its reads mean, what is told of it, and its end."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.imaginepro import ImagineProError, Job, JobStatus, UnknownJob
from bot.services.kinds.result_kind import ResultKind
from bot.services.tracker.durations import TypicalDurations
from bot.services.tracker.estimate import ProgressEstimate
from bot.services.tracker.types import PollRequest, Snapshot, Tolerances, WithoutResult

_NEVER = float("-inf")


@dataclass(slots=True, eq=False)
class PolledJob:
    """A job under watch. `end` is its terminal record, or the reason why there is none.

    By the loop's clock, its last read began at `asked_at` and was over at `read_at`, and its last nudge counts from
    `nudged_at`; `again` says that it was nudged during the read that is under way. `wanted` is the number of reads a
    second that it would like.
    """

    following: PollRequest
    patience: Tolerances
    course: ProgressEstimate
    end: "asyncio.Future[Job]"
    read_at: float
    asked_at: float = _NEVER
    nudged_at: float = _NEVER
    again: bool = False
    wanted: float = 0.0
    reading: "asyncio.Task[None] | None" = None
    _until: datetime | None = field(init=False, default=None)
    _overdue_at: float = field(init=False, default=0.0)
    _reported: Snapshot = field(init=False, default=Snapshot(None))
    _failures: int = field(init=False, default=0)
    _unknown_since: float | None = field(init=False, default=None)
    _empty_since: float | None = field(init=False, default=None)

    def overdue_at(self, now: float) -> float:
        """When its time is over. The calendar is looked at only when that has moved: it may be set in between."""
        until = self.following.deadline()
        if until != self._until:
            self._until, self._overdue_at = until, now + (until - datetime.now(UTC)).total_seconds()
        return self._overdue_at

    def answered(self, job: Job, now: float, usual: TypicalDurations | None) -> None:
        """A read has brought this record."""
        self._failures, self._unknown_since = 0, None
        expected = self.following.expected
        if job.status is JobStatus.DONE and job.error is None and expected is not None and not expected.is_in(job):
            self._came_without(expected, now)
        elif job.status.is_terminal:
            self.end.set_result(job)
        else:
            self._empty_since = None
            # What was asked for before an event came may be older than what the event said.
            if not self.course.was_heard_since(self.asked_at) or self.course.is_ahead(job):
                self.course.saw(job, now, usual)
            self._tell()

    def heard(self, job: Job, now: float, usual: TypicalDurations | None) -> None:
        """An event has brought this record of a job that goes on; events come in any order, and again."""
        self.course.heard(now)
        if self.course.is_ahead(job):
            self.course.saw(job, now, usual)
            self._tell()

    def missed(self, error: ImagineProError, now: float) -> None:
        """A read has brought no record."""
        self.course.misses += 1
        if not isinstance(error, UnknownJob):
            self._failures += 1
            # The first failure is nothing to worry a member with; most are over at the next read.
            self._tell(error.text if self._failures > 1 else None)
            return
        self._unknown_since = now if self._unknown_since is None else self._unknown_since
        if now - self._unknown_since >= self.patience.unknown.total_seconds():
            self.give_up(error)
        else:
            # Usual for a moment and no failure: not worth worrying a member.
            self._tell()

    def give_up(self, reason: BaseException) -> None:
        """End the following for this reason, unless it has ended."""
        if not self.end.done():
            self.end.set_exception(reason)

    def _came_without(self, expected: ResultKind, now: float) -> None:
        self._empty_since = now if self._empty_since is None else self._empty_since
        self.course.has_ended(now)
        if now - self._empty_since >= self.patience.without_result.total_seconds():
            self.give_up(WithoutResult(expected))
        else:
            self._tell()

    def _tell(self, trouble: str | None = None) -> None:
        snapshot = Snapshot(self.course.job, trouble, self.course.stalled)
        if snapshot != self._reported:
            self._reported = snapshot
            try:
                self.following.on_change(snapshot)
            except Exception as error:
                self.give_up(error)
