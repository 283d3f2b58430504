"""Watches accepted jobs: polls the API until each has ended, and shows its progress meanwhile."""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.backoff import Backoff, keep_trying
from bot.errors import UserError
from bot.imaginepro import ImagineProError, JobStatus
from bot.services.kinds import request_of
from bot.services.lifecycle.end_events import JobEndEvents
from bot.services.lifecycle.finish import BROKEN, JobFinisher
from bot.services.presenter import JobPhase, JobProgress, Presenter
from bot.services.queue.key_pool import ApiKey, KeyPool
from bot.services.tracker import Overdue, PollRequest, Snapshot, duration_class_of
from bot.store import JobRecord, JobState, JobStore
from bot.timings import Timings

log = logging.getLogger(__name__)

_UNREACHABLE = "ImaginePro does not answer at the moment. The bot keeps asking."
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_STALLED = "Nothing new for longer than usual. The bot keeps asking, and shows the result when it comes."


@dataclass(slots=True)
class _WatchedJob:
    """A job that this process watches; `cancel_agreed_at` is when the API agreed to stop it."""

    job: JobRecord
    key: ApiKey
    cancel_asked: bool = False
    cancel_agreed_at: datetime | None = None
    note: str | None = None
    newest: Snapshot = field(default_factory=lambda: Snapshot(None))


class JobWatcher:
    """Watches the jobs of all keys. `timeout` is the number of seconds the API may spend on one.

    Watching can be repeated: it has no side effects that must happen only once, and a job's row is enough to resume it.
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
        timings: Timings,
    ) -> None:
        self._store = store
        self._keys = keys
        self._process = process
        self._presenter = presenter
        self._end_events = end_events
        self._finisher = JobFinisher(store, process)
        self._timeout = timedelta(seconds=timeout)
        self._grace = timedelta(seconds=timings.grace)
        self._late_result = timings.late_result
        self._retry_pause, self._longest_retry_pause = timings.retry_pause, timings.longest_retry_pause
        self._watched: dict[str, _WatchedJob] = {}
        self._cancelling: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._watched)

    async def watch(self, job: JobRecord, *, cancel: bool = False) -> JobRecord | None:
        """The ended job. None if its end is recorded already, or if no late result arrived.

        With `cancel` the API is first asked to cancel it. An unexpected error is raised while the job may still be
        running, so that it is watched again; after its deadline it has failed.
        """
        try:
            watched = self._watched[job.id] = _WatchedJob(job, self._keys.of(job))
        except UserError as error:
            return await self._finisher.lose(job, error.text)
        self._show(watched)
        if cancel:
            self.cancel(job.id)
        try:
            last = await watched.key.tracker.follow(self._poll_request(watched))
            return await self._finisher.finish(job, last, cancelled=watched.cancel_asked)
        except Overdue as overdue:
            late_until = datetime.now(UTC) + self._late_result
            return await self._give_up(watched, overdue, late_until=late_until)
        except UserError as error:
            return await self._give_up(watched, error)
        except Exception:
            if datetime.now(UTC) < self._deadline(watched, _LONG_AGO):
                raise
            log.exception("a job was given up", extra={"job": job.id})
            return await self._give_up(watched, UserError(BROKEN))
        finally:
            del self._watched[job.id]

    def cancel(self, job_id: str) -> bool:
        """Ask the API to cancel this job. Returns whether this process watches the job."""
        watched = self._watched.get(job_id)
        if watched is not None and watched.cancel_agreed_at is None and not watched.cancel_asked:
            watched.cancel_asked = True
            self._spawn(self._cancel(watched))
        return watched is not None

    def poll_now(self, job_id: str) -> bool:
        """Poll this job as soon as possible. Returns whether this process watches the job."""
        watched = self._watched.get(job_id)
        if watched is not None and watched.job.remote_id is not None:
            watched.key.tracker.nudge(watched.job.remote_id)
        return watched is not None

    async def expect_late_result(self, job_id: str) -> JobRecord | None:
        """A failed job to watch again, as the API has a result for it. None if another process owns it."""
        until = datetime.now(UTC) + self._late_result
        job = await self._store.move(job_id, JobState.FAILED, of=self._process, late_until=until)
        return job if job is not None and job.remote_id is not None else None

    async def close(self) -> None:
        """Stop asking the API to cancel jobs."""
        tasks = tuple(self._cancelling)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _give_up(
        self, watched: _WatchedJob, error: UserError, *, late_until: datetime | None = None
    ) -> JobRecord | None:
        job = watched.job
        if job.state.is_final:
            # The time for a late result has passed as well.
            await self._finisher.expect_no_result(job)
            return None
        if watched.cancel_agreed_at is not None:
            return await self._finisher.cancelled(job)
        return await self._finisher.end(job, JobState.FAILED, error.text, late_until=late_until)

    def _poll_request(self, watched: _WatchedJob) -> PollRequest:
        job = watched.job
        if job.remote_id is None:
            raise LookupError(f"job {job.id} is running without an id")
        # A job that ended while the bot was down is long past its deadline, and still has a result to fetch.
        at_least_until = datetime.now(UTC) + self._grace

        def on_change(snapshot: Snapshot) -> None:
            watched.newest = snapshot
            self._show(watched)

        return PollRequest(
            remote_id=job.remote_id,
            expected=request_of(job).result,
            deadline=lambda: self._deadline(watched, at_least_until),
            on_change=on_change,
            duration_class=duration_class_of(job),
            since=job.submitted_at or job.created_at,
        )

    def _deadline(self, watched: _WatchedJob, at_least_until: datetime) -> datetime:
        job = watched.job
        if job.late_until is not None:
            return job.late_until
        if watched.cancel_agreed_at is not None:
            return watched.cancel_agreed_at + self._grace
        return max(at_least_until, (job.submitted_at or job.created_at) + self._timeout + self._grace)

    async def _cancel(self, watched: _WatchedJob) -> None:
        job, remote_id = watched.job, watched.job.remote_id
        if remote_id is None:
            raise LookupError(f"job {job.id} is running without an id")
        backoff = Backoff(
            log,
            "the API can't be asked to cancel a job",
            first=self._retry_pause,
            longest=self._longest_retry_pause,
            extra={"job": job.id},
        )
        try:
            # Repeated after an unexpected error: the member has an answer that it is asked.
            await keep_trying(
                lambda: watched.key.api.cancel(remote_id),
                backoff,
                raises=(ImagineProError,),
                until=lambda: self._watched.get(job.id) is not watched,
            )
        except ImagineProError as error:
            watched.cancel_asked = False
            watched.note = f"This job could not be cancelled, so it goes on. {error.text}"
            await self._end_events.publish(job.id, watched.note)
        except Exception:
            # The job has ended meanwhile.
            return
        else:
            watched.cancel_agreed_at, watched.note = datetime.now(UTC), None
            watched.key.tracker.nudge(remote_id)
        self._show(watched)

    def _show(self, watched: _WatchedJob) -> None:
        newest = watched.newest.job
        ended = newest is not None and newest.status.is_terminal
        # The API may refuse to cancel a job that has just ended, when its end is already shown.
        is_watched = self._watched.get(watched.job.id) is watched
        if is_watched and not ended and not watched.job.state.is_final:
            self._presenter.show(_progress(watched))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._cancelling.add(task)
        task.add_done_callback(self._cancelling.discard)


def _progress(watched: _WatchedJob) -> JobProgress:
    newest = watched.newest.job
    waiting = newest is None or newest.status in (JobStatus.SUBMITTED, JobStatus.QUEUED)
    phase = JobPhase.QUEUED if waiting else JobPhase.RUNNING
    return JobProgress(
        job=watched.job,
        phase=JobPhase.CANCELLING if watched.cancel_agreed_at is not None else phase,
        percent=newest.percent if newest is not None else None,
        preview_url=newest.image_url if newest is not None else None,
        note=_note(watched),
    )


def _note(watched: _WatchedJob) -> str | None:
    if watched.newest.trouble is not None:
        return _UNREACHABLE
    return watched.note or (_STALLED if watched.newest.stalled else None)
