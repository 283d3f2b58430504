"""Whose turn it is to be read, with more jobs than reads and with fewer."""

from bot.services.tracker.polled_job import PolledJob
from bot.services.tracker.timers import DeadlineQueue

# With too many jobs none waits longer than so many times its even share.
_LONGEST_SHARE = 3.0


class ReadSlots:
    """Gives out turns, `reads_per_second` at most and evenly spaced.

    A job that is worth reading gets its turn at once while turns are left. When more reads are wanted than there are,
    all wait longer by about the same factor, so none is forgotten for another.
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

    def enter(self, job: PolledJob, moment: float, pause: float) -> None:
        """A new job, to be read first at this moment and then about every so many seconds."""
        self._jobs += 1
        self._wants(job, 1 / pause)
        self._resting.put(job, moment)

    def put(self, job: PolledJob, pause: float) -> None:
        """The job is worth reading so many seconds after its last read."""
        self._wants(job, 1 / pause)
        self._ready.drop(job)
        self._resting.put(job, job.read_at + pause)

    def bring_forward(self, job: PolledJob, moment: float) -> None:
        """The job is worth reading at this moment, unless it is before."""
        rests_until = self._resting.moment_of(job)
        if rests_until is not None and rests_until > moment:
            self._resting.put(job, moment)

    def is_hurried(self, job: PolledJob) -> bool:
        """Whether the job is in a hurry and waits for its turn."""
        return job in self._hurried

    def hurry(self, job: PolledJob, moment: float) -> None:
        """From this moment on the job goes before those that are not in a hurry."""
        self._hurried.put(job, moment)

    def leave(self, job: PolledJob) -> None:
        """The job, which has entered, needs no more turns."""
        self._take_out(job)
        self._jobs -= 1
        self._wants(job, 0.0)
        if not self._jobs:
            # What rounding has left over.
            self._wanted = 0.0

    @property
    def next_turn(self) -> float | None:
        """When somebody's turn comes, None while nobody waits for one."""
        if self._ready:
            return self._free_at
        moments = [moment for table in (self._resting, self._hurried) if (moment := table.next_moment) is not None]
        return max(min(moments), self._free_at) if moments else None

    def take(self, now: float) -> PolledJob | None:
        """Whose turn it is now, None when it is nobody's. The job has no turn after it until it is `put` again."""
        if now < self._free_at:
            return None
        while (rested := self._resting.pop(now)) is not None:
            self._ready.put(rested, rested.read_at + self._patience_of(rested))
        # However many are in a hurry, every second turn is left to the others.
        hurried = None if self._hurry_was_last and self._ready else self._hurried.pop(now)
        job = hurried or self._ready.pop(float("inf"))
        if job is not None:
            self._hurry_was_last = hurried is not None
            self._take_out(job)
            self._free_at = now + 1 / self.reads_per_second
        return job

    def _patience_of(self, job: PolledJob) -> float:
        """After how many seconds it is this job's turn, with so many others."""
        pause, share = 1 / job.wanted, self._jobs / self.reads_per_second
        return min(pause * max(1.0, self._wanted / self.reads_per_second), max(pause, share * _LONGEST_SHARE))

    def _take_out(self, job: PolledJob) -> None:
        for table in (self._resting, self._ready, self._hurried):
            table.drop(job)

    def _wants(self, job: PolledJob, reads_per_second: float) -> None:
        self._wanted += reads_per_second - job.wanted
        job.wanted = reads_per_second
