"""What the API says of jobs by itself, taken up for whichever process follows them."""

import asyncio
import logging
from collections.abc import Mapping
from types import TracebackType
from typing import Protocol, Self

from pydantic import ValidationError

from bot.imaginepro import Job, JobStatus
from bot.services.cluster.pubsub import MAX_PAYLOAD_BYTES, PubSub, Topic
from bot.services.lifecycle.webhook_urls import WebhookUrls
from bot.store import AlreadyClaimed, JobRecord, JobState, JobStore

log = logging.getLogger(__name__)

Event = Mapping[str, object]

_ROOM = 500
_LONGEST_ID = 128
"""What a record has room for."""
_TOLD = {"message_id", "status", "percent", "image_url", "error", "ref", "updated_at"}


class WebhookListener(Protocol):
    """What follows jobs, by the API's ids."""

    def on_webhook(self, remote_id: str, record: Job, /) -> None:
        """An event said that this job stands so. It may be an old one, or of a job that is not followed here.

        A signal has no room for a result: of an end, the record holds no more than that it has come.
        """
        ...


class Webhooks:
    """Implements `bot.web.WebhookReceiver`: takes events up one after the other between `async with` and its end.

    Whatever comes twice, late, in another order or never changes nothing: a job is also read.
    `room` is how many events may wait; what comes while there is none is dropped.
    """

    def __init__(self, store: JobStore, addresses: WebhookUrls, signals: PubSub, *, room: int = _ROOM) -> None:
        self._store = store
        self._urls = addresses
        self._pubsub = signals
        self._waiting: asyncio.Queue[tuple[str, Event]] = asyncio.Queue(room)

    async def __aenter__(self) -> Self:
        self._working = asyncio.create_task(self._work())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._working.cancel()
        await asyncio.gather(self._working, return_exceptions=True)

    def is_signed(self, job_id: str, signature: str) -> bool:
        """Whether the bot has given this address to the API for this job."""
        return self._urls.is_signed(job_id, signature)

    def take(self, job_id: str, event: Event) -> None:
        """Take the event up soon."""
        try:
            self._waiting.put_nowait((job_id, event))
        except asyncio.QueueFull:
            log.warning("too many events at once, so one was dropped", extra={"job": job_id})

    async def _work(self) -> None:
        while True:
            job_id, event = await self._waiting.get()
            try:
                await self._take_up(job_id, event)
            except Exception:
                log.exception("an event was not taken up", extra={"job": job_id})
            finally:
                self._waiting.task_done()

    async def _take_up(self, job_id: str, event: Event) -> None:
        job = await self._store.get(job_id)
        said = _read(event, job) if job is not None else None
        if job is None or said is None:
            return
        if job.state.is_final:
            await self._after_the_end(job, said)
        elif job.remote_id is not None or await self._named(job, said.message_id):
            await self._pubsub.publish(Topic.WEBHOOK, _told(said, job))

    async def _after_the_end(self, job: JobRecord, said: Job) -> None:
        if job.state is JobState.FAILED and job.remote_id is not None and said.status is JobStatus.DONE:
            await self._pubsub.publish(Topic.LATE, job.id)

    async def _named(self, job: JobRecord, remote_id: str) -> bool:
        """Whether the event has told the API's id of a job that was sent, and whose answer is lost or still to come."""
        try:
            named = await self._store.claim(job.id, remote_id)
        except AlreadyClaimed:
            # A search took it for another job of the same words; that one's is there for this job.
            log.warning("a job was claimed by the search for another", extra={"job": job.id})
            return False
        if named is not None:
            log.info("the API has named a job before it answered", extra={"job": job.id, "remote": remote_id})
            await self._pubsub.publish(Topic.FOUND, job.id)
        return named is not None


def forward_to(follower: WebhookListener, signals: PubSub) -> None:
    """Let the follower know of every event of its jobs, whichever process it has come to."""

    def hear(text: str) -> None:
        said = Job.model_validate_json(text)
        follower.on_webhook(said.message_id, said)

    signals.subscribe(Topic.WEBHOOK, hear)


def _read(event: Event, job: JobRecord) -> Job | None:
    """What the event says of this job, None when it says nothing or is about another one."""
    if "status" not in event and "progress" not in event:
        return None
    try:
        said = Job.from_body(event, polled_id=job.remote_id or "")
    except ValidationError:
        return None
    if said.ref not in {None, job.id} or job.remote_id not in {None, said.message_id}:
        log.warning("an event is about another job than its address", extra={"job": job.id})
        return None
    return said if len(said.message_id) <= _LONGEST_ID else None


def _told(said: Job, job: JobRecord) -> str:
    said = said.model_copy(update={"ref": job.id})
    text = said.model_dump_json(include=_TOLD, exclude_none=True)
    if len(text.encode()) > MAX_PAYLOAD_BYTES:
        return said.model_dump_json(include=_TOLD - {"image_url"}, exclude_none=True)
    return text
