"""Polls the API for the progress of all jobs of one key, and reports changes."""

import asyncio
import logging
from datetime import UTC, datetime
from functools import partial

from bot.backoff import Backoff
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

log = logging.getLogger(__name__)

# If this many polls are in flight, the API hangs, and further polls would not help.
_MAX_READS_IN_FLIGHT = 100


class Tracker:
    """Polls jobs, with one timer for all of them and a task for each poll in flight.

    `pause` is the usual number of seconds between two polls of a running job. All jobs together are polled at most
    `reads_per_second` times, which must be below the API's limit of ten. `durations` holds the durations of earlier
    jobs; those of polled jobs are added.
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
        self._timer = ResettableTimer(self._on_timer)
        self._outage_log = OutageLog()
        self._polled: dict[str, PolledJob] = {}
        self._reads: set[asyncio.Task[None]] = set()
        self._backoff = Backoff(log, "jobs can't be polled", first=pause, longest=60.0)
        self._not_before = float("-inf")

    @property
    def reads_per_second(self) -> float:
        """How many polls per second this tracker may make. Processes with the same key share the API's limit of ten."""
        return self._slots.reads_per_second

    @reads_per_second.setter
    def reads_per_second(self, value: float) -> None:
        self._slots.reads_per_second = value

    async def follow(self, request: PollRequest) -> Job:
        """Poll until the job ends. Returns its terminal record, which is not reported to `on_change`.

        Raises `Overdue` at its deadline, `UnknownJob` if the API does not know the job for longer than tolerated, and
        `WithoutResult` if it is done without the expected result.
        """
        job = self._enter(request)
        try:
            return await job.end
        finally:
            self._leave(job)

    def nudge(self, remote_id: str) -> None:
        """Poll this job as soon as possible and check its deadline again, if the job is polled here."""
        job, now = self._polled.get(remote_id), _now()
        if job is not None and not self._is_over(job, now):
            self._planner.hurry(job, now)
            self._set_timer()

    def on_webhook(self, remote_id: str, record: Job) -> None:
        """Handle a webhook event with this record. Newer progress is reported; an end is first confirmed by a poll.

        A job with events is polled less often.
        """
        job, now = self._polled.get(remote_id), _now()
        if job is None or job.end.done():
            return
        if record.status.is_terminal:
            job.estimate.has_ended(now)
            self.nudge(remote_id)
            return
        job.on_event(record, now, self._planner.usual(job))
        if job.reading is None:
            self._planner.resume(job, now)
            self._set_timer()

    def _enter(self, request: PollRequest) -> PolledJob:
        now = _now()
        accepted_at = now - max(0.0, (datetime.now(UTC) - request.since).total_seconds())
        end: asyncio.Future[Job] = asyncio.get_running_loop().create_future()
        estimate = ProgressEstimate(accepted_at, now, silence=self._tolerances.stalled.total_seconds())
        job = PolledJob(request, self._tolerances, estimate, end, read_at=now)
        self._deadlines.put(job, job.overdue_at(now))
        self._planner.enter(job)
        self._polled[request.remote_id] = job
        self._set_timer()
        return job

    def _leave(self, job: PolledJob) -> None:
        remote_id = job.request.remote_id
        if self._polled.get(remote_id) is job:
            del self._polled[remote_id]
        if job.reading is not None:
            job.reading.cancel()
        self._deadlines.drop(job)
        self._planner.leave(job, _now())
        self._outage_log.forget(remote_id)
        self._set_timer()

    def _set_timer(self) -> None:
        if self._not_before > _now():
            self._timer.set(self._not_before)
            return
        may_read = len(self._reads) < _MAX_READS_IN_FLIGHT
        times = (self._deadlines.next_due_at, self._slots.next_slot if may_read else None)
        self._timer.set(min((time for time in times if time is not None), default=None))

    def _on_timer(self) -> None:
        try:
            self._do_what_is_due(_now())
        except Exception as error:
            # What fails may be due again at once.
            self._not_before = _now() + self._backoff.failed(error)
        else:
            self._backoff.worked()
        self._set_timer()

    def _do_what_is_due(self, now: float) -> None:
        while (late := self._deadlines.pop(now)) is not None:
            self._is_over(late, now)
        if len(self._reads) < _MAX_READS_IN_FLIGHT:
            job = self._slots.take(now)
            if job is not None and not self._is_over(job, now):
                self._begin_read(job, now)

    def _is_over(self, job: PolledJob, now: float) -> bool:
        """Whether the job has ended, or ends now because of its deadline."""
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
        request = job.request
        ask = self._source.video_progress if request.expected is ResultKind.VIDEO else self._source.progress
        try:
            self._answered(job, await ask(request.remote_id))
        except ImagineProError as error:
            self._missed(job, error)

    def _answered(self, job: PolledJob, record: Job) -> None:
        now = _now()
        self._outage_log.answered(job.request.remote_id)
        if not job.end.done():
            job.answered(record, now, self._planner.usual(job))
            if record.status is JobStatus.DONE and job.end.done() and job.end.exception() is None:
                self._planner.learn(job, now)

    def _missed(self, job: PolledJob, error: ImagineProError) -> None:
        if not isinstance(error, UnknownJob):
            self._outage_log.failed(job.request.remote_id, error)
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
            try:
                self._planner.resume(job, job.read_at)
            except Exception as error:
                # Without its next poll it would never end.
                job.give_up(error)
        self._set_timer()


def _now() -> float:
    return asyncio.get_running_loop().time()
