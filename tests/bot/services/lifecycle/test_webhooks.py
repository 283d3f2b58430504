"""Webhook events of the API: which are accepted, and what is published about them."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from bot.imaginepro import Job, JobStatus
from bot.services.cluster.pubsub import MAX_PAYLOAD_BYTES, LocalPubSub, Topic
from bot.services.lifecycle.webhook_urls import WebhookUrls
from bot.services.lifecycle.webhooks import Webhooks, forward_to
from bot.store import JobRecord, JobState, JobStore
from tests.bot.records import new_job, rewritten

URLS = WebhookUrls("https://bot.example", SecretStr("a key"))
PREVIEW = "https://cdn.imaginepro.ai/preview.webp"


class Harness:
    """A webhook receiver, and everything it publishes."""

    def __init__(self, store: JobStore) -> None:
        self.store = store
        self.pubsub = LocalPubSub()
        self.webhooks = Webhooks(store, URLS, self.pubsub)
        self.records: list[tuple[str, Job]] = []
        self.published: list[tuple[Topic, str]] = []
        forward_to(self, self.pubsub)
        for topic in Topic:
            self.pubsub.subscribe(topic, lambda text, topic=topic: self.published.append((topic, text)))

    def on_webhook(self, remote_id: str, job: Job) -> None:
        self.records.append((remote_id, job))

    async def job(self, state: JobState, remote_id: str | None = "remote") -> JobRecord:
        """A job in this state."""
        job, _ = await self.store.record(new_job())
        return await rewritten(self.store, job.id, state=state, remote_id=remote_id)

    async def receive(self, job: JobRecord, **event: Any) -> None:
        """Receive this event about the job, and wait until it is processed."""
        self.webhooks.take(job.id, event)
        await self.processed()

    async def processed(self) -> None:
        """Wait until all events are processed and published."""
        await asyncio.wait_for(self.webhooks._events.join(), 60)
        await asyncio.sleep(0)

    async def now(self, job: JobRecord) -> JobRecord:
        """The job as stored now."""
        found = await self.store.get(job.id)
        assert found is not None
        return found


@pytest.fixture
async def harness(store: JobStore) -> AsyncIterator[Harness]:
    harness = Harness(store)
    async with harness.webhooks:
        yield harness


async def test_progress_is_published(harness: Harness) -> None:
    """As a record with the API's id, with everything that is shown of a running job."""
    job = await harness.job(JobState.RUNNING)
    await harness.receive(job, messageId="remote", status="PROCESSING", progress=31, uri=PREVIEW, ref=job.id)
    [(remote_id, record)] = harness.records
    assert (remote_id, record.message_id, record.ref) == ("remote", "remote", job.id)
    assert (record.status, record.percent, record.image_url) == (JobStatus.PROCESSING, 31, PREVIEW)


@pytest.mark.parametrize(("word", "end"), [("DONE", JobStatus.DONE), ("FAIL", JobStatus.FAILED)])
async def test_end_is_published_without_the_result(harness: Harness, word: str, end: JobStatus) -> None:
    """A pub/sub message is too small for a result, so the job is polled for it."""
    job = await harness.job(JobState.RUNNING)
    await harness.receive(job, messageId="remote", status=word, progress=100, images=[PREVIEW] * 4, buttons=["U1"])
    assert [(record.status, record.tiles, record.buttons) for _, record in harness.records] == [(end, (), ())]


@pytest.mark.parametrize("event", [{"error": "Sorry!"}, {"success": False, "message": "Sorry!"}])
async def test_a_failure_without_a_status_is_published(harness: Harness, event: dict[str, Any]) -> None:
    """An event may hold no more than the reason."""
    await harness.receive(await harness.job(JobState.RUNNING), **event)
    assert [(record.status, record.error) for _, record in harness.records] == [(JobStatus.FAILED, "Sorry!")]


async def test_event_without_an_id_is_about_the_job_of_its_url(harness: Harness) -> None:
    """A poll's record may have no id either."""
    await harness.receive(await harness.job(JobState.RUNNING), progress="45%", ref="")
    assert [(remote_id, record.percent) for remote_id, record in harness.records] == [("remote", 45)]


@pytest.mark.parametrize(
    "event",
    [
        {"messageId": "another", "status": "PROCESSING"},
        {"messageId": "remote", "status": "PROCESSING", "ref": "another"},
        {"messageId": "remote"},
        {"prompt": "a fox"},
        {},
    ],
    ids=str,
)
async def test_event_about_another_job_is_ignored(harness: Harness, event: dict[str, Any]) -> None:
    """An event with another id, another reference, or no state."""
    job = await harness.job(JobState.RUNNING)
    await harness.receive(job, **event)
    assert (harness.published, await harness.now(job)) == ([], job)


@pytest.mark.parametrize("status", ["PROCESSING", "DONE", "FAIL"])
@pytest.mark.parametrize("state", [JobState.DONE, JobState.CANCELLED, JobState.UNCONFIRMED])
async def test_an_ended_job_stays_as_it_is(harness: Harness, state: JobState, status: str) -> None:
    """Late and repeated events change nothing, and are not published."""
    job = await harness.job(state)
    await harness.receive(job, messageId="remote", status=status, progress=100, uri=PREVIEW)
    assert (harness.published, await harness.now(job)) == ([], job)


@pytest.mark.parametrize(("status", "late"), [("DONE", True), ("FAIL", False), ("PROCESSING", False)])
async def test_late_result_is_published(harness: Harness, status: str, late: bool) -> None:
    """The event does not change its record."""
    job = await harness.job(JobState.FAILED)
    await harness.receive(job, messageId="remote", status=status, progress=100, uri=PREVIEW)
    assert harness.published == [(Topic.LATE, job.id)] * late
    assert await harness.now(job) == job


async def test_a_job_that_failed_before_it_was_sent_has_no_result(harness: Harness) -> None:
    """An event about it is ignored."""
    await harness.receive(
        await harness.job(JobState.FAILED, None), messageId="remote", status="DONE", progress=100, uri=PREVIEW
    )
    assert harness.published == []


async def test_event_has_the_id_of_a_job_with_a_lost_answer(harness: Harness) -> None:
    """The job is running then, and the search for it is notified. A repeated event is only progress."""
    job = await harness.job(JobState.SUBMITTING, None)
    for _ in range(2):
        await harness.receive(job, messageId="named", status="QUEUED", ref=job.id)
    named = await harness.now(job)
    assert (named.state, named.remote_id) == (JobState.RUNNING, "named")
    assert named.submitted_at is not None
    assert [topic for topic, _ in harness.published] == [Topic.FOUND, Topic.WEBHOOK, Topic.WEBHOOK]
    assert harness.published[0] == (Topic.FOUND, job.id)


@pytest.mark.parametrize("event", [{"status": "QUEUED"}, {"status": "QUEUED", "messageId": "x" * 1001}], ids=len)
async def test_invalid_id_is_ignored(harness: Harness, event: dict[str, Any]) -> None:
    """No id, or one that is too long for the database."""
    job = await harness.job(JobState.SUBMITTING, None)
    await harness.receive(job, **event)
    assert (harness.published, await harness.now(job)) == ([], job)


async def test_id_for_an_unsent_job_is_ignored(harness: Harness) -> None:
    """The API can't know its webhook URL yet."""
    job = await harness.job(JobState.RECORDED, None)
    await harness.receive(job, messageId="named", status="QUEUED")
    assert (harness.published, await harness.now(job)) == ([], job)


async def test_id_of_another_job_is_not_claimed(harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    """The id stays with the other job, and the search for this one continues."""
    await harness.job(JobState.RUNNING, "named")
    job = await harness.job(JobState.SUBMITTING, None)
    await harness.receive(job, messageId="named", status="QUEUED")
    assert (harness.published, await harness.now(job)) == ([], job)
    assert "claimed by the search for another" in caplog.text


async def test_event_about_an_unknown_job_is_ignored(harness: Harness) -> None:
    """It may belong to another bot with the same token."""
    harness.webhooks.take("nobody", {"status": "DONE"})
    await harness.processed()
    assert harness.published == []


async def test_published_event_has_a_maximum_size(harness: Harness) -> None:
    """If its URL is too long, the preview is left out."""
    job = await harness.job(JobState.RUNNING)
    await harness.receive(job, status="PROCESSING", progress=8, uri=f"{PREVIEW}?{'é' * 4000}", error="é" * 9000)
    [(_, text)] = harness.published
    assert len(text.encode()) <= MAX_PAYLOAD_BYTES
    assert [(record.percent, record.image_url) for _, record in harness.records] == [(8, None)]


async def test_event_is_dropped_if_the_queue_is_full(store: JobStore, caplog: pytest.LogCaptureFixture) -> None:
    """The drop is logged; the job is still polled."""
    webhooks = Webhooks(store, URLS, LocalPubSub(), queue_size=1)
    webhooks.take("first", {})
    webhooks.take("second", {})
    assert [line.__dict__["job"] for line in caplog.records] == ["second"]


async def test_worker_survives_an_error(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An event that fails in the database is lost, and later ones are processed."""

    async def away(_: str) -> None:
        raise OSError("away")

    job = await harness.job(JobState.RUNNING)
    with monkeypatch.context() as patch:
        patch.setattr(harness.store, "get", away)
        await harness.receive(job, status="PROCESSING", progress=7)
    assert "an event was not taken up" in caplog.text
    await harness.receive(job, status="PROCESSING", progress=8)
    assert [record.percent for _, record in harness.records] == [8]


async def test_signatures_are_never_logged(harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    """The log has the job's id, but no signature."""
    caplog.set_level(logging.DEBUG)
    job = await harness.job(JobState.SUBMITTING, None)
    signature = URLS.url(job.id).rpartition("/")[2]
    assert harness.webhooks.is_signed(job.id, signature)
    assert not harness.webhooks.is_signed(job.id, "forged")
    await harness.receive(job, messageId="named", status="QUEUED")
    await harness.receive(job, messageId="another", status="QUEUED")
    assert len([line for line in caplog.records if line.__dict__.get("job") == job.id]) == 2
    assert signature not in caplog.text


async def test_an_unexpected_error_does_not_stop_the_events(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Only the events that fail are lost, with one line for several."""
    job = await harness.job(JobState.RUNNING)
    event = {"messageId": "remote", "status": "PROCESSING", "progress": 31}

    async def broken(_: str) -> None:
        raise RuntimeError("broken")

    with monkeypatch.context() as patched:
        patched.setattr(harness.store, "get", broken)
        for _ in range(2):
            await harness.receive(job, **event)
    await harness.receive(job, **event)
    assert len(harness.records) == 1
    assert [line.getMessage() for line in caplog.records if line.levelno >= logging.ERROR] == [
        "an event was not taken up"
    ]
