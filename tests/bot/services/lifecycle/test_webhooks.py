"""Events of the API: which of them count, and who hears of them."""

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
from tests.bot.records import new_job

ADDRESSES = WebhookUrls("https://bot.example", SecretStr("a key"))
PREVIEW = "https://cdn.imaginepro.ai/preview.webp"


class Hook:
    """Webhooks, and everything that is said about what they were told."""

    def __init__(self, store: JobStore) -> None:
        self.store = store
        self.signals = LocalPubSub()
        self.webhooks = Webhooks(store, ADDRESSES, self.signals)
        self.records: list[tuple[str, Job]] = []
        self.sent: list[tuple[Topic, str]] = []
        forward_to(self, self.signals)
        for topic in Topic:
            self.signals.subscribe(topic, lambda text, topic=topic: self.sent.append((topic, text)))

    def on_webhook(self, remote_id: str, job: Job) -> None:
        self.records.append((remote_id, job))

    async def job(self, state: JobState, remote_id: str | None = "remote") -> JobRecord:
        """A job that has come so far."""
        job, _ = await self.store.record(new_job())
        return await self.store.update(job.id, state=state, remote_id=remote_id)

    async def tell(self, job: JobRecord, **event: Any) -> None:
        """Let the API say this of the job, and everybody hear of it."""
        self.webhooks.take(job.id, event)
        await self.caught_up()

    async def caught_up(self) -> None:
        """Return once everything that was said was taken up, and heard."""
        await asyncio.wait_for(self.webhooks._events.join(), 60)
        await asyncio.sleep(0)

    async def now(self, job: JobRecord) -> JobRecord:
        """The job as it is remembered."""
        found = await self.store.get(job.id)
        assert found is not None
        return found


@pytest.fixture
async def hook(store: JobStore) -> AsyncIterator[Hook]:
    hook = Hook(store)
    async with hook.webhooks:
        yield hook


async def test_progress_is_passed_on(hook: Hook) -> None:
    """As a record under the API's id, with all that a member sees of a running job."""
    job = await hook.job(JobState.RUNNING)
    await hook.tell(job, messageId="remote", status="PROCESSING", progress=31, uri=PREVIEW, ref=job.id)
    [(remote_id, said)] = hook.records
    assert (remote_id, said.message_id, said.ref) == ("remote", "remote", job.id)
    assert (said.status, said.percent, said.image_url) == (JobStatus.PROCESSING, 31, PREVIEW)


@pytest.mark.parametrize(("word", "end"), [("DONE", JobStatus.DONE), ("FAIL", JobStatus.FAILED)])
async def test_of_an_end_it_is_told_that_it_has_come(hook: Hook, word: str, end: JobStatus) -> None:
    """A signal has no room for a result: it is read."""
    job = await hook.job(JobState.RUNNING)
    await hook.tell(job, messageId="remote", status=word, progress=100, images=[PREVIEW] * 4, buttons=["U1"])
    assert [(said.status, said.tiles, said.buttons) for _, said in hook.records] == [(end, (), ())]


async def test_a_record_without_an_id_is_about_the_job_of_its_address(hook: Hook) -> None:
    """As with a read, which may not name it either."""
    await hook.tell(await hook.job(JobState.RUNNING), progress="45%", ref="")
    assert [(remote_id, said.percent) for remote_id, said in hook.records] == [("remote", 45)]


@pytest.mark.parametrize(
    "event",
    [
        {"messageId": "another", "status": "PROCESSING"},
        {"messageId": "remote", "status": "PROCESSING", "ref": "another"},
        {"messageId": "remote"},
        {"error": "Sorry!"},
        {},
    ],
    ids=str,
)
async def test_what_is_not_about_the_job_is_ignored(hook: Hook, event: dict[str, Any]) -> None:
    """Another id, another reference, or nothing of how it stands."""
    job = await hook.job(JobState.RUNNING)
    await hook.tell(job, **event)
    assert (hook.sent, await hook.now(job)) == ([], job)


@pytest.mark.parametrize("status", ["PROCESSING", "DONE", "FAIL"])
@pytest.mark.parametrize("state", [JobState.DONE, JobState.CANCELLED, JobState.UNCONFIRMED])
async def test_an_ended_job_stays_as_it_is(hook: Hook, state: JobState, status: str) -> None:
    """Late and repeated events change nothing, and nobody hears of them."""
    job = await hook.job(state)
    await hook.tell(job, messageId="remote", status=status, progress=100, uri=PREVIEW)
    assert (hook.sent, await hook.now(job)) == ([], job)


@pytest.mark.parametrize(("status", "late"), [("DONE", True), ("FAIL", False), ("PROCESSING", False)])
async def test_a_result_that_comes_after_the_job_was_given_up_is_told(hook: Hook, status: str, late: bool) -> None:
    """Its record is left to whoever takes it up."""
    job = await hook.job(JobState.FAILED)
    await hook.tell(job, messageId="remote", status=status, progress=100, uri=PREVIEW)
    assert hook.sent == [(Topic.LATE, job.id)] * late
    assert await hook.now(job) == job


async def test_a_job_that_failed_before_it_was_sent_has_no_result(hook: Hook) -> None:
    """Whatever is said of it."""
    await hook.tell(await hook.job(JobState.FAILED, None), messageId="remote", status="DONE", progress=100, uri=PREVIEW)
    assert hook.sent == []


async def test_a_job_whose_answer_was_lost_is_named(hook: Hook) -> None:
    """It runs from then on, whoever searches for it is told, and then how it stands; a repetition is only progress."""
    job = await hook.job(JobState.SUBMITTING, None)
    for _ in range(2):
        await hook.tell(job, messageId="named", status="QUEUED", ref=job.id)
    named = await hook.now(job)
    assert (named.state, named.remote_id) == (JobState.RUNNING, "named")
    assert named.submitted_at is not None
    assert [topic for topic, _ in hook.sent] == [Topic.FOUND, Topic.WEBHOOK, Topic.WEBHOOK]
    assert hook.sent[0] == (Topic.FOUND, job.id)


@pytest.mark.parametrize("event", [{"status": "QUEUED"}, {"status": "QUEUED", "messageId": "x" * 200}], ids=len)
async def test_a_job_is_not_named_by_what_is_no_id(hook: Hook, event: dict[str, Any]) -> None:
    """None, or one that a record has no room for."""
    job = await hook.job(JobState.SUBMITTING, None)
    await hook.tell(job, **event)
    assert (hook.sent, await hook.now(job)) == ([], job)


async def test_a_job_that_was_not_sent_is_not_named(hook: Hook) -> None:
    """Its address is not known to the API yet."""
    job = await hook.job(JobState.RECORDED, None)
    await hook.tell(job, messageId="named", status="QUEUED")
    assert (hook.sent, await hook.now(job)) == ([], job)


async def test_an_id_that_another_job_has_is_not_taken(hook: Hook, caplog: pytest.LogCaptureFixture) -> None:
    """The search for the other one was quicker; the one for this job goes on."""
    await hook.job(JobState.RUNNING, "named")
    job = await hook.job(JobState.SUBMITTING, None)
    await hook.tell(job, messageId="named", status="QUEUED")
    assert (hook.sent, await hook.now(job)) == ([], job)
    assert "claimed by the search for another" in caplog.text


async def test_a_job_nobody_knows_is_ignored(hook: Hook) -> None:
    """It may be another bot's with the same token."""
    hook.webhooks.take("nobody", {"status": "DONE"})
    await hook.caught_up()
    assert hook.sent == []


async def test_a_signal_has_its_size(hook: Hook) -> None:
    """A preview with an endless address is left out rather than the news."""
    job = await hook.job(JobState.RUNNING)
    await hook.tell(job, status="PROCESSING", progress=8, uri=f"{PREVIEW}?{'é' * 4000}", error="é" * 9000)
    [(_, text)] = hook.sent
    assert len(text.encode()) <= MAX_PAYLOAD_BYTES
    assert [(said.percent, said.image_url) for _, said in hook.records] == [(8, None)]


async def test_what_there_is_no_room_for_is_dropped(store: JobStore, caplog: pytest.LogCaptureFixture) -> None:
    """The job is read all the same."""
    webhooks = Webhooks(store, ADDRESSES, LocalPubSub(), queue_size=1)
    webhooks.take("first", {})
    webhooks.take("second", {})
    assert [line.__dict__["job"] for line in caplog.records] == ["second"]


async def test_an_error_is_not_the_end(
    hook: Hook, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A database that is away for a moment costs the events of that moment."""

    async def away(_: str) -> None:
        raise OSError("away")

    job = await hook.job(JobState.RUNNING)
    with monkeypatch.context() as patch:
        patch.setattr(hook.store, "get", away)
        await hook.tell(job, status="PROCESSING", progress=7)
    assert "an event was not taken up" in caplog.text
    await hook.tell(job, status="PROCESSING", progress=8)
    assert [said.percent for _, said in hook.records] == [8]


async def test_addresses_are_known_and_never_logged(hook: Hook, caplog: pytest.LogCaptureFixture) -> None:
    """What is said at one leaves the job's id in the log, and no signature."""
    caplog.set_level(logging.DEBUG)
    job = await hook.job(JobState.SUBMITTING, None)
    signature = ADDRESSES.url(job.id).rpartition("/")[2]
    assert hook.webhooks.is_signed(job.id, signature)
    assert not hook.webhooks.is_signed(job.id, "forged")
    await hook.tell(job, messageId="named", status="QUEUED")
    await hook.tell(job, messageId="another", status="QUEUED")
    assert len([line for line in caplog.records if line.__dict__.get("job") == job.id]) == 2
    assert signature not in caplog.text
