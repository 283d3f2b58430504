"""The only poller: asks the API how jobs stand, when it is worth asking, and tells what has changed."""

import asyncio
from datetime import UTC, datetime
from functools import partial

from bot.imaginepro import ImagineProClient, ImagineProError, Job, JobStatus, UnknownJob
from bot.services.kinds.result_kind import ResultKind
from bot.services.tracker.durations import Durations
from bot.services.tracker.estimate import ProgressEstimate
from bot.services.tracker.outage_log import OutageLog
from bot.services.tracker.planner import PollPlanner
from bot.services.tracker.polled_job import PolledJob
from bot.services.tracker.read_slots import ReadSlots
from bot.services.tracker.timers import DeadlineQueue, ResettableTimer
from bot.services.tracker.types import DEFAULT_TOLERANCES, Overdue, PollRequest, Tolerances

# When so many reads wait for their answer the API hangs, and asking more of it helps nobody.
_MOST_READS_AT_ONCE = 100


class Tracker:
    """Follows jobs with one timer for all of them, and a task for each read that is under way.

    `pause` is the number of seconds that usually pass between two reads of a running job. All jobs together are read
    `reads_per_second` times a second at most, which has to lie below the API's ten. `durations` is what is known of
    earlier jobs, and learns from these.
    """

    def __init__(
        self,
        source: ImagineProClient,
        *,
        pause: float = 3.0,
        reads_per_second: float = 8.0,
        tolerances: Tolerances = DEFAULT_TOLERANCES,
        durations: Durations | None = None,
    ) -> None:
        self._source = source
        self._tolerances = tolerances
        self._slots = ReadSlots(reads_per_second)
        self._planner = PollPlanner(self._slots, Durations() if durations is None else durations, pause)
        self._deadlines: DeadlineQueue[PolledJob] = DeadlineQueue()
        self._timer = ResettableTimer(self._work)
        self._outage_log = OutageLog()
        self._polled: dict[str, PolledJob] = {}
        self._reads: set[asyncio.Task[None]] = set()

    @property
    def reads_per_second(self) -> float:
        """How many reads a second this tracker may take. Processes with the same key share the API's ten."""
        return self._slots.reads_per_second

    @reads_per_second.setter
    def reads_per_second(self, value: float) -> None:
        self._slots.reads_per_second = value

    async def follow(self, following: PollRequest) -> Job:
        """The job's terminal record, which is not told as a change.

        Raises `Overdue` when its time is over, `UnknownJob` when the API has not known it for longer than patience
        allows, and `WithoutResult` when it is done and what is expected does not come.
        """
        job = self._enter(following)
        try:
            return await job.end
        finally:
            self._leave(job)

    def nudge(self, remote_id: str) -> None:
        """Read this job as soon as possible, if it is followed, and ask anew how long it may take."""
        job, now = self._polled.get(remote_id), _now()
        if job is not None and not self._is_over(job, now):
            self._planner.hurry(job, now)
            self._set_alarm()

    def on_webhook(self, remote_id: str, record: Job) -> None:
        """An event said that this job stands so. It is shown if it is new; an end is not believed, but read at once.

        While events come the job is read slowly, in case they stop.
        """
        job, now = self._polled.get(remote_id), _now()
        if job is None or job.end.done():
            return
        if record.status.is_terminal:
            job.course.has_ended(now)
            self.nudge(remote_id)
            return
        job.heard(record, now, self._planner.usual(job))
        if job.reading is None:
            self._planner.resume(job, now)
            self._set_alarm()

    def _enter(self, following: PollRequest) -> PolledJob:
        now = _now()
        accepted_at = now - max(0.0, (datetime.now(UTC) - following.since).total_seconds())
        end: asyncio.Future[Job] = asyncio.get_running_loop().create_future()
        course = ProgressEstimate(accepted_at, now, silence=self._tolerances.stalled.total_seconds())
        job = PolledJob(following, self._tolerances, course, end, read_at=now)
        self._deadlines.put(job, job.overdue_at(now))
        self._planner.enter(job)
        self._polled[following.remote_id] = job
        self._set_alarm()
        return job

    def _leave(self, job: PolledJob) -> None:
        remote_id = job.following.remote_id
        if self._polled.get(remote_id) is job:
            del self._polled[remote_id]
        if job.reading is not None:
            job.reading.cancel()
        self._deadlines.drop(job)
        self._planner.leave(job, _now())
        self._outage_log.forget(remote_id)
        self._set_alarm()

    def _set_alarm(self) -> None:
        may_read = len(self._reads) < _MOST_READS_AT_ONCE
        moments = (self._deadlines.next_moment, self._slots.next_turn if may_read else None)
        self._timer.set(min((moment for moment in moments if moment is not None), default=None))

    def _work(self) -> None:
        try:
            self._do_what_is_due(_now())
        finally:
            self._set_alarm()

    def _do_what_is_due(self, now: float) -> None:
        while (late := self._deadlines.pop(now)) is not None:
            self._is_over(late, now)
        if len(self._reads) < _MOST_READS_AT_ONCE:
            job = self._slots.take(now)
            if job is not None and not self._is_over(job, now):
                self._begin_read(job, now)

    def _is_over(self, job: PolledJob, now: float) -> bool:
        """Whether the job has ended, or ends now because its time is over."""
        if job.end.done():
            return True
        try:
            overdue_at = job.overdue_at(now)
        except Exception as error:
            job.give_up(error)
            return True
        if overdue_at <= now:
            job.give_up(Overdue())
            return True
        self._deadlines.put(job, overdue_at)
        return False

    def _begin_read(self, job: PolledJob, now: float) -> None:
        job.asked_at, job.again = now, False
        job.reading = asyncio.create_task(self._read(job))
        self._reads.add(job.reading)
        job.reading.add_done_callback(partial(self._end_read, job))

    async def _read(self, job: PolledJob) -> None:
        following = job.following
        ask = self._source.video_progress if following.expected is ResultKind.VIDEO else self._source.progress
        try:
            self._answered(job, await ask(following.remote_id))
        except ImagineProError as error:
            self._missed(job, error)

    def _answered(self, job: PolledJob, record: Job) -> None:
        now = _now()
        self._outage_log.answered(job.following.remote_id)
        if not job.end.done():
            job.answered(record, now, self._planner.usual(job))
            if record.status is JobStatus.DONE and job.end.done() and job.end.exception() is None:
                self._planner.learn(job, now)

    def _missed(self, job: PolledJob, error: ImagineProError) -> None:
        if not isinstance(error, UnknownJob):
            self._outage_log.failed(job.following.remote_id, error)
        if not job.end.done():
            job.missed(error, _now())

    def _end_read(self, job: PolledJob, task: "asyncio.Task[None]") -> None:
        self._reads.discard(task)
        job.reading, job.read_at = None, _now()
        if task.cancelled():
            job.end.cancel()
        elif (error := task.exception()) is not None:
            job.give_up(error)
        if not job.end.done():
            self._planner.resume(job, job.read_at)
        self._set_alarm()


def _now() -> float:
    return asyncio.get_running_loop().time()
