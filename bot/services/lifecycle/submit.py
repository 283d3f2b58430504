"""Sends a job to the API exactly once, although the API knows no idempotency keys.

The job's row ensures this: only the process that moves it from `DISPATCHED` to `SUBMITTING` may send the job, and a job
found in `SUBMITTING` is searched for, never sent again. What the API has answered is kept in memory until it is
recorded, however long that takes.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from bot.backoff import keep_trying
from bot.imaginepro import (
    Busy,
    CreditsUsedUp,
    ImagineProError,
    JobOptions,
    KeyRefused,
    QueueFull,
    RequestRefused,
    ServerFault,
    Submission,
    UnknownJob,
)
from bot.services.kinds import request_of
from bot.services.lifecycle.job_backoff import job_backoff
from bot.services.lifecycle.reconcile import Reconciler
from bot.services.lifecycle.webhook_urls import WebhookUrls
from bot.services.presenter import JobPhase, JobProgress, Presenter
from bot.services.queue.key_pool import ApiKey, KeyPool
from bot.store import (
    AlreadyClaimed,
    JobKind,
    JobRecord,
    JobState,
    JobStore,
    is_storable_id,
)
from bot.timings import Timings

T = TypeVar("T")
log = logging.getLogger(__name__)

MAX_DISPATCHES = 20
"""How often a job may return to the queue before it is given up."""

_FOLLOW_UPS = frozenset({JobKind.FOLLOW_UP, JobKind.EXTEND_VIDEO})
"""Jobs made from an earlier job, which the API may no longer know."""


class LostOwnership(Exception):
    """The job was cancelled or taken over by another process after it was dispatched."""


class Unsendable(LookupError):
    """The job's record lacks something without which it can't be sent, so nothing was."""


class Requeued(Exception):
    """The API did not accept the job for now, so the job waits in the queue again."""

    def __init__(self, job: JobRecord) -> None:
        super().__init__(job.id)
        self.job = job


class Submitter:
    """Submits dispatched jobs. `timeout` is the number of seconds the API may spend on one.

    `process` is this process's name. With `webhook_urls` the API sends the progress of each job, also of one whose
    submission was never answered.
    """

    def __init__(
        self,
        store: JobStore,
        keys: KeyPool,
        process: str,
        *,
        reconciler: Reconciler,
        presenter: Presenter,
        timeout: int,
        timings: Timings,
        webhook_urls: WebhookUrls | None = None,
    ) -> None:
        self._store = store
        self._keys = keys
        self._process = process
        self._reconciler = reconciler
        self._presenter = presenter
        self._timeout = timeout
        self._timings = timings
        self._webhook_urls = webhook_urls
        self._in_flight: dict[str, asyncio.Task[JobRecord]] = {}
        self._draining = asyncio.Event()
        self._closed = False

    async def submit(self, job: JobRecord) -> JobRecord:
        """The accepted job, with the API's id. One that is dispatched needs its mask, if it has one.

        Raises `ImagineProError` if the API refused it, `UnconfirmedSubmission` if it is unknown whether the API
        accepted it, `Requeued`, `Unsendable` and `LostOwnership`. After any other error nothing has ended: the job's
        row says how to go on.
        """
        if job.remote_id is not None:
            return job
        if job.id in self._in_flight or job.state is JobState.DISPATCHED:
            try:
                return await self._send_once(job, self._keys.of(job))
            except AlreadyClaimed:
                log.warning("a job was claimed by the search for another", extra={"job": job.id})
            except ImagineProError as error:
                if not error.may_have_created:
                    raise
                log.warning("unknown whether a job was accepted: %s", error.text, extra={"job": job.id})
            job = await self._store.get(job.id) or job
        self._presenter.show(JobProgress(job=job, phase=JobPhase.SEARCHING))
        # If its key was replaced, it is not known yet which of the present ones has the job in its history.
        return await self._reconciler.find(job, *(key.api for key in self._keys.candidates(job)))

    async def drain(self) -> None:
        """Wait until requests in flight are answered and recorded, at most `Timings.drain` seconds.

        Call it once nothing is dispatched any more: an answer that can't be recorded is kept no longer.
        """
        self._draining.set()
        if self._in_flight:
            await asyncio.wait(self._in_flight.values(), timeout=self._timings.drain)
        self._closed = True

    async def _send_once(self, job: JobRecord, key: ApiKey) -> JobRecord:
        """The accepted job. Cancelling the caller does not cancel the request, so that its answer is recorded."""
        request = self._in_flight.get(job.id)
        if request is None:
            request = self._in_flight[job.id] = asyncio.create_task(self._send(job, key))
            request.add_done_callback(lambda done: self._on_request_done(job.id, done))
        return await asyncio.shield(request)

    def _on_request_done(self, job_id: str, request: "asyncio.Task[JobRecord]") -> None:
        del self._in_flight[job_id]
        if not request.cancelled():
            # During a shutdown no task awaits the request any more; its outcome is in the row.
            request.exception()

    async def _send(self, job: JobRecord, key: ApiKey) -> JobRecord:
        _check_sendable(job)
        now = datetime.now(UTC)
        submitting = await self._written(
            job,
            lambda: self._store.move(
                job.id,
                JobState.DISPATCHED,
                of=self._process,
                cancel_wanted=False,
                state=JobState.SUBMITTING,
                submitting_at=now,
            ),
        )
        if submitting is None:
            raise LostOwnership(job.id)
        try:
            submission = await self._request(replace(submitting, details=job.details), key)
        except ImagineProError as error:
            if not error.may_have_created:
                await self._record_refusal(submitting, key, error)
            raise
        accepted = await self._record_acceptance(job, submission.message_id)
        await self._mark_working(key, accepted)
        return accepted

    async def _record_acceptance(self, job: JobRecord, remote_id: str) -> JobRecord:
        """The job under the API's id. Raises `LostOwnership` if it belongs to another process by now."""
        now = datetime.now(UTC)
        accepted = await self._written(job, lambda: self._store.claim(job.id, remote_id, now))
        if accepted is None:
            # A webhook event may have named it first, or another process has taken it over and ended it.
            current = await self._written(job, lambda: self._store.get(job.id))
            if current is not None and current.state is JobState.RUNNING and current.remote_id == remote_id:
                accepted = current
        if accepted is None or accepted.owner != self._process:
            log.warning("a job was accepted that another process has now", extra={"job": job.id, "remote": remote_id})
            raise LostOwnership(job.id)
        return accepted

    async def _written(self, job: JobRecord, write: Callable[[], Awaitable[T]]) -> T:
        """The result of a write that is repeated until it succeeds: in memory alone its news would be lost."""
        backoff = job_backoff(log, "what became of a job can't be recorded yet", job.id, self._timings)
        return await keep_trying(
            write, backoff, raises=(AlreadyClaimed,), waking=self._draining, until=lambda: self._closed
        )

    async def _mark_working(self, key: ApiKey, accepted: JobRecord) -> None:
        try:
            await self._keys.mark_working(key, accepted)
        except Exception:
            # The next accepted job does it.
            log.warning("an API key that works again could not be taken out of quarantine", extra={"key": key.name})

    async def _request(self, job: JobRecord, key: ApiKey) -> Submission:
        webhook = self._webhook_urls.url(job.id) if self._webhook_urls is not None else None
        # The dispatcher has already reserved a slot of the key's rate limit for this job.
        options = JobOptions(ref=job.id, webhook=webhook, timeout=self._timeout, turn_taken=True)
        try:
            submission = await request_of(job).send(key.api, job, options)
        except (UnknownJob, RequestRefused) as error:
            if job.kind not in _FOLLOW_UPS:
                raise
            raise _too_old(error, job) from error
        except ImagineProError:
            raise
        except Exception as error:
            log.exception("what the API has answered to a job can't be read", extra={"job": job.id})
            raise ServerFault(may_have_created=True) from error
        if not is_storable_id(submission.message_id):
            log.error("the API has given a job an id that can't be stored", extra={"job": job.id})
            raise ServerFault(may_have_created=True)
        return submission

    async def _record_refusal(self, job: JobRecord, key: ApiKey, error: ImagineProError) -> None:
        """Record that the API refused the job. Raises `Requeued` if it can be sent later or with another key.

        Raises `LostOwnership` if its member has cancelled it meanwhile, or another process has it.
        """
        keeps_key = job.parent_remote_id is not None
        can_be_sent = await self._written(job, lambda: self._can_be_sent_later(job, key, error, keeps_key=keeps_key))
        if can_be_sent and job.calls < MAX_DISPATCHES:
            moved = await self._written(
                job,
                lambda: self._store.move(
                    job.id,
                    JobState.SUBMITTING,
                    of=self._process,
                    cancel_wanted=False,
                    state=JobState.WAITING,
                    submitting_at=None,
                    key=job.key if keeps_key else None,
                ),
            )
            if moved is not None:
                log.info("a job returns to the queue: %s", error.text, extra={"job": job.id, "key": key.name})
                raise Requeued(moved)
        unsent = await self._written(
            job,
            lambda: self._store.move(
                job.id, JobState.SUBMITTING, of=self._process, state=JobState.DISPATCHED, submitting_at=None
            ),
        )
        if unsent is None or (can_be_sent and unsent.cancel_requested_at is not None):
            raise LostOwnership(job.id)

    async def _can_be_sent_later(self, job: JobRecord, key: ApiKey, error: ImagineProError, *, keeps_key: bool) -> bool:
        """Whether to queue the job again. Pauses or quarantines the key, depending on the error."""
        if isinstance(error, QueueFull):
            await self._keys.mark_full(key, job, self._timings.queue_full_pause)
            return True
        if isinstance(error, Busy):
            await self._keys.pause(key, self._timings.busy_pause)
            await self._keys.mark_full(key, job, self._timings.busy_pause)
            return True
        if not isinstance(error, KeyRefused | CreditsUsedUp):
            return False
        if len(self._keys) > 1:
            # Other keys are tried first for a while, including quarantined ones: one may work again by now.
            await self._keys.pause(key, self._timings.key_refused_pause)
        others = await self._keys.quarantine(key, error.text)
        return (others or job.calls < len(self._keys)) and not keeps_key


def _check_sendable(job: JobRecord) -> None:
    try:
        request_of(job).check(job)
    except Exception as error:
        raise Unsendable(str(error)) from error


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
