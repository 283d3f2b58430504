"""Estimates from a job's progress when it will end, and how soon to poll it again."""

from dataclasses import dataclass, field

from bot.imaginepro import Job, JobStatus
from bot.services.tracker.durations import TypicalDurations
from bot.services.tracker.intervals import PollIntervals
from bot.timings import DEFAULT_TIMINGS

_ORDER = {status: position for position, status in enumerate(JobStatus)}
_NOT_BEGUN = frozenset({JobStatus.SUBMITTED, JobStatus.QUEUED})
# The usual duration has the same weight as this many percent of the job's own progress.
_USUAL_WEIGHT = 30.0
# Seconds without a change after which a job counts as stalled: while queued, and at least.
_SILENCE_WAITING, _LEAST_SILENCE = 300.0, 30.0


@dataclass(slots=True, eq=False)
class ProgressEstimate:
    """The progress of one job. Times are seconds of a monotonic clock, percentages are 0 to 100.

    `job` is the newest record with a visible change, first seen at `news_at`. `stalled` is set if nothing has changed
    for longer than usual. `misses` is the number of failed polls since the last successful one.
    `silence` is the time without a change after which a running job whose usual duration is unknown counts as stalled.
    """

    accepted_at: float
    news_at: float
    job: Job | None = None
    misses: int = 0
    stalled: bool = False
    silence: float = DEFAULT_TIMINGS.stalled.total_seconds()
    _polled_at: float = field(init=False)
    _waited_at: float = field(init=False)
    _started: float | None = field(init=False, default=None)
    _first: tuple[float, int] | None = field(init=False, default=None)
    _marked_at: float = field(init=False, default=0.0)
    _event_at: float | None = field(init=False, default=None)
    _first_at: float | None = field(init=False, default=None)
    _ended_at: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._polled_at = self._waited_at = self.accepted_at

    @property
    def waits(self) -> bool:
        """Whether the job was polled and had not begun."""
        return self.job is not None and self.job.status in _NOT_BEGUN

    def saw(self, job: Job, now: float, usual: TypicalDurations | None) -> None:
        """Update the estimate with a record."""
        self.misses = 0
        self._polled_at = now
        if job.status in _NOT_BEGUN:
            self._waited_at, self._started = now, None
        else:
            self._update_running(job, now)
        if self.job is None or _visible(job) != _visible(self.job):
            self.job, self.news_at = job, now
        self.stalled = now - self.news_at >= self._silence(usual)

    def note_event(self, now: float) -> None:
        """Note a webhook event, as more are likely to follow."""
        self._event_at = now

    def had_event_since(self, time: float) -> bool:
        """Whether there was a webhook event after this time."""
        return self._event_at is not None and self._event_at > time

    def is_ahead(self, job: Job) -> bool:
        """Whether this record is at least as new as the known one."""
        if self.job is None or _rank(job) != _rank(self.job):
            return self.job is None or _rank(job) > _rank(self.job)
        return job.updated_at is None or self.job.updated_at is None or job.updated_at >= self.job.updated_at

    def may_begin(self, now: float) -> None:
        """Note that this job is first in the API's queue now."""
        self._first_at = now

    def has_ended(self, now: float) -> None:
        """Note that the job ended, though the poll does not return its result yet."""
        self.misses = 0
        if self._ended_at is None:
            self._ended_at = now

    def lasted(self, now: float, max_error: float) -> float | None:
        """Seconds from its start to its end, which is now; None if the error could exceed `doubt` seconds."""
        if self._started is None:
            seconds = error = (now - self._waited_at) / 2
        else:
            seconds = (self._polled_at + now) / 2 - self._started
            error = (now - self._polled_at) / 2
        return seconds if error <= max(max_error, seconds / 4) else None

    def first_pause(self, intervals: PollIntervals, usual: TypicalDurations | None) -> float:
        """Seconds from its acceptance until the first poll."""
        return intervals.usual if usual is None else intervals.towards(usual.median, most=intervals.usual)

    def pause(self, intervals: PollIntervals, usual: TypicalDurations | None, now: float, *, is_next: bool) -> float:
        """Seconds until the next poll; `is_next` is whether a queued job will begin before all others."""
        if self.misses:
            return intervals.after(self.misses)
        if self._ended_at is not None:
            return intervals.towards(now - self._ended_at, most=intervals.slow)
        if self.had_event_since(now - intervals.slow):
            return intervals.slow
        if self.waits:
            return self._pause_in_queue(intervals, usual, now, is_next=is_next)
        stalled_pause = intervals.slow if self.stalled else intervals.usual
        end = self._end(usual)
        if end is None:
            return stalled_pause
        return intervals.towards(abs(end - now), most=intervals.stretched if now < end else stalled_pause)

    def _pause_in_queue(
        self, intervals: PollIntervals, usual: TypicalDurations | None, now: float, *, is_next: bool
    ) -> float:
        if is_next and self._first_at is not None:
            return intervals.towards(now - self._first_at, most=intervals.slow)
        # It can't end before it has run about as long as other jobs do.
        return intervals.stretched if usual is None else intervals.towards(usual.median, most=intervals.slow)

    def _update_running(self, job: Job, now: float) -> None:
        if self._started is None:
            self._started = (self._waited_at + now) / 2
        if job.percent is None or (self.job is not None and job.percent == self.job.percent and self._first):
            return
        self._marked_at = now
        if self._first is None or job.percent < self._first[1]:
            self._first = now, job.percent

    def _end(self, usual: TypicalDurations | None) -> float | None:
        """When the job may end: by its own speed, combined with the usual duration while there is little progress."""
        if self._started is None or self.job is None:
            return None
        if self.job.percent is None or self._first is None:
            return self._started + usual.median if usual is not None else None
        passed, percent = self._marked_at - self._first[0], float(self.job.percent - self._first[1])
        if usual is not None:
            passed, percent = passed + usual.median / 100 * _USUAL_WEIGHT, percent + _USUAL_WEIGHT
        return self._marked_at + (100 - self.job.percent) * passed / percent if percent > 0 else None

    def _silence(self, usual: TypicalDurations | None) -> float:
        if self.waits:
            return max(_SILENCE_WAITING, usual.most if usual is not None else 0.0)
        return max(_LEAST_SILENCE, usual.most) if usual is not None else self.silence


def _visible(job: Job) -> tuple[object, ...]:
    return job.status, job.percent, job.image_url


def _rank(job: Job) -> tuple[int, int]:
    return _ORDER[job.status], job.percent or 0
