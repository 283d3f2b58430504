"""The state of one polled job: evaluates its polls, reports its progress, and sets its end."""

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
    """A job that is polled. `end` is its terminal record, or the error that ended the polling.

    By the loop's clock, its last poll began at `asked_at` and ended at `read_at`, and its last nudge is effective from
    `nudged_at`. `again` is set if it was nudged while a poll is in flight. `wanted` is its desired number of polls per
    second.
    """

    request: PollRequest
    tolerances: Tolerances
    estimate: ProgressEstimate
    end: "asyncio.Future[Job]"
    read_at: float
    asked_at: float = _NEVER
    nudged_at: float = _NEVER
    again: bool = False
    wanted: float = 0.0
    reading: "asyncio.Task[None] | None" = None
    _deadline: datetime | None = field(init=False, default=None)
    _overdue_at: float = field(init=False, default=0.0)
    _reported: Snapshot = field(init=False, default=Snapshot(None))
    _failures: int = field(init=False, default=0)
    _unknown_since: float | None = field(init=False, default=None)
    _empty_since: float | None = field(init=False, default=None)

    def overdue_at(self, now: float) -> float:
        """Its deadline by the loop's clock. Converted only if the deadline changes, as the system clock may be set."""
        until = self.request.deadline()
        if until != self._deadline:
            self._deadline, self._overdue_at = until, now + (until - datetime.now(UTC)).total_seconds()
        return self._overdue_at

    def answered(self, job: Job, now: float, usual: TypicalDurations | None) -> None:
        """Handle the record that a poll returned."""
        self._failures, self._unknown_since = 0, None
        expected = self.request.expected
        if job.status is JobStatus.DONE and job.error is None and expected is not None and not expected.is_in(job):
            self._done_without_result(job, expected, now)
        elif job.status.is_terminal:
            self.end.set_result(job)
        else:
            self._empty_since = None
            # The answer to a poll that began before an event may be older than the event.
            if not self.estimate.had_event_since(self.asked_at) or self.estimate.is_ahead(job):
                self.estimate.saw(job, now, usual)
            self._report()

    def on_event(self, job: Job, now: float, usual: TypicalDurations | None) -> None:
        """Handle a webhook event about the running job; events may be repeated and out of order."""
        self.estimate.note_event(now)
        if self.estimate.is_ahead(job):
            self.estimate.saw(job, now, usual)
            self._report()

    def missed(self, error: ImagineProError, now: float) -> None:
        """Handle a failed poll."""
        self.estimate.misses += 1
        if not isinstance(error, UnknownJob):
            self._failures += 1
            # The first failure is not shown to the member, as most next polls succeed.
            self._report(error.text if self._failures > 1 else None)
            return
        self._unknown_since = now if self._unknown_since is None else self._unknown_since
        if now - self._unknown_since >= self.tolerances.unknown.total_seconds():
            self.give_up(error)
        else:
            # Usual for a short time, and not a failure, so it is not shown to the member.
            self._report()

    def give_up(self, reason: BaseException) -> None:
        """End the polling with this error, unless it has ended."""
        if not self.end.done():
            self.end.set_exception(reason)

    def _done_without_result(self, job: Job, expected: ResultKind, now: float) -> None:
        self._empty_since = now if self._empty_since is None else self._empty_since
        self.estimate.has_ended(now)
        if now - self._empty_since < self.tolerances.without_result.total_seconds():
            self._report()
        elif expected.may_be_in(job):
            self.end.set_result(job)
        else:
            self.give_up(WithoutResult(expected))

    def _report(self, trouble: str | None = None) -> None:
        snapshot = Snapshot(self.estimate.job, trouble, self.estimate.stalled)
        if snapshot != self._reported:
            self._reported = snapshot
            try:
                self.request.on_change(snapshot)
            except Exception as error:
                self.give_up(error)
