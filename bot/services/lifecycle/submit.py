"""Getting a job accepted by the API exactly once, though the API knows no idempotency key."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from bot.imaginepro import (
    Busy,
    CreditsUsedUp,
    ImagineProError,
    JobOptions,
    KeyRefused,
    QueueFull,
    RequestRefused,
    Submission,
    UnknownJob,
)
from bot.services.kinds import request_of
from bot.services.lifecycle.reconcile import SEARCH_PAUSES, Reconciler
from bot.services.lifecycle.webhook_urls import WebhookUrls
from bot.services.queue.key_pool import ApiKey, KeyPool
from bot.store import AlreadyClaimed, JobKind, JobRecord, JobState, JobStore

log = logging.getLogger(__name__)

_MOST_CALLS = 20
"""How often a job may be sent back into the line before it is given up."""

_FULL_SECONDS = 10.0
_BUSY_SECONDS = 30.0
_REFUSED_SECONDS = 5.0
_CONTINUATIONS = frozenset({JobKind.FOLLOW_UP, JobKind.EXTEND_VIDEO})
"""Jobs that the API makes from one of its own, which it may have forgotten."""


class LostOwnership(Exception):
    """The job is cancelled, or another process's, since it was called."""


class Requeued(Exception):
    """The job was not accepted, for no fault of its own, and waits in line again."""


Searching = Callable[[JobRecord], None]
"""Is told when a job has to be looked for."""


class Submitter:
    """Sends jobs whose turn it is. `timeout` is the number of seconds the API may spend on one.

    `process` is the name of this one. With `hooks` the API reports on each job, and may so name one whose answer was
    lost.
    """

    def __init__(
        self,
        store: JobStore,
        keys: KeyPool,
        process: str,
        *,
        timeout: int,
        webhook_urls: WebhookUrls | None = None,
        search_pauses: tuple[float, ...] = SEARCH_PAUSES,
    ) -> None:
        self._store = store
        self._keys = keys
        self._process = process
        self._timeout = timeout
        self._webhook_urls = webhook_urls
        self.reconciler = Reconciler(store, pauses=search_pauses, told=webhook_urls is not None)
        self._sending: dict[str, asyncio.Task[JobRecord]] = {}

    def check(self, job: JobRecord) -> None:
        """Nothing when there is a key to send the job with; raises `UserError` otherwise."""
        self._keys.of(job)

    async def submit(self, job: JobRecord, searching: Searching) -> JobRecord:
        """The job with the API's id, once it has been called.

        Raises `ImagineProError` when it was refused, `UnconfirmedSubmission` when it is unknown whether it was taken,
        `Requeued`, and `LostOwnership`. A job that was being sent when the bot died is searched for, never sent again.
        """
        if job.remote_id is not None:
            return job
        key = self._keys.of(job)
        if job.state is JobState.DISPATCHED or job.id in self._sending:
            accepted = await self._submit_once(job, key)
            if accepted is not None:
                return accepted
            job = await self._store.get(job.id) or job
        searching(job)
        return await self.reconciler.find(job, key.api)

    async def drain(self, seconds: float) -> None:
        """Wait until requests under way are answered and written down, `seconds` at most."""
        if self._sending:
            await asyncio.wait(self._sending.values(), timeout=seconds)

    async def _submit_once(self, job: JobRecord, key: ApiKey) -> JobRecord | None:
        """The accepted job, or None when nobody knows whether it was accepted."""
        try:
            # A shutdown must not cut a request in two: what was sent is also written down.
            return await asyncio.shield(self._sending.get(job.id) or self._start_request(job, key))
        except AlreadyClaimed:
            # A search for another job of the same words took this one; the other one is there for us.
            log.warning("a job was claimed by the search for another", extra={"job": job.id})
        except ImagineProError as error:
            if not error.may_have_created:
                raise
            log.warning("nobody knows whether a job was accepted: %s", error.text, extra={"job": job.id})
        return None

    def _start_request(self, job: JobRecord, key: ApiKey) -> "asyncio.Task[JobRecord]":
        sending = self._sending[job.id] = asyncio.create_task(self._send(job, key))
        sending.add_done_callback(partial(self._end, job.id))
        return sending

    def _end(self, job_id: str, sending: "asyncio.Task[JobRecord]") -> None:
        del self._sending[job_id]
        if not sending.cancelled():
            # In a shutdown nobody else asks how it ended; it is written down.
            sending.exception()

    async def _send(self, job: JobRecord, key: ApiKey) -> JobRecord:
        # Only who can still make this step may send: nobody has cancelled the job or taken it over.
        moved = await self._store.move(
            job.id, JobState.DISPATCHED, of=self._process, state=JobState.SUBMITTING, submitting_at=datetime.now(UTC)
        )
        if moved is None:
            raise LostOwnership(job.id)
        try:
            submission = await self._request(moved, key)
        except ImagineProError as error:
            if not error.may_have_created:
                await self._not_accepted(moved, key, error)
            raise
        accepted = await self._accepted(moved, submission.message_id)
        await self._keys.mark_working(key)
        return accepted

    async def _request(self, job: JobRecord, key: ApiKey) -> Submission:
        # Whoever called the job has taken its turn at the API as well.
        webhook = self._webhook_urls.url(job.id) if self._webhook_urls is not None else None
        options = JobOptions(ref=job.id, webhook=webhook, timeout=self._timeout, turn_taken=True)
        try:
            return await request_of(job).send(key.api, job, options)
        except (UnknownJob, RequestRefused) as error:
            if job.kind not in _CONTINUATIONS:
                raise
            raise _too_old(error, job) from error

    async def _not_accepted(self, job: JobRecord, key: ApiKey, error: ImagineProError) -> None:
        """Write down that nothing was sent. Raises `Requeued` when the job can be sent later, or with another key."""
        bound = job.parent_remote_id is not None
        again = isinstance(error, QueueFull | Busy)
        if again:
            await self._keys.pause(key, _FULL_SECONDS if isinstance(error, QueueFull) else _BUSY_SECONDS)
        elif isinstance(error, KeyRefused | CreditsUsedUp):
            again = await self._refused(key, error) or job.calls < len(self._keys)
            again = again and not bound
        waits = again and job.calls < _MOST_CALLS
        await self._store.move(
            job.id,
            JobState.SUBMITTING,
            state=JobState.WAITING if waits else JobState.DISPATCHED,
            submitting_at=None,
            key=job.key if bound or not waits else None,
        )
        if waits:
            log.info("a job goes back into the line: %s", error.text, extra={"job": job.id, "key": key.name})
            raise Requeued(job.id)

    async def _refused(self, key: ApiKey, error: ImagineProError) -> bool:
        """Whether another key can be used."""
        if len(self._keys) > 1:
            # The others come first for a while, also those that were refused earlier: one may have been put right.
            await self._keys.pause(key, _REFUSED_SECONDS)
        return await self._keys.quarantine(key, error.text)

    async def _accepted(self, job: JobRecord, remote_id: str) -> JobRecord:
        return await self._store.update(
            job.id, state=JobState.RUNNING, remote_id=remote_id, submitted_at=datetime.now(UTC)
        )


def _too_old(error: UnknownJob | RequestRefused, job: JobRecord) -> RequestRefused:
    detail = f" It answered: {error.reason.rstrip('.')}." if error.reason else ""
    if job.kind is JobKind.EXTEND_VIDEO:
        what, command = "extends this video; it is probably too old.", "/video"
    else:
        what, command = "takes this button; the picture is probably too old to be changed.", "/imagine"
    return RequestRefused(
        f"ImaginePro no longer {what}{detail} Use {command} to make it anew.",
        status=error.status,
        reason=error.reason,
    )
