"""Cancelling a job: in line, while it is sent, while it runs, against the API's will, and across a restart."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.errors import UserError
from bot.imaginepro import ImagineProError, Job, JobStatus, RequestRefused, TimedOut, UnknownJob, Unreachable
from bot.services.presenter import JobPhase
from bot.store import Database, JobRecord, JobState, JobStore
from tests.bot.records import new_follow_up, new_job
from tests.bot.services.await_points import Moments
from tests.bot.services.one_process import OneProcess, until
from tests.bot.services.scripted import ScriptedApi, done, record

FREE, PAID = "It cost nothing", "whether credits come back"
MIA = 100


def endless(percent: int = 30) -> ScriptedApi:
    """Its jobs run until they are cancelled."""
    return ScriptedApi(reads=deque([record(percent=percent)]))


@pytest.fixture
async def house(database: Database) -> AsyncIterator[OneProcess]:
    async with OneProcess(database, endless()) as opened:
        yield opened


async def wish(house: OneProcess, job: JobRecord) -> JobRecord:
    """The job after its member wants it cancelled."""
    return await house.jobs.cancel(job.id, MIA, may_manage=False)


async def running(house: OneProcess, percent: int = 30) -> JobRecord:
    """A job whose progress is shown."""
    job = await house.ask(new_follow_up(once_key="press:parent:U2"))
    await house.presenter.wait_for(lambda frame: frame.percent == percent)
    return job


async def test_in_line(database: Database) -> None:
    """It is never sent, costs nothing, and whoever stood behind it moves up."""
    answers = asyncio.Event()
    async with OneProcess(database, ScriptedApi(held=answers), at_once=1) as house:
        first = await house.ask()
        await house.api.arrived.wait()
        second, third = await house.ask(new_follow_up(once_key="press:parent:U2")), await house.ask()
        for place, job in enumerate((second, third), start=1):
            await house.presenter.wait_for(
                lambda frame, place=place, job=job: (frame.job.id, frame.position) == (job.id, place)
            )
        assert (await wish(house, second)).state is JobState.CANCELLED
        cancelled = await house.ended(second)
        assert (cancelled.remote_id, cancelled.once_key) == (None, None)
        assert FREE in str(house.presenter.ending.job.reason)
        await house.presenter.wait_for(lambda frame: frame.job.id == third.id and frame.position == 1)
        answers.set()
        assert [(await house.ended(job)).state for job in (first, third)] == [JobState.DONE] * 2
    assert [job.ref for job in house.api.accepted.values()] == [first.id, third.id]


async def test_before_it_waits(house: OneProcess) -> None:
    """Its reply was not visible yet, and what comes of that later changes nothing."""
    job, _ = await house.store.record(new_job(owner="0"))
    await wish(house, job)
    await house.jobs.begin(job, channel_id=None, message_id=55)
    assert FREE in str((await house.ended(job)).reason)
    assert (house.api.calls, len(house.line)) == ([], 0)


class HeldAt(Moments):
    """Holds the process at the first moment of this name, once the one called `after` has passed."""

    def __init__(self, name: str, after: str | None = None) -> None:
        super().__init__()
        self._name, self._after = name, after

    async def passes(self, name: str) -> None:
        self.names.append(name)
        if name == self._name and (self._after is None or self._after in self.names) and not self.reached.is_set():
            self.reached.set()
            await self.released.wait()


@pytest.mark.parametrize("name", ["after take_next", "before it is begun", "after it is begun", "before move"])
async def test_while_it_is_called(database: Database, name: str) -> None:
    """Its turn has come, but nobody has sent it: it costs nothing, and nobody does."""
    moments = HeldAt(name, after="before take_next")
    async with OneProcess(database, endless(), moments=moments) as house:
        job = await house.ask()
        await moments.reached.wait()
        assert (await house.now(job)).state is JobState.DISPATCHED
        await wish(house, job)
        moments.released.set()
        assert FREE in str((await house.ended(job)).reason)
        await until(lambda: _is_sent(house, job))
    assert house.presenter.ending.job.state is JobState.CANCELLED
    assert house.api.calls == []


@pytest.mark.parametrize("name", ["before imagine", "after imagine", "before progress"])
async def test_while_it_is_sent(database: Database, name: str) -> None:
    """The request is finished, and then the API is asked to stop it."""
    moments = HeldAt(name)
    async with OneProcess(database, endless(), moments=moments) as house:
        job = await house.ask()
        await moments.reached.wait()
        assert (await wish(house, job)).cancel_requested_at is not None
        moments.released.set()
        cancelled = await house.ended(job)
    assert (cancelled.state, cancelled.remote_id) == (JobState.CANCELLED, "remote-1")
    assert house.api.accepted["remote-1"].cancelled
    assert PAID in str(house.presenter.ending.job.reason)


@pytest.mark.parametrize("patience", [0.0, 60.0])
async def test_in_any_moment_until_it_is_read(database: Database, patience: float) -> None:
    """However far the wish is ahead: it is heard, and a job that the API has taken is never called free of cost."""
    moment, caught, outcomes = 0, "", set[bool]()
    while caught != "before progress":
        moment += 1
        async with OneProcess(database, endless(), moments=(moments := Moments())) as house:
            job = await house.ask()
            moments.hold_after(moment)
            await moments.reached.wait()
            caught = moments.caught
            wishing = asyncio.create_task(wish(house, job))
            await asyncio.wait({wishing}, timeout=patience)
            moments.released.set()
            await wishing
            cancelled = await house.ended(job)
        accepted = list(house.api.accepted.values())
        assert cancelled.state is JobState.CANCELLED, caught
        assert (FREE in str(cancelled.reason)) == (not accepted)
        assert all(job.cancelled for job in accepted)
        outcomes.add(not accepted)
        await house.stored.update(job.id, remote_id=None)
    assert outcomes == {True, False}


async def test_while_its_answer_is_searched_for(database: Database) -> None:
    """It may have been paid, so the search goes on, and what it finds is cancelled at the API."""
    moments = HeldAt("before history")
    async with OneProcess(database, endless(), moments=moments) as house:
        house.api.answers, house.api.lost, house.api.hidden = deque([TimedOut(may_have_created=True)]), True, 2
        job = await house.ask()
        await moments.reached.wait()
        await wish(house, job)
        moments.released.set()
        cancelled = await house.ended(job)
    assert (cancelled.state, cancelled.remote_id) == (JobState.CANCELLED, "remote-1")
    assert house.api.accepted["remote-1"].cancelled


async def test_while_it_runs(house: OneProcess) -> None:
    """The API is asked, the reply says so at once, and the job ends when its record does."""
    job = await running(house)
    told = await house.jobs.cancel_and_wait(job.id, MIA, seconds=60)
    assert (told.job.state, told.refusal) == (JobState.CANCELLED, None)
    cancelled = await house.ended(job)
    assert (cancelled.state, cancelled.once_key) == (JobState.CANCELLED, None)
    assert PAID in str(house.presenter.ending.job.reason)
    assert (await house.presenter.phase(JobPhase.CANCELLING)).percent == 30


async def test_a_second_wish_is_the_first(database: Database) -> None:
    """The API is asked once, however often the member says so before it answers."""
    moments = HeldAt("before cancel")
    async with OneProcess(database, endless(), moments=moments) as house:
        job = await running(house)
        first = await wish(house, job)
        await moments.reached.wait()
        assert (await wish(house, job)).cancel_requested_at == first.cancel_requested_at
        moments.released.set()
        assert (await house.ended(job)).state is JobState.CANCELLED
    assert house.api.calls.count("cancel") == 1


class AnswersLate(ScriptedApi):
    """Cancels, and never says so."""

    async def cancel(self, message_id: str) -> None:
        await super().cancel(message_id)
        await asyncio.Event().wait()


async def test_the_record_may_be_faster_than_the_answer(database: Database) -> None:
    """The job is read as failed while the answer to the cancelling is still on its way."""
    async with OneProcess(database, AnswersLate(reads=deque([record(percent=30)]))) as house:
        job = await running(house)
        await wish(house, job)
        assert (await house.ended(job)).state is JobState.CANCELLED


class RefusesLate(ScriptedApi):
    """Refuses to cancel, once it may speak."""

    asked: asyncio.Event
    may_speak: asyncio.Event

    async def cancel(self, message_id: str) -> None:
        self.asked.set()
        await self.may_speak.wait()
        raise RequestRefused("Not any more.", status=400)


async def test_refused_once_the_end_is_shown(database: Database) -> None:
    """The job has ended while the wish was on its way: the reply keeps showing how."""
    api = RefusesLate(reads=deque([record(percent=30)]))
    api.asked, api.may_speak = asyncio.Event(), asyncio.Event()
    async with OneProcess(database, api) as house:
        job = await running(house)
        await wish(house, job)
        await api.asked.wait()
        api.reads = deque([done()])
        await house.ended(job)
        shown = list(house.presenter.frames)
        api.may_speak.set()
        await asyncio.gather(*house.followed._cancelling)
        assert house.presenter.frames == shown


class IgnoresCancels(ScriptedApi):
    """Agrees to cancel, and goes on."""

    async def cancel(self, message_id: str) -> None:
        self.calls.append("cancel")


async def test_too_late(database: Database) -> None:
    """The API agrees and finishes it all the same: the picture is paid for, so it is delivered."""
    async with OneProcess(database, IgnoresCancels(reads=deque([record(percent=93)]))) as house:
        job = await running(house, 93)
        await wish(house, job)
        await house.presenter.phase(JobPhase.CANCELLING)
        house.api.reads = deque([done()])
        assert (await house.ended(job)).state is JobState.DONE
        assert house.presenter.ending.uploads


@pytest.mark.parametrize("last", [record(percent=40), UnknownJob(), record(JobStatus.DONE, percent=100), Unreachable()])
async def test_agreed_to_and_ignored(database: Database, last: Job | ImagineProError) -> None:
    """After the grace the job counts as cancelled here, whatever the API says of it then."""
    async with OneProcess(database, IgnoresCancels(reads=deque([record(percent=40)])), grace=0.3) as house:
        job = await running(house, 40)
        await wish(house, job)
        await house.presenter.phase(JobPhase.CANCELLING)
        house.api.reads = deque([last])
        cancelled = await house.ended(job)
    assert (cancelled.state, cancelled.late_until) == (JobState.CANCELLED, None)
    assert PAID in str(house.presenter.ending.job.reason)


async def test_refused(house: OneProcess) -> None:
    """Member and reply are told at once that it goes on, and why; a second wish is passed on again."""
    house.api.cancels = deque([RequestRefused("Not this one.", status=400), None])
    job = await running(house)
    told = await house.jobs.cancel_and_wait(job.id, MIA, seconds=60)
    assert told.refusal == "This job could not be cancelled, so it goes on. Not this one."
    shown = await house.presenter.wait_for(lambda frame: frame.note is not None)
    assert (shown.phase, shown.percent, shown.note) == (JobPhase.RUNNING, 30, told.refusal)
    await wish(house, job)
    assert (await house.ended(job)).state is JobState.CANCELLED
    assert house.api.calls.count("cancel") == 2


async def test_refused_and_done(house: OneProcess) -> None:
    """A job that could not be cancelled and has its result ends as if nobody had asked."""
    house.api.cancels = deque([RequestRefused(status=400)])
    job = await running(house)
    await house.jobs.cancel_and_wait(job.id, MIA, seconds=60)
    house.api.reads = deque([record(percent=60), done()])
    assert (await house.ended(job)).state is JobState.DONE
    assert house.presenter.ending.uploads


@pytest.mark.parametrize("answer", [None, RequestRefused(status=400)])
async def test_across_a_restart(database: Database, store: JobStore, answer: RequestRefused | None) -> None:
    """Cancelled by an earlier process: asked again, and what the record then says is no failure of the job."""
    api = ScriptedApi(reads=deque([record(JobStatus.FAILED, error="cancelled")]), cancels=deque([answer]))
    job, _ = await store.record(new_job(owner="0"))
    await api.imagine(job.prompt)
    now = datetime.now(UTC)
    await store.update(job.id, state=JobState.RUNNING, remote_id="remote-1", submitted_at=now, cancel_requested_at=now)
    async with OneProcess(database, api) as house:
        cancelled = await house.ended(job)
    assert (cancelled.state, PAID in str(cancelled.reason)) == (JobState.CANCELLED, True)
    assert "cancel" in api.calls


async def test_a_job_that_was_cancelled_has_ended(house: OneProcess) -> None:
    """A second wish finds nothing to cancel any more, though the first one is still written down."""
    job = await running(house)
    await wish(house, job)
    cancelled = await house.ended(job)
    with pytest.raises(UserError, match="already ended"):
        await wish(house, job)
    assert await house.now(job) == cancelled


async def test_a_job_that_has_ended(house: OneProcess) -> None:
    """The member is told so, and the API is not asked."""
    house.api.reads = deque([done()])
    job = await house.run()
    with pytest.raises(UserError, match=r"^This job has already ended\.$"):
        await wish(house, job)
    house.followed.cancel(job.id)
    assert await house.now(job) == job
    assert "cancel" not in house.api.calls


async def _is_sent(house: OneProcess, job: JobRecord) -> bool:
    row = house.workflows.rows.get(job.id)
    return row is not None and row.ended
