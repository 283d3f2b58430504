"""Waiting for what becomes of a job."""

import asyncio
from collections import deque

from bot.imaginepro import ImagineProError, RequestRefused
from bot.services.cluster.pubsub import LocalPubSub
from bot.services.lifecycle.end_events import JobEndEvents
from bot.store import Database, JobState
from tests.bot.services.one_process import OneProcess
from tests.bot.services.scripted import ScriptedApi, record

MIA = 100


async def test_everybody_who_listens_is_told_once() -> None:
    """Of their own job only, of the first news only; who came too late hears nothing of it."""
    outcomes = JobEndEvents(LocalPubSub())
    with (
        outcomes.subscribed("job") as first,
        outcomes.subscribed("job") as second,
        outcomes.subscribed("other") as other,
    ):
        await outcomes.publish("job", "It goes on.")
        await outcomes.publish("job")
        assert (await first, await second) == ("It goes on.", "It goes on.")
        assert not other.done()
    with outcomes.subscribed("job") as late:
        assert not late.done()


async def test_whoever_listens_elsewhere_is_told_as_well() -> None:
    """What becomes of a job is heard in every process that shares the signals."""
    signals = LocalPubSub()
    here, elsewhere = JobEndEvents(signals), JobEndEvents(signals)
    with elsewhere.subscribed("job") as news:
        await here.publish("job")
        assert await news is None


async def test_nothing_is_kept_of_those_who_have_gone() -> None:
    """Telling nobody is no mistake, and no job is remembered for it."""
    outcomes = JobEndEvents(LocalPubSub())
    with outcomes.subscribed("job") as news:
        news.cancel()
        await outcomes.publish("job")
    await outcomes.publish("job")
    await asyncio.sleep(0)
    assert outcomes._futures == {}


async def test_the_end_is_told_before_it_is_delivered(database: Database) -> None:
    """Whoever waits does not wait for Discord."""
    async with OneProcess(database, ScriptedApi(reads=deque([record(percent=30)]))) as house:
        job = await house.ask()
        await house.presenter.wait_for(lambda frame: frame.percent == 30)
        house.presenter.held = asyncio.Event()
        outcome = await house.jobs.cancel_and_wait(job.id, MIA, seconds=10)
        assert (outcome.job.state, outcome.refusal) == (JobState.CANCELLED, None)
        assert house.presenter.endings == []
        house.presenter.held.set()
        await house.ended(job)


async def test_a_refusal_is_told_while_the_job_goes_on(database: Database) -> None:
    """With the API's reason; a second wish has an outcome of its own."""
    refusals: deque[ImagineProError | None] = deque([RequestRefused("Not now.", status=400), None])
    async with OneProcess(database, ScriptedApi(reads=deque([record(percent=30)]), cancels=refusals)) as house:
        job = await house.ask()
        await house.presenter.wait_for(lambda frame: frame.percent == 30)
        refused = await house.jobs.cancel_and_wait(job.id, MIA, seconds=10)
        assert refused.job.state is JobState.RUNNING
        assert refused.refusal == "This job could not be cancelled, so it goes on. Not now."
        cancelled = await house.jobs.cancel_and_wait(job.id, MIA, seconds=10)
        assert (cancelled.job.state, cancelled.refusal) == (JobState.CANCELLED, None)
        await house.ended(job)


async def test_a_job_that_waits_in_line(database: Database) -> None:
    """It ends at once, and was never sent."""
    async with OneProcess(database, at_once=0) as house:
        job = await house.ask()
        outcome = await house.jobs.cancel_and_wait(job.id, MIA, seconds=10)
        assert (outcome.job.state, outcome.refusal) == (JobState.CANCELLED, None)
        assert outcome.job.reason == "Cancelled before it was sent. It cost nothing."
        assert house.api.calls == []
