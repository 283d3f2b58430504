"""Showing members how their jobs ended. Each delivery is a durable workflow, so that it survives a crash.

A job may end twice: a late result replaces its failure. Its deliveries run one after the other, and each repeats itself
until what was shown last is what the row says. Where Discord takes no files, the ending is shown without, and they are
added later.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from weakref import WeakValueDictionary

from bot.backoff import Backoff, keep_trying
from bot.services.cluster.workflows import WorkflowEngine
from bot.services.images.formats import Upload
from bot.services.images.results import ResultFiles
from bot.services.lifecycle.job_backoff import job_backoff
from bot.services.presenter import FilesPending, JobEnding, OutdatedEnding, Presenter, ReplyGone
from bot.store import JobRecord, JobState, JobStore
from bot.timings import DEFAULT_TIMINGS, Timings

log = logging.getLogger(__name__)

_WORKFLOW = "deliver"
_DOWNLOADS_AT_ONCE = 8
"""Jobs whose files are in memory at the same time."""


class _Showing:
    """A job whose ending is being shown."""

    __slots__ = ("is_outdated", "job")

    def __init__(self, job: JobRecord) -> None:
        self.job = job
        self.is_outdated = False


class Deliveries:
    """Downloads the files of ended jobs and has the presenter show them. Create it before the engine is entered."""

    def __init__(
        self,
        engine: WorkflowEngine,
        store: JobStore,
        *,
        files: ResultFiles,
        presenter: Presenter,
        timings: Timings = DEFAULT_TIMINGS,
    ) -> None:
        self._engine = engine
        self._store = store
        self._files = files
        self._presenter = presenter
        self._timings = timings
        self._downloading = asyncio.Semaphore(_DOWNLOADS_AT_ONCE)
        self._started: dict[str, JobRecord] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._showing: dict[str, _Showing] = {}
        self._stale_until: dict[str, float] = {}
        engine.register(_WORKFLOW, self._deliver)

    async def start(self, job: JobRecord) -> None:
        """Start the delivery of a job that has just ended."""
        self._outdate(job)
        # Spares the workflow a read; one that is resumed elsewhere reads the row.
        self._started[job.id] = job
        try:
            await self._engine.start(_WORKFLOW, job.id, workflow_id=_workflow_id(job))
        except BaseException:
            self._started.pop(job.id, None)
            raise

    async def restart(self, job: JobRecord) -> None:
        """Start the delivery of a job that another process may have begun to deliver, unless a delivery is running."""
        self._outdate(job)
        await self._engine.restart(_WORKFLOW, job.id, workflow_id=_workflow_id(job))

    def forget(self, job_id: str) -> None:
        """Show nothing more of a job whose end is not shown."""
        self._presenter.forget(job_id)

    def expect_stale_edits(self, job_id: str) -> None:
        """Note that this job was just taken from another process, which may still edit its reply for a while."""
        now = asyncio.get_running_loop().time()
        self._stale_until = {job: until for job, until in self._stale_until.items() if until > now}
        self._stale_until[job_id] = now + self._timings.stale_edit

    def _outdate(self, job: JobRecord) -> None:
        showing = self._showing.get(job.id)
        if showing is not None and showing.job.state is not job.state:
            showing.is_outdated = True

    async def _deliver(self, job_id: str) -> None:
        # Two deliveries at once would leave the one on the reply whose edit happens to be the last.
        lock = self._locks.setdefault(job_id, asyncio.Lock())
        async with lock:
            shown = await self._show_until_true(job_id)
        stale_until = self._stale_until.pop(job_id, None)
        if shown is None or stale_until is None:
            return
        await asyncio.sleep(max(0.0, stale_until - asyncio.get_running_loop().time()))
        async with lock:
            job = await self._store.get(job_id)
            if job is not None and job.state is shown:
                await self._show(job)

    async def _show_until_true(self, job_id: str) -> JobState | None:
        """The state that is shown, and recorded as delivered; None if there was nothing to do."""
        job = self._started.pop(job_id, None) or await self._read(job_id)
        if job is None or not job.state.is_final or job.delivered_at is not None:
            return None
        while not (await self._show(job) and await self._record_delivery(job)):
            newer = self._started.pop(job_id, None) or await self._read(job_id)
            if newer is None or not newer.state.is_final or newer.state is job.state:
                return None
            job = newer
        return job.state

    async def _show(self, job: JobRecord) -> bool:
        """Show how the job ended. Returns False if it has ended otherwise meanwhile."""
        showing = self._showing[job.id] = _Showing(job)
        try:
            with suppress(ReplyGone):
                try:
                    await self._presenter.deliver(await self._ending(job, showing))
                except FilesPending:
                    await self._add_files(job.id, showing)
        except OutdatedEnding:
            return False
        finally:
            del self._showing[job.id]
        return True

    async def _record_videos(self, job: JobRecord, videos: tuple[str, ...]) -> JobRecord:
        """The job with the addresses of its videos, which only their bytes may have shown to be videos."""
        if videos == job.videos:
            return job
        changed = await keep_trying(lambda: self._store.move(job.id, job.state, videos=videos), self._backoff(job.id))
        return job if changed is None else changed

    async def _ending(self, job: JobRecord, showing: _Showing) -> JobEnding:
        job, uploads, note = await self._fetched(job, None)
        return JobEnding(
            job=job,
            uploads=uploads,
            note=note,
            refit=partial(self._refit, job),
            is_outdated=lambda: showing.is_outdated,
        )

    async def _refit(self, job: JobRecord, max_bytes: int) -> tuple[tuple[Upload, ...], str | None]:
        _, uploads, note = await self._fetched(job, max_bytes)
        return uploads, note

    async def _fetched(self, job: JobRecord, max_bytes: int | None) -> tuple[JobRecord, tuple[Upload, ...], str | None]:
        """The job as it is now, its files, and a note about them."""
        if job.state is not JobState.DONE:
            # A retry needs them, and where the member attached them they may no longer exist by then.
            async with self._downloading:
                return job, await self._files.inputs(job, max_bytes), None
        async with self._downloading:
            results = await self._files.download(job, max_bytes)
        return await self._record_videos(job, results.videos), results.uploads, results.note

    async def _add_files(self, job_id: str, showing: _Showing) -> None:
        """Add the files to an ending that is shown without them, as soon as Discord takes files again.

        Until then the job does not count as delivered, so that a process that takes over goes on with it.
        """
        log.info("the files of a job are added later", extra={"job": job_id})
        loop, pause = asyncio.get_running_loop(), self._timings.upload_retry
        give_up = loop.time() + self._timings.upload_retry_total
        while loop.time() < give_up:
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._timings.upload_retry_longest)
            # The ending may have been shown in another message than the reply.
            job = await self._read(job_id)
            if job is None or job.state is not JobState.DONE:
                return
            with suppress(FilesPending):
                await self._presenter.add_files(await self._ending(job, showing))
                return

    async def _record_delivery(self, job: JobRecord) -> bool:
        """Record that this ending is visible, unless the job has another one by now."""
        now = datetime.now(UTC)
        return (
            await keep_trying(lambda: self._store.move(job.id, job.state, delivered_at=now), self._backoff(job.id))
            is not None
        )

    async def _read(self, job_id: str) -> JobRecord | None:
        return await keep_trying(lambda: self._store.get(job_id), self._backoff(job_id))

    def _backoff(self, job_id: str) -> Backoff:
        return job_backoff(log, "the delivery of a job has to wait", job_id, self._timings)


def _workflow_id(job: JobRecord) -> str:
    # A result that arrives late is delivered although the failure already was.
    return f"{job.id}.{job.state.value}"
