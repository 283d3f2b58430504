"""The only poller: asks the API how jobs stand, when it is worth asking, and tells what has changed."""

import asyncio
from datetime import UTC, datetime

from bot.imaginepro import ImagineProError, Job, JobStatus
from bot.services.results import Result
from bot.services.tracker.course import Course
from bot.services.tracker.durations import Durations, Usual
from bot.services.tracker.followed import Followed
from bot.services.tracker.following import DEFAULT_PATIENCE, Following, Overdue, Patience, ProgressSource
from bot.services.tracker.line import Line
from bot.services.tracker.outage import Outage
from bot.services.tracker.rhythm import Rhythm
from bot.services.tracker.schedule import Schedule
from bot.services.tracker.timetable import Timetable

# More answers than these are not waited for at once: by then the API hangs, and asking more of it helps nobody.
_MOST_READS_AT_ONCE = 100


class Tracker:
    """Follows jobs: one timer for all of them, and a task for each read that is under way.

    `pause` is the number of seconds that usually pass between two reads of a running job. All jobs together are read
    `reads_per_second` times a second at most, which has to lie below the API's ten. `durations` is what was learned
    of earlier jobs, and learns on.
    """

    def __init__(
        self,
        source: ProgressSource,
        *,
        pause: float = 3.0,
        reads_per_second: float = 8.0,
        patience: Patience = DEFAULT_PATIENCE,
        durations: Durations | None = None,
    ) -> None:
        self._source = source
        self._rhythm = Rhythm(pause)
        self._patience = patience
        self._durations = Durations() if durations is None else durations
        self._schedule = Schedule(reads_per_second)
        self._deadlines: Timetable[Followed] = Timetable()
        self._line = Line()
        self._outage = Outage()
        self._followed: dict[str, Followed] = {}
        self._reads: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def reads_per_second(self) -> float:
        """How many reads a second this tracker may take; processes that share a key share the API's ten."""
        return self._schedule.reads_per_second

    @reads_per_second.setter
    def reads_per_second(self, value: float) -> None:
        self._schedule.reads_per_second = value

    async def follow(self, following: Following) -> Job:
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
        """Read this job as soon as possible, if it is followed, and ask how long it may take."""
        job, now = self._followed.get(remote_id), self._now()
        if job is not None and not self._is_overdue(job, now):
            self._hurry(job, now)
        self._arm()

    def heard(self, remote_id: str, record: Job) -> None:
        """An event said that this job stands so. It is shown if it is new; an end is not believed, but read at once.

        While events come the job is read slowly, in case they stop.
        """
        job, now = self._followed.get(remote_id), self._now()
        if job is None or job.end.done():
            return
        if record.status.is_terminal:
            job.course.has_ended(now)
            self.nudge(remote_id)
            return
        job.heard(record, now, self._usual(job))
        if job.reading is None:
            self._plan(job, now)
            self._arm()

    def _enter(self, following: Following) -> Followed:
        now = self._now()
        accepted_at = now - max(0.0, (datetime.now(UTC) - following.since).total_seconds())
        end = asyncio.get_running_loop().create_future()
        job = Followed(following, self._patience, Course(accepted_at, now), end, read_at=now)
        self._deadlines.put(job, job.overdue_at(now))
        self._followed[following.remote_id] = job
        # Those that were accepted long ago come first, in their order: they may have ended meanwhile.
        first = accepted_at + job.course.first_pause(self._rhythm, self._usual(job))
        self._schedule.enter(job, first, self._rhythm.usual)
        self._arm()
        return job

    def _leave(self, job: Followed) -> None:
        remote_id, now = job.following.remote_id, self._now()
        if self._followed.get(remote_id) is job:
            del self._followed[remote_id]
        self._schedule.leave(job)
        self._deadlines.drop(job)
        self._outage.forget(remote_id)
        if job.reading is not None:
            job.reading.cancel()
        self._may_begin(self._line.leave(job), now)
        self._arm()

    def _tick(self) -> None:
        self._timer, now = None, self._now()
        while (late := self._deadlines.pop(now)) is not None:
            self._is_overdue(late, now)
        if len(self._reads) < _MOST_READS_AT_ONCE and (job := self._schedule.take(now)) is not None:
            self._begin_read(job, now)
        self._arm()

    def _arm(self) -> None:
        moments = [self._deadlines.next_moment]
        if len(self._reads) < _MOST_READS_AT_ONCE:
            moments.append(self._schedule.next_turn)
        moment = min((moment for moment in moments if moment is not None), default=None)
        if self._timer is not None and moment is not None and self._timer_at <= moment:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if moment is not None:
            self._timer, self._timer_at = asyncio.get_running_loop().call_at(moment, self._tick), moment

    def _is_overdue(self, job: Followed, now: float) -> bool:
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

    def _begin_read(self, job: Followed, now: float) -> None:
        if job.end.done() or self._is_overdue(job, now):
            return
        job.asked_at, job.again = now, False
        job.reading = task = asyncio.create_task(self._read(job))
        self._reads.add(task)
        task.add_done_callback(lambda task: self._read_ended(job, task))

    async def _read(self, job: Followed) -> None:
        following = job.following
        ask = self._source.video_progress if following.expected is Result.VIDEO else self._source.progress
        try:
            record = await ask(following.remote_id)
        except ImagineProError as error:
            if job.end.done():
                return
            if not isinstance(error, UnknownJob):
                self._outage.failed(following.remote_id, error)
            job.missed(error, self._now())
            return
        if job.end.done():
            return
        self._outage.answered(following.remote_id)
        now = self._now()
        job.answered(record, now, self._usual(job))
        if record.status is JobStatus.DONE and job.end.done() and job.end.exception() is None:
            seconds = job.course.lasted(now, self._rhythm.usual)
            if seconds is not None:
                self._durations.note(following.pace, seconds)

    def _read_ended(self, job: Followed, task: "asyncio.Task[None]") -> None:
        self._reads.discard(task)
        job.reading, job.read_at = None, self._now()
        if task.cancelled():
            job.end.cancel()
        elif (error := task.exception()) is not None:
            job.give_up(error)
        if not job.end.done():
            self._plan(job, job.read_at)
        self._arm()

    def _plan(self, job: Followed, now: float) -> None:
        self._may_begin(self._line.place(job), now)
        if job.again:
            self._hurry(job, now)
        is_next = self._line.first is job
        pause = job.course.pause(self._rhythm, self._usual(job), now, is_next=is_next)
        if job.course.waits and not is_next:
            # Those that can't have begun leave half of the reads to those that may end.
            pause = max(pause, 2 * len(self._line) / self.reads_per_second)
        self._schedule.put(job, pause)

    def _hurry(self, job: Followed, now: float) -> None:
        if job.reading is not None:
            job.again = True
        elif not self._schedule.is_hurried(job):
            # An event may be repeated any number of times.
            job.nudged_at = max(now, job.nudged_at + self._rhythm.least)
            self._schedule.hurry(job, job.nudged_at)

    def _may_begin(self, job: Followed | None, now: float) -> None:
        if job is not None:
            job.course.may_begin(now)
            self._schedule.bring_forward(job, max(now, job.read_at + self._rhythm.least))

    def _usual(self, job: Followed) -> Usual | None:
        return self._durations.usual(job.following.pace)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
