"""Looking after jobs that an earlier process, or another one, has left."""

import asyncio
from collections.abc import Awaitable, Callable, Collection

from bot.services.jobs.service import Jobs
from bot.services.lifecycle.lifecycle import JobLifecycle
from bot.services.lifecycle.watch import JobWatcher
from bot.services.lifecycle.workflows import WorkflowEngine
from bot.services.queue.key_pool import KeyPool
from bot.store import JobRecord, JobState

FindReply = Callable[[JobRecord], Awaitable[int | None]]
"""The id of the message that an earlier process may have opened for a job, or None when there is none."""

_BREATH = 100
"""Jobs taken up before others on the loop have their turn."""


class Takeover:
    """Implements `bot.services.cluster.heartbeat.TakeoverHandler` with the services of this process."""

    def __init__(
        self,
        *,
        keys: KeyPool,
        engine: WorkflowEngine,
        lifecycle: JobLifecycle,
        watcher: JobWatcher,
        jobs: Jobs,
        find_reply: FindReply,
    ) -> None:
        self._keys = keys
        self._engine = engine
        self._lifecycle = lifecycle
        self._watcher = watcher
        self._jobs = jobs
        self._find_reply = find_reply

    async def take_over(self, jobs: Collection[JobRecord], living: Collection[str]) -> None:
        """Go on with these jobs, and with the work of processes that are not among the living."""
        await self._engine.adopt(living)
        for number, job in enumerate(jobs, 1):
            if job.state is JobState.RECORDED:
                await self._begun(job)
            else:
                await self._lifecycle.resume(job)
            if number % _BREATH == 0:
                await asyncio.sleep(0)

    async def release_all(self) -> None:
        """Do nothing more for any job."""
        await self._watcher.stop()
        await self._engine.release()

    def share(self, processes: int) -> None:
        """Read the API's progress as often as one of so many processes may."""
        for key in self._keys.all:
            key.share(processes)

    async def _begun(self, job: JobRecord) -> None:
        """Begin a job that was written down, if anybody can see its reply; else it would be paid for nothing."""
        message_id = job.reply.message_id or await self._find_reply(job)
        if message_id is None:
            await self._jobs.drop(job, "The bot was stopped before the reply was shown, so nothing was sent.")
        else:
            await self._jobs.begin(job, channel_id=None, message_id=message_id)
