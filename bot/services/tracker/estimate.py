"""What has been seen of one job, when it may end, and how soon it is worth asking again."""

from dataclasses import dataclass, field

from bot.imaginepro import Job, JobStatus
from bot.services.tracker.durations import TypicalDurations
from bot.services.tracker.intervals import PollIntervals
from bot.timings import DEFAULT_TIMINGS

_ORDER = {status: place for place, status in enumerate(JobStatus)}
_BEFORE_ITS_START = frozenset({JobStatus.SUBMITTED, JobStatus.QUEUED})
# The usual duration counts as much as so many percent of the job's own speed.
_WEIGHT = 30.0
# Seconds without news that are unusual for a waiting job, and those that never are for a running one.
_SILENCE_WAITING, _LEAST_SILENCE = 300.0, 30.0


@dataclass(slots=True, eq=False)
class ProgressEstimate:
    """One job's way. Times are seconds of one clock that never jumps, percent are 0 to 100.

    `job` is the newest record that looked different from the one before, first seen at `news_at`; `stalled` says that
    nothing is new for longer than is usual; `misses` is the number of reads since the last that brought a record.
    `silence` is how long without news is unusual for a running job where nothing has been learned.
    """

    accepted_at: float
    news_at: float
    job: Job | None = None
    misses: int = 0
    stalled: bool = False
    silence: float = DEFAULT_TIMINGS.stalled.total_seconds()
    _looked_at: float = field(init=False)
    _waited_at: float = field(init=False)
    _started: float | None = field(init=False, default=None)
    _first: tuple[float, int] | None = field(init=False, default=None)
    _marked_at: float = field(init=False, default=0.0)
    _heard_at: float | None = field(init=False, default=None)
    _turn_at: float | None = field(init=False, default=None)
    _ended_at: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._looked_at = self._waited_at = self.accepted_at

    @property
    def waits(self) -> bool:
        """Whether the job was seen, and had not begun."""
        return self.job is not None and self.job.status in _BEFORE_ITS_START

    def saw(self, job: Job, now: float, usual: TypicalDurations | None) -> None:
        """Take in how the job stands."""
        self.misses = 0
        self._looked_at = now
        if job.status in _BEFORE_ITS_START:
            self._waited_at, self._started = now, None
        else:
            self._runs(job, now)
        if self.job is None or _look(job) != _look(self.job):
            self.job, self.news_at = job, now
        self.stalled = now - self.news_at >= self._silence(usual)

    def heard(self, now: float) -> None:
        """An event came, so more will come."""
        self._heard_at = now

    def was_heard_since(self, moment: float) -> bool:
        """Whether an event came after this moment."""
        return self._heard_at is not None and self._heard_at > moment

    def is_ahead(self, job: Job) -> bool:
        """Whether this record can't be older than the one that is known."""
        if self.job is None or _rank(job) != _rank(self.job):
            return self.job is None or _rank(job) > _rank(self.job)
        return job.updated_at is None or self.job.updated_at is None or job.updated_at >= self.job.updated_at

    def may_begin(self, now: float) -> None:
        """It is this waiting job's turn."""
        self._turn_at = now

    def has_ended(self, now: float) -> None:
        """Something says so, and the record will have to follow."""
        self.misses = 0
        if self._ended_at is None:
            self._ended_at = now

    def lasted(self, now: float, doubt: float) -> float | None:
        """Seconds from its start to its end just now; None where that could be wrong by more than `doubt` seconds."""
        if self._started is None:
            seconds = wrong = (now - self._waited_at) / 2
        else:
            seconds = (self._looked_at + now) / 2 - self._started
            wrong = (now - self._looked_at) / 2
        return seconds if wrong <= max(doubt, seconds / 4) else None

    def first_pause(self, rhythm: PollIntervals, usual: TypicalDurations | None) -> float:
        """Seconds from its acceptance until it is worth asking for the first time."""
        return rhythm.usual if usual is None else rhythm.towards(usual.median, most=rhythm.usual)

    def pause(self, rhythm: PollIntervals, usual: TypicalDurations | None, now: float, *, is_next: bool) -> float:
        """Seconds until it is worth asking again; `is_next` says of a waiting job that no other will begin before."""
        if self.misses:
            return rhythm.after(self.misses)
        if self._ended_at is not None:
            return rhythm.towards(now - self._ended_at, most=rhythm.slow)
        if self.was_heard_since(now - rhythm.slow):
            return rhythm.slow
        if self.waits:
            return self._pause_in_line(rhythm, usual, now, is_next=is_next)
        late = rhythm.slow if self.stalled else rhythm.usual
        end = self._end(usual)
        if end is None:
            return late
        return rhythm.towards(abs(end - now), most=rhythm.stretched if now < end else late)

    def _pause_in_line(
        self, rhythm: PollIntervals, usual: TypicalDurations | None, now: float, *, is_next: bool
    ) -> float:
        if is_next and self._turn_at is not None:
            return rhythm.towards(now - self._turn_at, most=rhythm.slow)
        # It can't end before it has run for about as long as others do.
        return rhythm.stretched if usual is None else rhythm.towards(usual.median, most=rhythm.slow)

    def _runs(self, job: Job, now: float) -> None:
        if self._started is None:
            self._started = (self._waited_at + now) / 2
        if job.percent is None or (self.job is not None and job.percent == self.job.percent and self._first):
            return
        self._marked_at = now
        if self._first is None or job.percent < self._first[1]:
            self._first = now, job.percent

    def _end(self, usual: TypicalDurations | None) -> float | None:
        """When the job may end: by its own speed, and by what is usual as long as little of it has been seen."""
        if self._started is None or self.job is None:
            return None
        if self.job.percent is None or self._first is None:
            return self._started + usual.median if usual is not None else None
        passed, percent = self._marked_at - self._first[0], float(self.job.percent - self._first[1])
        if usual is not None:
            passed, percent = passed + usual.median / 100 * _WEIGHT, percent + _WEIGHT
        return self._marked_at + (100 - self.job.percent) * passed / percent if percent > 0 else None

    def _silence(self, usual: TypicalDurations | None) -> float:
        if self.waits:
            return max(_SILENCE_WAITING, usual.most if usual is not None else 0.0)
        return max(_LEAST_SILENCE, usual.most) if usual is not None else self.silence


def _look(job: Job) -> tuple[object, ...]:
    return job.status, job.percent, job.image_url


def _rank(job: Job) -> tuple[int, int]:
    return _ORDER[job.status], job.percent or 0
