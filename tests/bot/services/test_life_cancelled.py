"""Cancelling a job: in line, while it is sent, while it runs, against the API's will, and across a restart."""

import asyncio
from collections import deque
from datetime import UTC, datetime

import pytest

from bot.imaginepro import JobStatus, RequestRefused, TimedOut, UnknownJob, Unreachable
from bot.services.frames import Phase
from bot.store import JobRecord, JobState, JobStore
from tests.bot.records import new_follow_up
from tests.bot.services.house import House
from tests.bot.services.moments import Moments, Port
from tests.bot.services.scripted import ScriptedApi, done, record

FREE, PAID = "It cost nothing", "whether credits come back"


async def wish(house: House, job: JobRecord) -> None:
    """What `Jobs.cancel` does once it has found the wish allowed."""
    await house.store.update(job.id, cancel_requested_at=datetime.now(UTC))
    house.life.cancel(job.id)


@pytest.fixture
def house(store: JobStore) -> House:
    """A house whose jobs run until they are cancelled."""
    return House(store, ScriptedApi(reads=deque([record(percent=30)])))


async def test_in_line(house: House) -> None:
    """It is never sent, costs nothing, and whoever stood behind it moves up."""
    house.api.held, house.api.reads = asyncio.Event(), deque([done()])
    first, second, third = [await house.recorded() for _ in range(3)]
    lives = [house.begin(first)]
    await house.api.arrived.wait()
    for place, job in enumerate((second, third), start=1):
        lives.append(house.begin(job))
        await house.presenter.wait_for(lambda frame, place=place: frame.place == place)
    await wish(house, second)
    cancelled = await lives[1]
    assert (cancelled.state, cancelled.remote_id) == (JobState.CANCELLED, None)
    assert FREE in str(house.presenter.ending.job.reason)
    await house.presenter.wait_for(lambda frame: frame.job.id == third.id and frame.place == 1)
    house.api.held.set()
    assert [job.state for job in await asyncio.gather(lives[0], lives[2])] == [JobState.DONE] * 2
    assert {job.ref for job in house.api.accepted.values()} == {first.id, third.id}


async def test_before_it_began(house: House) -> None:
    """A wish from before a restart, or from before the job's workflow began, is honoured before anything is paid."""
    job = await house.recorded(new_follow_up(once_key="press:parent:U2"))
    await house.store.update(job.id, cancel_requested_at=datetime.now(UTC))
    cancelled = await house.run(job)
    assert (cancelled.state, cancelled.once_key) == (JobState.CANCELLED, None)
    assert house.api.calls == []
    assert FREE in str(house.presenter.ending.job.reason)


async def test_while_it_is_being_sent(house: House) -> None:
    """The request is finished, and then the API is asked to stop it."""
    house.api.held = asyncio.Event()
    job = await house.recorded()
    life = house.begin(job)
    await house.api.arrived.wait()
    await wish(house, job)
    house.api.held.set()
    cancelled = await life
    assert (cancelled.state, cancelled.remote_id) == (JobState.CANCELLED, "remote-1")
    assert house.api.accepted["remote-1"].cancelled
    assert PAID in str(cancelled.reason)


@pytest.mark.parametrize("steps", range(4))
async def test_in_any_moment_of_a_submission(store: JobStore, steps: int) -> None:
    """However many steps of the loop the wish is ahead: a job the API has taken is never called free of cost."""
    moment, held, outcomes = 0, "", set[bool]()
    api = ScriptedApi(reads=deque([record(percent=30)]))
    while held != "before progress":
        moment += 1
        moments = Moments(moment)
        house = House(Port(store, moments), Port(api, moments))  # type: ignore[arg-type]
        job = await house.recorded()
        life = house.begin(job)
        await moments.reached.wait()
        held = moments.names[-1]
        await store.update(job.id, cancel_requested_at=datetime.now(UTC))
        house.life.cancel(job.id)
        for _ in range(steps):
            await asyncio.sleep(0)
        moments.released.set()
        cancelled = await life
        accepted = [accepted for accepted in api.accepted.values() if accepted.ref == job.id]
        assert cancelled.state is JobState.CANCELLED
        assert (FREE in str(cancelled.reason)) == (not accepted)
        assert all(job.cancelled for job in accepted)
        outcomes.add(not accepted)
    assert outcomes == {True, False}


async def test_while_its_answer_is_searched_for(house: House) -> None:
    """It may have been paid, so the search goes on, and what it finds is cancelled at the API."""
    house.api.answers, house.api.lost = deque([TimedOut(may_have_created=True)]), True
    house.api.hidden = 2
    job = await house.recorded()
    life = house.begin(job)
    await house.presenter.phase(Phase.SEARCHING)
    await wish(house, job)
    cancelled = await life
    assert (cancelled.state, cancelled.remote_id) == (JobState.CANCELLED, "remote-1")
    assert house.api.accepted["remote-1"].cancelled


async def test_while_it_runs(house: House) -> None:
    """The API is asked, the reply says so at once, and the job ends when its record does."""
    job = await house.recorded(new_follow_up(once_key="press:parent:U2"))
    life = house.begin(job)
    await house.presenter.wait_for(lambda frame: frame.percent == 30)
    await wish(house, job)
    cancelled = await life
    assert (cancelled.state, cancelled.once_key) == (JobState.CANCELLED, None)
    assert PAID in str(house.presenter.ending.job.reason)
    assert (await house.presenter.phase(Phase.CANCELLING)).percent == 30


async def test_the_record_may_be_faster_than_the_answer(store: JobStore) -> None:
    """The job is read as failed while the answer to the cancelling is still on its way."""
    house = House(store, AnswersLate(reads=deque([record(percent=30)])))
    job = await house.recorded()
    life = house.begin(job)
    await house.presenter.wait_for(lambda frame: frame.percent == 30)
    await wish(house, job)
    assert (await life).state is JobState.CANCELLED


async def test_too_late(house: House) -> None:
    """The API agrees and finishes it all the same: the picture is paid for, so it is delivered."""
    house.api.reads = deque([record(percent=93)])
    job = await house.recorded()
    life = house.begin(job)
    await house.presenter.wait_for(lambda frame: frame.percent == 93)
    house.api.reads = deque([done()])
    await wish(house, job)
    assert (await life).state is JobState.DONE
    assert house.presenter.ending.uploads


@pytest.mark.parametrize("last", [record(percent=40), UnknownJob(), record(JobStatus.DONE, percent=100), Unreachable()])
async def test_agreed_to_and_ignored(store: JobStore, last: object) -> None:
    """After the grace the job counts as cancelled here, whatever the API says of it then."""
    house = House(store, IgnoresCancels(reads=deque([record(percent=40)])), grace=0.3)
    job = await house.recorded()
    life = house.begin(job)
    await house.presenter.wait_for(lambda frame: frame.percent == 40)
    await wish(house, job)
    await house.presenter.phase(Phase.CANCELLING)
    house.api.reads = deque([last])  # type: ignore[list-item]
    assert (await life).state is JobState.CANCELLED
    assert PAID in str(house.presenter.ending.job.reason)


async def test_refused(house: House) -> None:
    """The reply says at once that it goes on, and why; a second wish is passed on again."""
    house.api.cancels = deque([RequestRefused("Not this one.", status=400), None])
    job = await house.recorded()
    life = house.begin(job)
    await house.presenter.wait_for(lambda frame: frame.percent == 30)
    await wish(house, job)
    refused = await house.presenter.wait_for(lambda frame: frame.note is not None)
    assert (refused.phase, refused.percent) == (Phase.RUNNING, 30)
    assert "goes on. Not this one." in str(refused.note)
    await wish(house, job)
    assert (await life).state is JobState.CANCELLED
    assert house.api.calls.count("cancel") == 2


async def test_refused_and_done(house: House) -> None:
    """A job that could not be cancelled ends as if nobody had asked."""
    house.api.cancels = deque([RequestRefused(status=400)])
    job = await house.recorded()
    life = house.begin(job)
    await house.presenter.wait_for(lambda frame: frame.percent == 30)
    await wish(house, job)
    await house.presenter.wait_for(lambda frame: frame.note is not None)
    house.api.reads = deque([record(JobStatus.FAILED, error="Sorry!")])
    failed = await life
    assert (failed.state, "Sorry!" in str(failed.reason)) == (JobState.FAILED, True)


@pytest.mark.parametrize("answer", [None, RequestRefused(status=400)])
async def test_across_a_restart(store: JobStore, answer: RequestRefused | None) -> None:
    """Cancelled by an earlier process: asked again, and what the record then says is no failure of the job."""
    house = House(store, ScriptedApi(reads=deque([record(JobStatus.FAILED, error="cancelled")])))
    house.api.cancels = deque([answer])
    job = await house.recorded()
    await house.api.imagine(job.prompt)
    now = datetime.now(UTC)
    await store.update(job.id, state=JobState.RUNNING, remote_id="remote-1", submitted_at=now, cancel_requested_at=now)
    cancelled = await house.run(job)
    assert (cancelled.state, PAID in str(cancelled.reason)) == (JobState.CANCELLED, True)


async def test_a_job_that_is_not_running_here(house: House) -> None:
    """Nothing happens."""
    house.life.cancel("nobody")
    job = await house.recorded()
    house.life.cancel(job.id)
    house.api.reads = deque([done()])
    assert (await house.run(job)).state is JobState.DONE


class AnswersLate(ScriptedApi):
    """Cancels, and never says so."""

    async def cancel(self, message_id: str) -> None:
        await super().cancel(message_id)
        await asyncio.Event().wait()


class IgnoresCancels(ScriptedApi):
    """Agrees to cancel, and goes on."""

    async def cancel(self, message_id: str) -> None:
        self.calls.append("cancel")
