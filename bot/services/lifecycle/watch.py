"""Jobs that the API works on: read until they end, shown while they run, settled in the store."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.errors import UserError
from bot.imaginepro import ImagineProError, JobStatus
from bot.services.kinds import request_of
from bot.services.lifecycle.end_events import JobEndEvents
from bot.services.lifecycle.finish import BROKEN, JobFinisher
from bot.services.presenter import JobPhase, JobProgress, Presenter
from bot.services.queue.key_pool import ApiKey, KeyPool
from bot.services.tracker import Overdue, PollRequest, Snapshot, duration_class_of
from bot.store import JobRecord, JobState, JobStore

log = logging.getLogger(__name__)

GRACE_SECONDS = 60.0
"""How long after its own time limit a job is asked for, and how long a cancelled one is."""

_LATE = timedelta(hours=1)
"""How long a result is still waited for after the reply has said that none came."""

_REMEMBERED = 500
"""Jobs that have lately ended here."""

_SILENT = "ImaginePro does not answer at the moment. The bot keeps asking."
_STALLED = "Nothing new for longer than usual. The bot keeps asking, and shows the result when it comes."


@dataclass(slots=True)
class _WatchedJob:
    """What is known of a job that is followed here."""

    job: JobRecord
    key: ApiKey
    asked: bool = False
    stopped_at: datetime | None = None
    note: str | None = None
    newest: Snapshot = field(default_factory=lambda: Snapshot(None))
    task: "asyncio.Task[None] | None" = None


Ended = Callable[[JobRecord], Awaitable[None]]
"""Is told of a job that has ended in the store and has to be delivered."""


class JobWatcher:
    """Follows jobs of all keys. `timeout` is the number of seconds the API may spend on one; `grace` the seconds it is
    asked for beyond that, and after it agreed to cancel.

    A job that is followed is no workflow: reading does nothing that must be done once, and its row says all that is
    needed to begin again.
    """

    def __init__(
        self,
        store: JobStore,
        keys: KeyPool,
        process: str,
        *,
        presenter: Presenter,
        end_events: JobEndEvents,
        timeout: int,
        grace: float = GRACE_SECONDS,
    ) -> None:
        self._keys = keys
        self._process = process
        self._presenter = presenter
        self._end_events = end_events
        self._store = store
        self._finisher = JobFinisher(store)
        self._timeout = timedelta(seconds=timeout)
        self._grace = timedelta(seconds=grace)
        self._watched: dict[str, _WatchedJob] = {}
        self._cancelling: set[asyncio.Task[None]] = set()
        self._over: deque[str] = deque(maxlen=_REMEMBERED)

    def __len__(self) -> int:
        return len(self._watched)

    def on_end(self, ended: Ended) -> None:
        """Tell this of every job that has ended, from now on."""
        self._ended = ended

    def watch(self, job: JobRecord) -> None:
        """Follow this job from now on; nothing happens when it is followed already.

        Nor when it has ended here, and whoever asks had read its row a moment before.
        """
        if job.id in self._watched or (not job.state.is_final and job.id in self._over):
            return
        try:
            followed = _WatchedJob(job, self._keys.of(job))
        except UserError as error:
            self._spawn(self._end(job, JobState.FAILED, error.text))
            return
        self._watched[job.id] = followed
        if not job.state.is_final:
            self._show(followed)
        followed.task = asyncio.create_task(self._watch_to_end(followed))

    def cancel(self, job_id: str) -> None:
        """Ask the API to stop this job, when it is followed here."""
        followed = self._watched.get(job_id)
        if followed is not None and followed.stopped_at is None and not followed.asked:
            followed.asked = True
            self._spawn(self._cancel(followed))

    def on_late_result(self, job_id: str) -> None:
        """The API says that a job has a result after all whose reply has said that none came."""
        followed = self._watched.get(job_id)
        if followed is None:
            self._spawn(self._come_late(job_id))
        elif followed.job.remote_id is not None:
            followed.key.tracker.nudge(followed.job.remote_id)

    async def stop(self) -> None:
        """Follow nothing any more; the rows say where somebody else can go on."""
        tasks = [followed.task for followed in self._watched.values() if followed.task is not None]
        tasks += self._cancelling
        self._watched.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch_to_end(self, followed: _WatchedJob) -> None:
        job = followed.job
        try:
            await self._cancel_if_requested(followed)
            last = await followed.key.tracker.follow(self._poll_request(followed))
            ended = await self._finisher.finish(job, last, cancelled=followed.asked)
        except Overdue as overdue:
            ended = await self._overdue(followed, overdue)
        except UserError as error:
            ended = await self._given_up(followed, error)
        except Exception:
            log.exception("a job was given up", extra={"job": job.id})
            ended = await self._finisher.end(job, JobState.FAILED, BROKEN)
        finally:
            self._watched.pop(job.id, None)
        self._over.append(job.id)
        if ended is not None:
            await self._publish_end(ended)

    async def _cancel_if_requested(self, followed: _WatchedJob) -> None:
        """Cancel the job if that is wished: a wish from before it was followed here was told to nobody."""
        job = await self._store.get(followed.job.id)
        if job is not None and not job.state.is_final and job.cancel_requested_at is not None:
            self.cancel(job.id)

    async def _come_late(self, job_id: str) -> None:
        # Only who has looked after it: all processes hear of it.
        until = datetime.now(UTC) + _LATE
        job = await self._store.move(job_id, JobState.FAILED, of=self._process, late_until=until)
        if job is not None and job.remote_id is not None:
            self.watch(job)

    async def _publish_end(self, ended: JobRecord) -> None:
        await self._end_events.publish(ended.id)
        await self._ended(ended)
        if ended.late_until is not None and ended.late_until > datetime.now(UTC):
            self.watch(ended)

    async def _overdue(self, followed: _WatchedJob, overdue: Overdue) -> JobRecord | None:
        job = followed.job
        if job.state.is_final:
            # The hour after the reply had said so is over as well.
            await self._store.update(job.id, late_until=None)
            return None
        if followed.stopped_at is not None:
            return await self._finisher.cancelled(job)
        return await self._finisher.end(job, JobState.FAILED, overdue.text, late_until=datetime.now(UTC) + _LATE)

    async def _given_up(self, followed: _WatchedJob, error: UserError) -> JobRecord | None:
        job = followed.job
        if job.state.is_final:
            await self._store.update(job.id, late_until=None)
            return None
        if followed.stopped_at is not None:
            return await self._finisher.cancelled(job)
        return await self._finisher.end(job, JobState.FAILED, error.text)

    async def _end(self, job: JobRecord, state: JobState, reason: str) -> None:
        ended = await self._finisher.end(job, state, reason)
        if ended is not None:
            await self._publish_end(ended)

    def _poll_request(self, followed: _WatchedJob) -> PollRequest:
        job = followed.job
        if job.remote_id is None:
            raise LookupError(f"job {job.id} is running without an id")
        # A job that ended while the bot was down is long past its time and yet has a result to fetch.
        at_least_until = datetime.now(UTC) + self._grace

        def changed(snapshot: Snapshot) -> None:
            followed.newest = snapshot
            self._show(followed)

        return PollRequest(
            remote_id=job.remote_id,
            expected=request_of(job).result,
            deadline=lambda: self._deadline(followed, at_least_until),
            on_change=changed,
            duration_class=duration_class_of(job),
            since=job.submitted_at or job.created_at,
        )

    def _deadline(self, followed: _WatchedJob, at_least_until: datetime) -> datetime:
        job = followed.job
        if job.late_until is not None:
            return job.late_until
        if followed.stopped_at is not None:
            return followed.stopped_at + self._grace
        return max(at_least_until, (job.submitted_at or job.created_at) + self._timeout + self._grace)

    async def _cancel(self, followed: _WatchedJob) -> None:
        job, remote_id = followed.job, followed.job.remote_id
        if remote_id is None:
            raise LookupError(f"job {job.id} is running without an id")
        try:
            await followed.key.api.cancel(remote_id)
        except ImagineProError as error:
            followed.asked = False
            followed.note = f"This job could not be cancelled, so it goes on. {error.text}"
            await self._end_events.publish(job.id, followed.note)
        else:
            followed.stopped_at, followed.note = datetime.now(UTC), None
            followed.key.tracker.nudge(remote_id)
        self._show(followed)

    def _show(self, followed: _WatchedJob) -> None:
        newest = followed.newest.job
        ended = newest is not None and newest.status.is_terminal
        # The API's refusal to cancel what has just ended may come when the end is shown already.
        here = self._watched.get(followed.job.id) is followed
        if here and not ended and not followed.job.state.is_final:
            self._presenter.show(_progress(followed))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._cancelling.add(task)
        task.add_done_callback(self._cancelling.discard)


def _progress(followed: _WatchedJob) -> JobProgress:
    newest = followed.newest.job
    waiting = newest is None or newest.status in (JobStatus.SUBMITTED, JobStatus.QUEUED)
    phase = JobPhase.QUEUED if waiting else JobPhase.RUNNING
    return JobProgress(
        job=followed.job,
        phase=JobPhase.CANCELLING if followed.stopped_at is not None else phase,
        percent=newest.percent if newest is not None else None,
        preview_url=newest.image_url if newest is not None else None,
        note=_note(followed),
    )


def _note(followed: _WatchedJob) -> str | None:
    if followed.newest.trouble is not None:
        return _SILENT
    return followed.note or (_STALLED if followed.newest.stalled else None)
