"""When each followed job is worth asking again, from all that is known of it and of the others."""

from bot.services.tracker.durations import Durations, TypicalDurations
from bot.services.tracker.intervals import PollIntervals
from bot.services.tracker.polled_job import PolledJob
from bot.services.tracker.read_slots import ReadSlots
from bot.services.tracker.timers import DeadlineQueue


class RemoteQueue:
    """Jobs in the order in which they were accepted, which is that in which the API begins them."""

    def __init__(self) -> None:
        self._waiting: DeadlineQueue[PolledJob] = DeadlineQueue()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def first(self) -> PolledJob | None:
        """The job that is likely to begin before the others, None when none waits."""
        first = self._waiting.first
        return first[1] if first is not None else None

    def position(self, job: PolledJob) -> PolledJob | None:
        """Let the job join or leave the line as its record says; the job that is first from now on, and was not."""
        before = self.first
        if job.course.waits:
            self._waiting.put(job, job.course.accepted_at)
        else:
            self._waiting.drop(job)
        return self.first if self.first is not before else None

    def leave(self, job: PolledJob) -> PolledJob | None:
        """The job has ended; the first of the others, which may begin in its place."""
        self._waiting.drop(job)
        return self.first


class PollPlanner:
    """Puts jobs into the schedule. `pause` is the usual one between two reads of a job, in seconds."""

    def __init__(self, schedule: ReadSlots, durations: Durations, pause: float) -> None:
        self._slots = schedule
        self._durations = durations
        self._intervals = PollIntervals(pause)
        self._queue = RemoteQueue()

    def usual(self, job: PolledJob) -> TypicalDurations | None:
        """How long jobs like this one take, None while that is not known."""
        return self._durations.usual(job.following.duration_class)

    def enter(self, job: PolledJob) -> None:
        """A new job. Those that were accepted long ago come first, in their order: they may have ended meanwhile."""
        first = job.course.first_pause(self._intervals, self.usual(job))
        self._slots.enter(job, job.course.accepted_at + first, self._intervals.usual)

    def leave(self, job: PolledJob, now: float) -> None:
        """The job has ended; in its place another one may begin."""
        self._slots.leave(job)
        self._may_begin(self._queue.leave(job), now)

    def resume(self, job: PolledJob, now: float) -> None:
        """Something new is known of the job, and no read of it is under way."""
        self._may_begin(self._queue.position(job), now)
        is_next = self._queue.first is job
        pause = job.course.pause(self._intervals, self.usual(job), now, is_next=is_next)
        if job.course.waits and not is_next:
            # Those that can't have begun leave half of the reads to those that may end.
            pause = max(pause, 2 * len(self._queue) / self._slots.reads_per_second)
        self._slots.put(job, pause)
        if job.again:
            self.hurry(job, now)

    def hurry(self, job: PolledJob, now: float) -> None:
        """Read the job as soon as possible, once more when a read is under way."""
        job.again = job.reading is not None
        if not job.again and not self._slots.is_hurried(job):
            # An event may be repeated any number of times.
            job.nudged_at = max(now, job.nudged_at + self._intervals.least)
            self._slots.hurry(job, job.nudged_at)

    def learn(self, job: PolledJob, now: float) -> None:
        """The job is done just now: others like it will take about as long."""
        seconds = job.course.lasted(now, self._intervals.usual)
        if seconds is not None:
            self._durations.note(job.following.duration_class, seconds)

    def _may_begin(self, job: PolledJob | None, now: float) -> None:
        if job is not None:
            job.course.may_begin(now)
            self._slots.bring_forward(job, max(now, job.read_at + self._intervals.least))
