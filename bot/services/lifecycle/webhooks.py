"""Handles the API's webhook events about jobs, and passes them on to the process that polls the job."""

import asyncio
import logging
from collections.abc import Mapping
from types import TracebackType
from typing import Protocol, Self

from pydantic import ValidationError

from bot.backoff import Backoff
from bot.imaginepro import Job, JobStatus
from bot.services.cluster.pubsub import MAX_PAYLOAD_BYTES, PubSub, Topic
from bot.services.lifecycle.webhook_urls import WebhookUrls
from bot.store import AlreadyClaimed, JobRecord, JobState, JobStore, is_outage, is_storable_id

log = logging.getLogger(__name__)

Event = Mapping[str, object]

_QUEUE_SIZE = 500
_STATE_FIELDS = frozenset({"status", "progress", "error", "success"})
_PUBLISHED_FIELDS = {"message_id", "status", "percent", "image_url", "error", "ref", "updated_at"}


class WebhookListener(Protocol):
    """A poller of jobs that also takes their webhook events."""

    def on_webhook(self, remote_id: str, record: Job, /) -> None:
        """Called with the job's state from an event, which may be outdated or about a job that is polled elsewhere.

        For an ended job only the status counts: pub/sub messages are too small for its result.
        """
        ...


class Webhooks:
    """Implements `bot.web.WebhookReceiver`: processes events one after the other while the context is open.

    Events may be repeated, late, out of order or missing, as jobs are also polled.
    `queue_size` is how many events may wait to be processed; further ones are dropped.
    """

    def __init__(self, store: JobStore, urls: WebhookUrls, pubsub: PubSub, *, queue_size: int = _QUEUE_SIZE) -> None:
        self._store = store
        self._urls = urls
        self._pubsub = pubsub
        self._events: asyncio.Queue[tuple[str, Event]] = asyncio.Queue(queue_size)

    async def __aenter__(self) -> Self:
        self._worker = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.cancel()
        await asyncio.gather(self._worker, return_exceptions=True)

    def is_signed(self, job_id: str, signature: str) -> bool:
        """Whether this signature is from the webhook URL of this job."""
        return self._urls.is_signed(job_id, signature)

    def take(self, job_id: str, event: Event) -> None:
        """Queue the event for processing; returns at once."""
        try:
            self._events.put_nowait((job_id, event))
        except asyncio.QueueFull:
            log.warning("too many events at once, so one was dropped", extra={"job": job_id})

    async def _run(self) -> None:
        backoff = Backoff(log, "an event was not taken up", first=0.1, longest=10.0, is_known=is_outage)
        while True:
            job_id, event = await self._events.get()
            try:
                await self._process(job_id, event)
            except Exception as error:
                # The event is lost, as events may be; the pause spares what fails the next ones for a while.
                await asyncio.sleep(backoff.failed(error))
            else:
                backoff.worked()
            finally:
                self._events.task_done()

    async def _process(self, job_id: str, event: Event) -> None:
        job = await self._store.get(job_id)
        record = _read(event, job) if job is not None else None
        if job is None or record is None:
            return
        if job.state.is_final:
            await self._report_late_result(job, record)
        elif job.remote_id is not None or await self._claim_id(job, record.message_id):
            await self._pubsub.publish(Topic.WEBHOOK, _payload(record, job))

    async def _report_late_result(self, job: JobRecord, record: Job) -> None:
        if job.state is JobState.FAILED and job.remote_id is not None and record.status is JobStatus.DONE:
            await self._pubsub.publish(Topic.LATE, job.id)

    async def _claim_id(self, job: JobRecord, remote_id: str) -> bool:
        """Whether the event's id was recorded for a job that was sent but has no answer (yet)."""
        try:
            named = await self._store.claim(job.id, remote_id)
        except AlreadyClaimed:
            # A search took it for another job with the same words; the other job's id is left for this one.
            log.warning("a job was claimed by the search for another", extra={"job": job.id})
            return False
        if named is not None:
            log.info("the API has named a job before it answered", extra={"job": job.id, "remote": remote_id})
            await self._pubsub.publish(Topic.FOUND, job.id)
        return named is not None


def forward_to(listener: WebhookListener, pubsub: PubSub) -> None:
    """Call the listener with each webhook event, regardless of which process received it."""

    def forward(text: str) -> None:
        record = Job.model_validate_json(text)
        listener.on_webhook(record.message_id, record)

    pubsub.subscribe(Topic.WEBHOOK, forward)


def _read(event: Event, job: JobRecord) -> Job | None:
    """The job's state in the event, None if there is none or the event is about another job."""
    if _STATE_FIELDS.isdisjoint(event):
        return None
    try:
        record = Job.from_body(event, polled_id=job.remote_id or "")
    except ValidationError:
        return None
    if record.ref not in {None, job.id} or job.remote_id not in {None, record.message_id}:
        log.warning("an event is about another job than its address", extra={"job": job.id})
        return None
    return record if is_storable_id(record.message_id) else None


def _payload(record: Job, job: JobRecord) -> str:
    record = record.model_copy(update={"ref": job.id})
    text = record.model_dump_json(include=_PUBLISHED_FIELDS, exclude_none=True)
    if len(text.encode()) > MAX_PAYLOAD_BYTES:
        return record.model_dump_json(include=_PUBLISHED_FIELDS - {"image_url"}, exclude_none=True)
    return text
