"""A job's life: called, sent, followed, delivered. A restart, or another process, joins it wherever it had come to.

Sending and delivering do what must be done once, and are durable workflows. Between them, and while it waits in line, a
job rests in its row: nothing of it is in a process that its row does not say as well.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime

from bot.errors import UserError
from bot.services.images.results import ResultFiles
from bot.services.lifecycle.end_events import JobEndEvents
from bot.services.lifecycle.finish import BROKEN, UNSENT, JobFinisher
from bot.services.lifecycle.reconcile import UnconfirmedSubmission
from bot.services.lifecycle.submit import LostOwnership, Requeued, Submitter
from bot.services.lifecycle.watch import JobWatcher
from bot.services.lifecycle.workflows import WorkflowEngine
from bot.services.presenter import JobEnding, JobPhase, JobProgress, Presenter, ReplyGone
from bot.services.queue.dispatcher import QueueDispatcher
from bot.store import JobRecord, JobState, JobStore

log = logging.getLogger(__name__)

SEND, DELIVER = "send", "deliver"
"""The names of the two workflows."""

_BEGUN = (JobState.DISPATCHED, JobState.SUBMITTING, JobState.RUNNING)
_FETCHED_AT_ONCE = 8
"""Jobs whose files are in memory at the same time."""


class JobLifecycle:
    """Carries jobs from one place where they rest to the next.

    `outcomes` hears of every end, and of every wish to cancel that was refused.
    """

    def __init__(
        self,
        store: JobStore,
        *,
        submitter: Submitter,
        watcher: JobWatcher,
        files: ResultFiles,
        presenter: Presenter,
        end_events: JobEndEvents,
    ) -> None:
        self._store = store
        self._submitter = submitter
        self._watcher = watcher
        self._files = files
        self._presenter = presenter
        self._finisher = JobFinisher(store)
        self._fetching = asyncio.Semaphore(_FETCHED_AT_ONCE)
        self.end_events = end_events
        watcher.on_end(self.start_delivery)

    def attach(self, engine: WorkflowEngine, line: QueueDispatcher) -> None:
        """Work with these from now on; both need what this object gives them first."""
        self._engine, self._line = engine, line

    async def enqueue(self, job: JobRecord) -> None:
        """Put a job whose reply is visible into the line."""
        waiting = await self._store.move(job.id, JobState.RECORDED, JobState.WAITING, state=JobState.WAITING)
        if waiting is None:
            return
        try:
            self._submitter.check(waiting)
        except UserError as error:
            await self._end(waiting, JobState.FAILED, error.text)
        else:
            self._line.add(waiting)

    async def start_submit(self, job: JobRecord) -> None:
        """Send a job whose turn has come."""
        await self._engine.start(SEND, job.id, workflow_id=_sending(job))

    async def start_delivery(self, job: JobRecord) -> None:
        """Deliver a job that has ended in the store."""
        self._line.wake()
        await self._engine.start(DELIVER, job.id, workflow_id=_delivery(job))

    async def resume(self, job: JobRecord) -> None:
        """Go on with a job that an earlier process, or another one, has left. Its reply is known to be visible."""
        match job.state:
            case JobState.RECORDED | JobState.WAITING:
                await self.enqueue(job)
            case JobState.DISPATCHED | JobState.SUBMITTING:
                await self._engine.restart(SEND, job.id, workflow_id=_sending(job))
            case JobState.RUNNING:
                self._watcher.watch(job)
            case JobState.DONE | JobState.FAILED | JobState.CANCELLED | JobState.UNCONFIRMED:
                if job.delivered_at is None:
                    await self._engine.restart(DELIVER, job.id, workflow_id=_delivery(job))
                if job.late_until is not None:
                    self._watcher.watch(job)

    async def cancel_unsent(self, job: JobRecord) -> bool:
        """Whether the job was ended before anything was sent."""
        ended = await self._store.move(
            job.id,
            JobState.RECORDED,
            JobState.WAITING,
            JobState.DISPATCHED,
            state=JobState.CANCELLED,
            reason=UNSENT,
            once_key=None,
            finished_at=datetime.now(UTC),
        )
        if ended is None:
            return False
        self._line.remove(job.id)
        await self.end_events.publish(job.id)
        await self.start_delivery(ended)
        return True

    async def send(self, job_id: str) -> None:
        """The workflow of sending: return when the job is accepted, back in line, or ended."""
        job = await self._store.get(job_id)
        if job is None or job.state not in _BEGUN:
            # It has ended, or this is run again though the job is back in the line, from where it is sent anew.
            return
        try:
            accepted = await self._submitter.submit(job, self._searching)
        except LostOwnership:
            log.info("a job was cancelled or taken over before it was sent", extra={"job": job_id})
        except Requeued:
            await self._back(job_id)
        except UnconfirmedSubmission as error:
            await self._end(job, JobState.UNCONFIRMED, error.text)
        except UserError as error:
            await self._end(job, JobState.FAILED, error.text)
        except Exception:
            log.exception("a job was given up", extra={"job": job_id})
            await self._end(job, JobState.FAILED, BROKEN)
        else:
            await self.resume(accepted)

    async def deliver(self, job_id: str) -> None:
        """The workflow of delivering: return when the job's reply shows how it ended."""
        job = await self._store.get(job_id)
        if job is None or not job.state.is_final or job.delivered_at is not None:
            return
        uploads, note = (), None
        if job.state is JobState.DONE:
            async with self._fetching:
                uploads, note = await self._files.of(job)
        with suppress(ReplyGone):
            await self._presenter.deliver(JobEnding(job=job, uploads=uploads, note=note))
        await self._store.update(job_id, delivered_at=datetime.now(UTC))

    async def _back(self, job_id: str) -> None:
        waiting = await self._store.get(job_id)
        if waiting is not None and waiting.state is JobState.WAITING:
            self._line.add(waiting)

    async def _end(self, job: JobRecord, state: JobState, reason: str) -> None:
        ended = await self._finisher.end(job, state, reason)
        if ended is not None:
            await self.end_events.publish(job.id)
            await self.start_delivery(ended)

    def _searching(self, job: JobRecord) -> None:
        self._presenter.show(JobProgress(job=job, phase=JobPhase.SEARCHING))


def _sending(job: JobRecord) -> str:
    # Sent back into the line and called again, it is another sending.
    return job.id if job.calls <= 1 else f"{job.id}.{job.calls}"


def _delivery(job: JobRecord) -> str:
    # A result that comes after all is delivered though the failure was.
    return f"{job.id}.{job.state.value}"
