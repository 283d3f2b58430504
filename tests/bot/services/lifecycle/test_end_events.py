"""Waiting for the end of a job."""

import asyncio
from collections import deque

from bot.imaginepro import ImagineProError, RequestRefused
from bot.services.cluster.pubsub import LocalPubSub
from bot.services.lifecycle.end_events import JobEndEvents
from bot.store import Database, JobState
from tests.bot.services.one_process import OneProcess
from tests.bot.services.scripted import ScriptedApi, record

MIA = 100


async def test_every_subscriber_gets_one_event() -> None:
    """Only about their own job, and only the first event; a later subscriber gets none."""
    events = JobEndEvents(LocalPubSub())
    with (
        events.subscribed("job") as first,
        events.subscribed("job") as second,
        events.subscribed("other") as other,
    ):
        await events.publish("job", "It goes on.")
        await events.publish("job")
        assert (await first, await second) == ("It goes on.", "It goes on.")
        assert not other.done()
    with events.subscribed("job") as late:
        assert not late.done()


async def test_subscribers_in_other_processes_get_the_event() -> None:
    """Events are published to all processes on the same pub/sub."""
    pubsub = LocalPubSub()
    here, elsewhere = JobEndEvents(pubsub), JobEndEvents(pubsub)
    with elsewhere.subscribed("job") as event:
        await here.publish("job")
        assert await event is None


async def test_no_entry_remains_after_unsubscribing() -> None:
    """Publishing without subscribers is allowed, and leaves no entry behind."""
    events = JobEndEvents(LocalPubSub())
    with events.subscribed("job") as event:
        event.cancel()
        await events.publish("job")
    await events.publish("job")
    await asyncio.sleep(0)
    assert events._futures == {}


async def test_end_is_published_before_the_delivery(database: Database) -> None:
    """Waiting for a job's end does not include the edit of its reply."""
    async with OneProcess(database, ScriptedApi(reads=deque([record(percent=30)]))) as process:
        job = await process.begin()
        await process.presenter.wait_for(lambda progress: progress.percent == 30)
        process.presenter.held = asyncio.Event()
        outcome = await process.jobs.cancel_and_wait(job.id, MIA, seconds=10)
        assert (outcome.job.state, outcome.refusal) == (JobState.CANCELLED, None)
        assert process.presenter.endings == []
        process.presenter.held.set()
        await process.ended(job)


async def test_refusal_is_published_while_the_job_continues(database: Database) -> None:
    """With the API's reason; a second cancel request has its own result."""
    refusals: deque[ImagineProError | None] = deque([RequestRefused("Not now.", status=400), None])
    async with OneProcess(database, ScriptedApi(reads=deque([record(percent=30)]), cancels=refusals)) as process:
        job = await process.begin()
        await process.presenter.wait_for(lambda progress: progress.percent == 30)
        refused = await process.jobs.cancel_and_wait(job.id, MIA, seconds=10)
        assert refused.job.state is JobState.RUNNING
        assert refused.refusal == "This job could not be cancelled, so it goes on. Not now."
        cancelled = await process.jobs.cancel_and_wait(job.id, MIA, seconds=10)
        assert (cancelled.job.state, cancelled.refusal) == (JobState.CANCELLED, None)
        await process.ended(job)


async def test_a_job_in_the_queue(database: Database) -> None:
    """It ends at once, and was never sent."""
    async with OneProcess(database, at_once=0) as process:
        job = await process.begin()
        outcome = await process.jobs.cancel_and_wait(job.id, MIA, seconds=10)
        assert (outcome.job.state, outcome.refusal) == (JobState.CANCELLED, None)
        assert outcome.job.reason == "Cancelled before it was sent. It cost nothing."
        assert process.api.calls == []
