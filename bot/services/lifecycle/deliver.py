"""Showing members how their jobs ended. Each delivery is a durable workflow, so that it survives a crash."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

from bot.services.cluster.workflows import WorkflowEngine
from bot.services.images.results import ResultFiles
from bot.services.presenter import JobEnding, Presenter, ReplyGone
from bot.store import JobRecord, JobState, JobStore

_WORKFLOW = "deliver"
_DOWNLOADS_AT_ONCE = 8
"""Jobs whose files are in memory at the same time."""


class Deliveries:
    """Downloads the files of ended jobs and has the presenter show them. Create it before the engine is entered."""

    def __init__(self, engine: WorkflowEngine, store: JobStore, *, files: ResultFiles, presenter: Presenter) -> None:
        self._engine = engine
        self._store = store
        self._files = files
        self._presenter = presenter
        self._downloading = asyncio.Semaphore(_DOWNLOADS_AT_ONCE)
        self._started: dict[str, JobRecord] = {}
        engine.register(_WORKFLOW, self._deliver)

    async def start(self, job: JobRecord) -> None:
        """Start the delivery of a job that has just ended."""
        # Spares the workflow a read; one that is resumed elsewhere reads the row.
        self._started[job.id] = job
        try:
            await self._engine.start(_WORKFLOW, job.id, workflow_id=_workflow_id(job))
        except BaseException:
            self._started.pop(job.id, None)
            raise

    async def restart(self, job: JobRecord) -> None:
        """Start the delivery of a job that another process may have begun to deliver, unless a delivery is running."""
        await self._engine.restart(_WORKFLOW, job.id, workflow_id=_workflow_id(job))

    async def _deliver(self, job_id: str) -> None:
        job = self._started.pop(job_id, None) or await self._store.get(job_id)
        if job is None or not job.state.is_final or job.delivered_at is not None:
            return
        uploads, note = (), None
        if job.state is JobState.DONE:
            async with self._downloading:
                uploads, note = await self._files.of(job)
        with suppress(ReplyGone):
            await self._presenter.deliver(JobEnding(job=job, uploads=uploads, note=note))
        await self._store.update(job_id, delivered_at=datetime.now(UTC))


def _workflow_id(job: JobRecord) -> str:
    # A result that arrives late is delivered although the failure already was.
    return f"{job.id}.{job.state.value}"
