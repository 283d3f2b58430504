"""The lifecycle of a job in this process: queued, submitted, watched, delivered.

A job's row stores its state and the process that owns it, so after a restart this or another process resumes it there.
"""

import asyncio
import logging
from collections.abc import Coroutine
from datetime import UTC, datetime

from bot.errors import UserError
from bot.services.lifecycle.deliver import Deliveries
from bot.services.lifecycle.end_events import JobEndEvents
from bot.services.lifecycle.finish import BROKEN, JobFinisher
from bot.services.lifecycle.former_keys import FormerKeys, NoKey
from bot.services.lifecycle.reconcile import UnconfirmedSubmission
from bot.services.lifecycle.submit import LostOwnership, Requeued, Submitter
from bot.services.lifecycle.watch import JobWatcher
from bot.services.queue.dispatcher import QueueDispatcher
from bot.store import JobRecord, JobState, JobStore

log = logging.getLogger(__name__)


class JobLifecycle:
    """Runs the jobs that this process owns, with one task for each job that has left the queue."""

    def __init__(
        self,
        store: JobStore,
        *,
        dispatcher: QueueDispatcher,
        former_keys: FormerKeys,
        submitter: Submitter,
        watcher: JobWatcher,
        deliveries: Deliveries,
        end_events: JobEndEvents,
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._former_keys = former_keys
        self._submitter = submitter
        self._watcher = watcher
        self._deliveries = deliveries
        self._end_events = end_events
        self._finisher = JobFinisher(store)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._cancel_early: set[str] = set()

    def start_dispatching(self) -> None:
        """Start to submit jobs from the queue."""
        self._dispatcher.start(lambda job: self._start(job.id, self._submit_and_watch(job)))

    async def stop_dispatching(self) -> None:
        """Stop taking jobs from the queue; other processes continue to."""
        await self._dispatcher.stop()

    async def enqueue(self, job: JobRecord) -> None:
        """Add a job that is `WAITING` in the store to the queue, as soon as its API key is known."""
        if self._former_keys.include(job):
            # Not under the job's own id: with its new key the dispatcher may start it at any time.
            self._start(f"key of {job.id}", self._enqueue_with_key(job))
        else:
            self._dispatcher.add(job)

    async def resume(self, job: JobRecord) -> None:
        """Resume a job of an earlier run or of a dead process; its reply must be visible."""
        match job.state:
            case JobState.RECORDED:
                raise ValueError(f"nobody has begun job {job.id}")
            case JobState.WAITING:
                await self.enqueue(job)
            case JobState.DISPATCHED if self._former_keys.include(job):
                waiting = await self._former_keys.requeued(job)
                if waiting is not None:
                    await self.enqueue(waiting)
            case JobState.DISPATCHED | JobState.SUBMITTING:
                self._start(job.id, self._submit_and_watch(job))
            case JobState.RUNNING:
                self._start(job.id, self._resume_watching(job))
            case JobState.DONE | JobState.FAILED | JobState.CANCELLED | JobState.UNCONFIRMED:
                if job.delivered_at is None:
                    await self._deliveries.restart(job)
                if job.late_until is not None:
                    self._start(job.id, self._watch(job))

    def cancel(self, job_id: str) -> None:
        """Ask the API to cancel a job that this process runs: now, or as soon as the API has accepted it."""
        if not self._watcher.cancel(job_id) and job_id in self._tasks:
            self._cancel_early.add(job_id)

    def on_late_result(self, job_id: str) -> None:
        """Fetch the result of a job that was reported as failed: the API has one after all."""
        if not self._watcher.poll_now(job_id):
            self._start(job_id, self._watch_late_result(job_id))

    async def cancel_unsent(self, job: JobRecord, message_id: int | None) -> bool:
        """Cancel a job that was not sent yet. Returns whether it was cancelled."""
        cancelled = await self._finisher.cancel_unsent(job, message_id)
        if cancelled is None:
            return False
        self._dispatcher.remove(job.id)
        await self._on_end(cancelled)
        return True

    async def deliver(self, job: JobRecord) -> None:
        """Show how a job ended, and wake the dispatcher, as another job may run now."""
        self._dispatcher.wake()
        await self._deliveries.start(job)

    async def release_all(self) -> None:
        """Stop running jobs, so that another process can resume them. Requests in flight are not cut off."""
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, job_id: str, steps: Coroutine[None, None, None]) -> None:
        if job_id in self._tasks:
            steps.close()
            return
        task = self._tasks[job_id] = asyncio.create_task(steps)
        task.add_done_callback(lambda done: self._on_task_done(job_id, done))

    def _on_task_done(self, job_id: str, task: "asyncio.Task[None]") -> None:
        if self._tasks.get(job_id) is task:
            del self._tasks[job_id]
            self._cancel_early.discard(job_id)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a job is left to the next start", extra={"job": job_id}, exc_info=error)

    async def _enqueue_with_key(self, job: JobRecord) -> None:
        """Add the job to the queue with the key that has replaced its own, or fail it if there is none."""
        try:
            renewed = await self._former_keys.renewed(job)
        except NoKey as error:
            await self._end(job, JobState.FAILED, error.text)
            return
        if renewed.state is JobState.WAITING:
            self._dispatcher.add(renewed)

    async def _submit_and_watch(self, job: JobRecord) -> None:
        try:
            accepted = await self._submitter.submit(job)
        except LostOwnership:
            log.info("a job was cancelled or taken over before it was sent", extra={"job": job.id})
        except Requeued as requeued:
            # Once it is in the queue again, the dispatcher may start the job at any time.
            del self._tasks[job.id]
            self._cancel_early.discard(job.id)
            self._dispatcher.add(requeued.job)
        except UnconfirmedSubmission as error:
            await self._end(job, JobState.UNCONFIRMED, error.text)
        except UserError as error:
            await self._end(job, JobState.FAILED, error.text)
        except Exception:
            log.exception("a job was given up", extra={"job": job.id})
            await self._end(job, JobState.FAILED, BROKEN)
        else:
            await self._watch(accepted)

    async def _resume_watching(self, job: JobRecord) -> None:
        # The job may have ended or been cancelled since its row was read.
        current = await self._store.get(job.id)
        if current is not None and current.state is JobState.RUNNING:
            await self._watch(current)

    async def _watch(self, job: JobRecord) -> None:
        """Watch a job until it has ended, and again while a late result may still arrive."""
        state = job.state
        try:
            job = await self._former_keys.renewed(job)
        except NoKey as error:
            await self._lose(job, error.text)
            return
        if job.state is not state:
            # It ended while its key was looked for.
            return
        cancel = job.id in self._cancel_early or job.cancel_requested_at is not None
        ended = await self._watcher.watch(job, cancel=cancel and not job.state.is_final)
        if ended is None:
            return
        await self._on_end(ended)
        if ended.late_until is not None and ended.late_until > datetime.now(UTC):
            await self._watch(ended)

    async def _watch_late_result(self, job_id: str) -> None:
        job = await self._watcher.expect_late_result(job_id)
        if job is not None:
            await self._watch(job)

    async def _lose(self, job: JobRecord, reason: str) -> None:
        """Give up a job that no key can read: it may be paid. One that has ended gets no late result any more."""
        if job.state.is_final:
            await self._store.move(job.id, job.state, late_until=None)
            return
        lost = await self._finisher.lose(job, reason)
        if lost is not None:
            await self._on_end(lost)

    async def _end(self, job: JobRecord, state: JobState, reason: str) -> None:
        ended = await self._finisher.end(job, state, reason)
        if ended is not None:
            await self._on_end(ended)

    async def _on_end(self, ended: JobRecord) -> None:
        await self._end_events.publish(ended.id)
        await self.deliver(ended)
