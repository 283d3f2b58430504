"""Waiting for what becomes of a job."""

import asyncio
from collections import deque

from bot.imaginepro import ImagineProError, RequestRefused
from bot.services.engine import Engine
from bot.services.jobs import Jobs
from bot.services.outcomes import Outcomes
from bot.store import JobState, JobStore
from tests.bot.services.house import House
from tests.bot.services.scripted import ScriptedApi, record

MIA = 100


async def test_everybody_who_listens_is_told_once() -> None:
    """Of their own job only, of the first news only; who came too late hears nothing of it."""
    outcomes = Outcomes()
    with outcomes.listening("job") as first, outcomes.listening("job") as second, outcomes.listening("other") as other:
        outcomes.tell("job", "It goes on.")
        outcomes.tell("job")
        assert (await first, await second) == ("It goes on.", "It goes on.")
        assert not other.done()
    with outcomes.listening("job") as late:
        assert not late.done()


async def test_nothing_is_kept_of_those_who_have_gone() -> None:
    """Telling nobody is no mistake, and no job is remembered for it."""
    outcomes = Outcomes()
    with outcomes.listening("job") as news:
        news.cancel()
        outcomes.tell("job")
    outcomes.tell("job")
    assert outcomes._listening == {}


def jobs_of(house: House) -> Jobs:
    """What commands call; no workflow is begun by it."""
    return Jobs(house.store, Engine("sqlite://", house.life.run), house.life)


async def test_the_end_is_told_before_it_is_delivered(store: JobStore) -> None:
    """Whoever waits does not wait for Discord."""
    house = House(store, ScriptedApi(reads=deque([record(percent=30)])))
    job = await house.recorded()
    life = house.begin(job)
    await house.presenter.wait_for(lambda frame: frame.percent == 30)
    house.presenter.errors.append(RuntimeError("Discord is away"))
    outcome = await jobs_of(house).cancel_and_wait(job.id, MIA, seconds=10)
    assert (outcome.job.state, outcome.refusal) == (JobState.CANCELLED, None)
    assert isinstance((await asyncio.gather(life, return_exceptions=True))[0], RuntimeError)


async def test_a_refusal_is_told_while_the_job_goes_on(store: JobStore) -> None:
    """With the API's reason; a second wish has an outcome of its own."""
    refusals: deque[ImagineProError | None] = deque([RequestRefused("Not now.", status=400), None])
    house = House(store, ScriptedApi(reads=deque([record(percent=30)]), cancels=refusals))
    job = await house.recorded()
    life = house.begin(job)
    await house.presenter.wait_for(lambda frame: frame.percent == 30)
    refused = await jobs_of(house).cancel_and_wait(job.id, MIA, seconds=10)
    assert refused.job.state is JobState.RUNNING
    assert refused.refusal == "This job could not be cancelled, so it goes on. Not now."
    cancelled = await jobs_of(house).cancel_and_wait(job.id, MIA, seconds=10)
    assert (cancelled.job.state, cancelled.refusal) == (JobState.CANCELLED, None)
    await life


async def test_a_job_that_has_not_begun(store: JobStore) -> None:
    """Nobody tells anything of it: after its time the wait is over, and the wish is noted."""
    house = House(store)
    job = await house.recorded()
    outcome = await jobs_of(house).cancel_and_wait(job.id, MIA, seconds=0.01)
    assert (outcome.job.state, outcome.refusal) == (JobState.RECORDED, None)
    assert outcome.job.cancel_requested_at is not None
