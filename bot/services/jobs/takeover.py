"""Resumes the jobs and workflows of processes that died."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime, timedelta

from bot.backoff import keep_trying
from bot.services.cluster.workflows import WorkflowEngine
from bot.services.jobs.batches import Batches
from bot.services.jobs.service import Jobs
from bot.services.lifecycle.job_backoff import job_backoff
from bot.services.lifecycle.lifecycle import JobLifecycle
from bot.services.queue.key_pool import KeyPool
from bot.store import JobRecord, JobState, ProcessStore
from bot.timings import Timings

log = logging.getLogger(__name__)

FindReply = Callable[[JobRecord], Awaitable[int | None]]
"""Finds the message that an earlier process may have sent for a job; returns its id, or None."""

_OPENING = timedelta(minutes=5)
"""How long this process may take to show the reply of a new job."""

_SEARCHES = 8
"""Replies looked for at the same time."""

_BATCH_SIZE = 100
"""Jobs resumed before the event loop may run other tasks."""


class Takeover:
    """Implements `bot.services.cluster.heartbeat.TakeoverHandler` with the services of this process."""

    def __init__(
        self,
        *,
        processes: ProcessStore,
        keys: KeyPool,
        engine: WorkflowEngine,
        lifecycle: JobLifecycle,
        jobs: Jobs,
        batches: Batches,
        find_reply: FindReply,
        timings: Timings,
    ) -> None:
        self._processes = processes
        self._keys = keys
        self._engine = engine
        self._lifecycle = lifecycle
        self._jobs = jobs
        self._batches = batches
        self._find_reply = find_reply
        self._timings = timings
        self._searching = asyncio.Semaphore(_SEARCHES)
        self._openings: dict[str, asyncio.Task[None]] = {}
        self._started_at = datetime.now(UTC)

    async def recover_workflows(self) -> bool:
        """Queue the workflows of dead processes, so that living ones resume them. False if another process does so."""
        return await self._processes.with_living(self._engine.recover)

    async def take_over(self, jobs: Collection[JobRecord], *, from_others: Collection[str] = ()) -> None:
        """Resume these jobs, which this process owns now, those with the ids `from_others` only since just now."""
        for number, job in enumerate(jobs, 1):
            taken_over = job.id in from_others
            if job.state is not JobState.RECORDED:
                await self._lifecycle.resume(job, taken_over=taken_over)
            elif taken_over or not self._is_being_opened(job):
                self._open(job)
            if number % _BATCH_SIZE == 0:
                await asyncio.sleep(0)

    def _is_being_opened(self, job: JobRecord) -> bool:
        """Whether this run of the process has recorded the job, and may be about to show its reply."""
        return job.created_at > max(self._started_at, datetime.now(UTC) - _OPENING)

    async def release_all(self) -> None:
        """Stop all jobs and workflows of this process, as other processes have taken over."""
        await self.close()
        await self._lifecycle.release_all()
        await self._engine.release()

    async def close(self) -> None:
        """Leave the recorded jobs that are looked after to the next process."""
        openings = tuple(self._openings.values())
        for task in openings:
            task.cancel()
        await asyncio.gather(*openings, return_exceptions=True)

    def share(self, processes: int) -> None:
        """Use only this process's share of the API's rate limits."""
        for key in self._keys.all:
            key.share(processes)

    def _open(self, job: JobRecord) -> None:
        """Begin or drop a recorded job, in a task of its own.

        While Discord is away it takes a minute to find out whether a reply is visible, and heartbeats must not wait.
        """
        if job.id in self._openings:
            return
        backoff = job_backoff(log, "a recorded job could not be begun or dropped", job.id, self._timings)
        task = asyncio.create_task(keep_trying(lambda: self._begin_or_drop(job), backoff))
        self._openings[job.id] = task
        task.add_done_callback(lambda _: self._openings.pop(job.id, None))

    async def _begin_or_drop(self, job: JobRecord) -> None:
        """Begin a recorded job if its reply is visible, otherwise drop it: the member would pay and see nothing."""
        async with self._searching:
            await self._begin_if_visible(job)

    async def _begin_if_visible(self, job: JobRecord) -> None:
        if await self._batches.is_starting(job):
            return
        message_id = job.reply.message_id or await self._find_reply(job)
        if message_id is None:
            await self._jobs.drop(job, "The bot was stopped before the reply was shown, so nothing was sent.")
        else:
            await self._jobs.begin(job, channel_id=None, message_id=message_id)
