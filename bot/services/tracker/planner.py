"""Plans when to poll each job next, from its progress and that of the other jobs."""

from bot.services.tracker.durations import Durations, TypicalDurations
from bot.services.tracker.intervals import PollIntervals
from bot.services.tracker.polled_job import PolledJob
from bot.services.tracker.read_slots import ReadSlots
from bot.services.tracker.timers import DeadlineQueue


class RemoteQueue:
    """The API's queue: jobs that have not begun, in the order in which they were accepted and are begun."""

    def __init__(self) -> None:
        self._waiting: DeadlineQueue[PolledJob] = DeadlineQueue()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def first(self) -> PolledJob | None:
        """The job that is likely to begin next, None if no job is waiting."""
        first = self._waiting.first
        return first[1] if first is not None else None

    def position(self, job: PolledJob) -> PolledJob | None:
        """Add or remove the job depending on its status. Returns the first job if that has changed."""
        before = self.first
        if job.estimate.waits:
            self._waiting.put(job, job.estimate.accepted_at)
        else:
            self._waiting.drop(job)
        return self.first if self.first is not before else None

    def leave(self, job: PolledJob) -> PolledJob | None:
        """Remove an ended job. Returns the first of the others, which may begin now."""
        self._waiting.drop(job)
        return self.first


class PollPlanner:
    """Schedules the polls of jobs. `pause` is the usual number of seconds between two polls of a job."""

    def __init__(self, schedule: ReadSlots, durations: Durations, pause: float) -> None:
        self._slots = schedule
        self._durations = durations
        self._intervals = PollIntervals(pause)
        self._queue = RemoteQueue()

    def usual(self, job: PolledJob) -> TypicalDurations | None:
        """How long jobs like this one usually take, None while unknown."""
        return self._durations.usual(job.request.duration_class)

    def enter(self, job: PolledJob) -> None:
        """Add a new job. Jobs that were accepted long ago are polled first, in order, as they may have ended."""
        first = job.estimate.first_pause(self._intervals, self.usual(job))
        self._slots.enter(job, job.estimate.accepted_at + first, self._intervals.usual)

    def leave(self, job: PolledJob, now: float) -> None:
        """Remove an ended job, so that another one may begin."""
        self._slots.leave(job)
        self._bring_forward(self._queue.leave(job), now)

    def resume(self, job: PolledJob, now: float) -> None:
        """Schedule the next poll of a job after a change. No poll of it may be in flight."""
        self._bring_forward(self._queue.position(job), now)
        is_next = self._queue.first is job
        pause = job.estimate.pause(self._intervals, self.usual(job), now, is_next=is_next)
        if job.estimate.waits and not is_next:
            # Jobs that can't have begun leave half of the polls to jobs that may end.
            pause = max(pause, 2 * len(self._queue) / self._slots.reads_per_second)
        self._slots.put(job, pause)
        if job.again:
            self.hurry(job, now)

    def hurry(self, job: PolledJob, now: float) -> None:
        """Poll the job as soon as possible, or again if a poll is in flight."""
        job.again = job.reading is not None
        if not job.again and not self._slots.is_hurried(job):
            # Events may be repeated, so polls keep the shortest interval.
            job.nudged_at = max(now, job.nudged_at + self._intervals.least)
            self._slots.hurry(job, job.nudged_at)

    def learn(self, job: PolledJob, now: float) -> None:
        """Record the duration of a job that is done now."""
        seconds = job.estimate.lasted(now, self._intervals.usual)
        if seconds is not None:
            self._durations.note(job.request.duration_class, seconds)

    def _bring_forward(self, job: PolledJob | None, now: float) -> None:
        if job is not None:
            job.estimate.may_begin(now)
            self._slots.bring_forward(job, max(now, job.read_at + self._intervals.least))
