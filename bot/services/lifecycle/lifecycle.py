"""The lifecycle of a job in this process: queued, submitted, watched, delivered.

A job's row stores its state and the process that owns it, so after a restart this or another process resumes it there.
So does this one after an unexpected error: none ends a job that the API may have.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from bot.backoff import Backoff, keep_trying
from bot.errors import UserError
from bot.services.lifecycle.deliver import Deliveries
from bot.services.lifecycle.end_events import JobEndEvents
from bot.services.lifecycle.finish import BROKEN, JobFinisher
from bot.services.lifecycle.former_keys import FormerKeys, NoKey
from bot.services.lifecycle.job_backoff import job_backoff
from bot.services.lifecycle.reconcile import UnconfirmedSubmission
from bot.services.lifecycle.submit import LostOwnership, Requeued, Submitter, Unsendable
from bot.services.lifecycle.watch import JobWatcher
from bot.services.queue.dispatcher import QueueDispatcher
from bot.store import DatabaseClosed, JobRecord, JobState, JobStore
from bot.timings import DEFAULT_TIMINGS, Timings

log = logging.getLogger(__name__)


class JobLifecycle:
    """Runs the jobs that this process owns, with one task for each job that has left the queue."""

    def __init__(
        self,
        store: JobStore,
        process: str,
        *,
        dispatcher: QueueDispatcher,
        former_keys: FormerKeys,
        submitter: Submitter,
        watcher: JobWatcher,
        deliveries: Deliveries,
        end_events: JobEndEvents,
        timings: Timings = DEFAULT_TIMINGS,
    ) -> None:
        self._store = store
        self._process = process
        self._timings = timings
        self._dispatcher = dispatcher
        self._former_keys = former_keys
        self._submitter = submitter
        self._watcher = watcher
        self._deliveries = deliveries
        self._end_events = end_events
        self._finisher = JobFinisher(store, process)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._cancel_early: set[str] = set()

    def start_dispatching(self) -> None:
        """Start to submit jobs from the queue."""
        self._dispatcher.start(self._on_dispatch, self._deliveries.expect_stale_edits)

    async def stop_dispatching(self) -> None:
        """Stop taking jobs from the queue; other processes continue to."""
        await self._dispatcher.stop()

    async def enqueue(self, job: JobRecord) -> None:
        """Add a job that is `WAITING` in the store to the queue, as soon as its API key is known.

        One that its member has cancelled ends.
        """
        if job.cancel_requested_at is not None:
            await self._end_as_wanted(job)
        elif self._former_keys.include(job):

            async def enqueue_with_key() -> None:
                await self._enqueue_with_key(job)

            # Not under the job's own id: with its new key the dispatcher may start it at any time.
            self._start(f"key of {job.id}", enqueue_with_key, again=enqueue_with_key)
        else:
            self._dispatcher.add(job)

    async def resume(self, job: JobRecord, *, taken_over: bool = False) -> None:
        """Resume a job that nothing in this process may be looking after; its reply must be visible.

        It does no harm to one that is looked after. `taken_over` means that it was another process's until now.
        """
        if taken_over:
            self._deliveries.expect_stale_edits(job.id)
        match job.state:
            case JobState.RECORDED:
                raise ValueError(f"nobody has begun job {job.id}")
            case JobState.WAITING:
                await self.enqueue(job)
            case JobState.DISPATCHED | JobState.SUBMITTING | JobState.RUNNING:
                if not self._dispatcher.is_reserved(job.id):
                    self._start(job.id, lambda: self._go_on(job.id))
            case JobState.DONE | JobState.FAILED | JobState.CANCELLED | JobState.UNCONFIRMED:
                if job.delivered_at is None:
                    self._restart_delivery(job)
                if job.late_until is not None:
                    self._start(job.id, lambda: self._watch(job))

    def cancel(self, job_id: str) -> None:
        """Ask the API to cancel a job that this process runs: now, or as soon as the API has accepted it."""
        if not self._watcher.cancel(job_id) and job_id in self._tasks:
            self._cancel_early.add(job_id)

    def on_late_result(self, job_id: str) -> None:
        """Fetch the result of a job that was reported as failed: the API has one after all."""
        if not self._watcher.poll_now(job_id):
            self._start(job_id, lambda: self._watch_late_result(job_id))

    async def cancel_unsent(self, job: JobRecord, message_id: int | None) -> bool:
        """Cancel a job that was not sent yet. Returns whether it was cancelled."""
        cancelled = await self._finisher.cancel_unsent(job, message_id)
        if cancelled is None:
            return False
        self._dispatcher.remove(job.id)
        if cancelled.owner not in {None, self._process}:
            # The press came to this process, and the owner may still be showing the job's place.
            self._deliveries.expect_stale_edits(job.id)
        try:
            await self._on_end(cancelled)
        except DatabaseClosed:
            log.info("the end of a cancelled job is left to the next start", extra={"job": job.id})
        except Exception:
            # Its owner finds it without a delivery, and starts one.
            log.exception("the end of a cancelled job is shown later", extra={"job": job.id})
        return True

    async def forget(self, ended: JobRecord) -> None:
        """Take a job out of the queue that ended before it was sent, and whose end is not shown."""
        self._dispatcher.remove(ended.id)
        self._deliveries.forget(ended.id)
        await self._end_events.publish(ended.id)

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

    def _restart_delivery(self, job: JobRecord) -> None:
        """Restart it in a task: while Discord is away there may be thousands, and heartbeats must not wait."""

        async def restart() -> None:
            await self._deliveries.restart(job)

        # Not under the job's own id: it may be watched for a late result.
        self._start(f"delivery of {job.id}", restart, again=restart)

    def _on_dispatch(self, job: JobRecord) -> None:
        earlier = self._tasks.get(job.id)
        if earlier is None:
            self._start(job.id, lambda: self._submit_and_watch(job))
        else:
            # The task that has put the job back into the queue is about to end.
            earlier.add_done_callback(lambda _: self._start(job.id, lambda: self._go_on(job.id)))

    def _start(
        self, name: str, steps: Callable[[], Awaitable[None]], *, again: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Take the steps in a task, unless one of this name runs: that of a job is its id.

        After an unexpected error `again` is called, after growing pauses; by default the job goes on from its row.
        """
        if name in self._tasks:
            return
        task = self._tasks[name] = asyncio.create_task(self._run(name, steps, again or (lambda: self._go_on(name))))
        task.add_done_callback(lambda done: self._on_task_done(name, done))

    async def _run(self, name: str, steps: Callable[[], Awaitable[None]], again: Callable[[], Awaitable[None]]) -> None:
        backoff = self._backoff("a job can't go on at the moment", name)
        while True:
            try:
                await steps()
            except Exception as error:
                await asyncio.sleep(backoff.failed(error))
            else:
                return
            steps = again

    def _on_task_done(self, job_id: str, task: "asyncio.Task[None]") -> None:
        if self._tasks.get(job_id) is task:
            del self._tasks[job_id]
            self._cancel_early.discard(job_id)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a job is left to the next start", extra={"job": job_id}, exc_info=error)

    async def _go_on(self, job_id: str) -> None:
        """Take the next steps of this process's job: what its row says now counts."""
        job = await self._store.get_with_mask(job_id)
        if job is None or job.owner != self._process:
            return
        match job.state:
            case JobState.RECORDED:
                return
            case JobState.WAITING:
                await self.enqueue(job)
            case JobState.DISPATCHED if self._former_keys.include(job):
                waiting = await self._former_keys.requeued(job)
                if waiting is not None:
                    await self.enqueue(waiting)
            case JobState.DISPATCHED | JobState.SUBMITTING:
                await self._submit_and_watch(job)
            case JobState.RUNNING:
                await self._watch(job)
            case JobState.DONE | JobState.FAILED | JobState.CANCELLED | JobState.UNCONFIRMED:
                if job.delivered_at is None:
                    await self._deliveries.restart(job)
                if job.late_until is not None:
                    await self._watch(job)

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
            await self._end_as_wanted(job)
        except Requeued as requeued:
            # Once it is in the queue again, the dispatcher may start the job at any time.
            del self._tasks[job.id]
            self._cancel_early.discard(job.id)
            self._dispatcher.add(requeued.job)
        except Unsendable:
            log.exception("a job was given up", extra={"job": job.id})
            await self._end(job, JobState.FAILED, BROKEN)
        except UnconfirmedSubmission as error:
            await self._end(job, JobState.UNCONFIRMED, error.text)
        except UserError as error:
            await self._end(job, JobState.FAILED, error.text)
        else:
            await self._watch(accepted)

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
            await self._finisher.expect_no_result(job)
            return
        lost = await self._finisher.lose(job, reason)
        if lost is not None:
            await self._on_end(lost)

    async def _end(self, job: JobRecord, state: JobState, reason: str) -> None:
        # Repeated here: after a refusal the row still says that the job is to be sent.
        ended = await keep_trying(
            lambda: self._finisher.end(job, state, reason), self._backoff("the end of a job can't be recorded", job.id)
        )
        if ended is not None:
            await self._on_end(ended)

    async def _end_as_wanted(self, job: JobRecord) -> None:
        """End a job that its member has cancelled, and that the API has not."""
        ended = await self._finisher.cancel_as_wanted(job)
        if ended is not None:
            await self._on_end(ended)

    async def _on_end(self, ended: JobRecord) -> None:
        await self._end_events.publish(ended.id)
        await self.deliver(ended)

    def _backoff(self, message: str, job_id: str) -> Backoff:
        return job_backoff(log, message, job_id, self._timings)
