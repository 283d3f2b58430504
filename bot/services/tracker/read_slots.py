"""Decides which job is polled next within the rate limit."""

from bot.services.tracker.polled_job import PolledJob
from bot.services.tracker.timers import DeadlineQueue

# With too many jobs none waits longer than this multiple of the interval that equal shares would give.
_MAX_SHARES = 3.0


class ReadSlots:
    """Slots for polls, evenly spaced and at most `reads_per_second`.

    While there are enough slots, a job is polled as soon as it is due. If more polls are wanted than there are slots,
    all jobs wait longer by about the same factor, so that none is starved.
    """

    def __init__(self, reads_per_second: float) -> None:
        self.reads_per_second = reads_per_second
        self._resting: DeadlineQueue[PolledJob] = DeadlineQueue()
        self._ready: DeadlineQueue[PolledJob] = DeadlineQueue()
        self._hurried: DeadlineQueue[PolledJob] = DeadlineQueue()
        self._jobs = 0
        self._wanted = 0.0
        self._free_at = float("-inf")
        self._hurry_was_last = False

    def enter(self, job: PolledJob, due_at: float, pause: float) -> None:
        """Add a new job, due for the first time at `due_at` and then about every `pause` seconds."""
        self._jobs += 1
        self._set_wanted(job, 1 / pause)
        self._resting.put(job, due_at)

    def put(self, job: PolledJob, pause: float) -> None:
        """Make the job due `pause` seconds after its last poll."""
        self._set_wanted(job, 1 / pause)
        self._ready.drop(job)
        self._resting.put(job, job.read_at + pause)

    def bring_forward(self, job: PolledJob, due_at: float) -> None:
        """Make the job due at this time, unless it is due earlier."""
        rests_until = self._resting.due_at(job)
        if rests_until is not None and rests_until > due_at:
            self._resting.put(job, due_at)

    def is_hurried(self, job: PolledJob) -> bool:
        """Whether the job is waiting for a slot with priority."""
        return job in self._hurried

    def hurry(self, job: PolledJob, due_at: float) -> None:
        """Give the job priority over other jobs from this time on."""
        self._hurried.put(job, due_at)

    def leave(self, job: PolledJob) -> None:
        """Remove a job."""
        self._remove(job)
        self._jobs -= 1
        self._set_wanted(job, 0.0)
        if not self._jobs:
            # Removes accumulated rounding errors.
            self._wanted = 0.0

    @property
    def next_slot(self) -> float | None:
        """When the next slot can be used, None if no job needs one."""
        if self._ready:
            return self._free_at
        times = [time for queue in (self._resting, self._hurried) if (time := queue.next_due_at) is not None]
        return max(min(times), self._free_at) if times else None

    def take(self, now: float) -> PolledJob | None:
        """The job to poll now, None if there is none. It is not due again until the next `put`."""
        if now < self._free_at:
            return None
        while (rested := self._resting.pop(now)) is not None:
            self._ready.put(rested, rested.read_at + self._longest_wait(rested))
        # At least every second slot is left to jobs without priority.
        hurried = None if self._hurry_was_last and self._ready else self._hurried.pop(now)
        job = hurried or self._ready.pop(float("inf"))
        if job is not None:
            self._hurry_was_last = hurried is not None
            self._remove(job)
            self._free_at = now + 1 / self.reads_per_second
        return job

    def _longest_wait(self, job: PolledJob) -> float:
        """After how many seconds the job should be polled, given the number of other jobs."""
        pause, share = 1 / job.wanted, self._jobs / self.reads_per_second
        return min(pause * max(1.0, self._wanted / self.reads_per_second), max(pause, share * _MAX_SHARES))

    def _remove(self, job: PolledJob) -> None:
        for queue in (self._resting, self._ready, self._hurried):
            queue.drop(job)

    def _set_wanted(self, job: PolledJob, reads_per_second: float) -> None:
        self._wanted += reads_per_second - job.wanted
        job.wanted = reads_per_second
