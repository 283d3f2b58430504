"""Cancelling a job: in the queue, while it is sent, while it runs, if the API refuses, and after a restart."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.errors import UserError
from bot.imaginepro import (
    Busy,
    ImagineProError,
    Job,
    JobStatus,
    KeyRefused,
    QueueFull,
    RequestRefused,
    TimedOut,
    UnknownJob,
    Unreachable,
)
from bot.services.presenter import JobPhase
from bot.store import Database, DatabaseClosed, JobRecord, JobState, JobStore, ProcessStore
from tests.bot.records import new_follow_up, new_job, rewritten
from tests.bot.services.await_points import AwaitPoints
from tests.bot.services.one_process import FAST, OneProcess, until
from tests.bot.services.scripted import ScriptedApi, done, record

FREE, PAID = "It cost nothing", "whether credits come back"
MIA = 100


def endless(percent: int = 30) -> ScriptedApi:
    """An API whose jobs run until they are cancelled."""
    return ScriptedApi(reads=deque([record(percent=percent)]))


@pytest.fixture
async def process(database: Database) -> AsyncIterator[OneProcess]:
    async with OneProcess(database, endless()) as opened:
        yield opened


async def cancel(process: OneProcess, job: JobRecord) -> JobRecord:
    """Cancel the job as its member."""
    return await process.jobs.cancel(job.id, MIA, may_manage=False)


async def running(process: OneProcess, percent: int = 30) -> JobRecord:
    """A running job whose progress is shown."""
    job = await process.begin(new_follow_up(once_key="press:parent:U2"))
    await process.presenter.wait_for(lambda progress: progress.percent == percent)
    return job


async def test_in_the_queue(database: Database) -> None:
    """It is never sent, costs nothing, and the job behind it moves up."""
    answers = asyncio.Event()
    async with OneProcess(database, ScriptedApi(held=answers), at_once=1) as process:
        first = await process.begin()
        await process.api.arrived.wait()
        second, third = await process.begin(new_follow_up(once_key="press:parent:U2")), await process.begin()
        for position, job in enumerate((second, third), start=1):
            await process.presenter.wait_for(
                lambda progress, position=position, job=job: (progress.job.id, progress.position) == (job.id, position)
            )
        assert (await cancel(process, second)).state is JobState.CANCELLED
        cancelled = await process.ended(second)
        assert (cancelled.remote_id, cancelled.once_key) == (None, None)
        assert FREE in str(process.presenter.ending.job.reason)
        await process.presenter.wait_for(lambda progress: progress.job.id == third.id and progress.position == 1)
        answers.set()
        assert [(await process.ended(job)).state for job in (first, third)] == [JobState.DONE] * 2
    assert [job.ref for job in process.api.accepted.values()] == [first.id, third.id]


async def test_before_it_is_queued(process: OneProcess) -> None:
    """A job cancelled before its reply was visible is not begun later."""
    job, _ = await process.store.record(new_job(owner="0"))
    await cancel(process, job)
    await process.jobs.begin(job, channel_id=None, message_id=55)
    assert FREE in str((await process.ended(job)).reason)
    assert (process.api.calls, len(process.dispatcher)) == ([], 0)


class HeldAt(AwaitPoints):
    """Holds the process at the first point of this name, or at the first one behind the point `after`."""

    def __init__(self, name: str, after: str | None = None) -> None:
        super().__init__()
        self._name, self._after = name, after

    async def reach(self, name: str) -> None:
        self.names.append(name)
        if name == self._name and (self._after is None or self._after in self.names) and not self.reached.is_set():
            self.reached.set()
            await self.released.wait()


@pytest.mark.parametrize("name", ["after take_next", "before move"])
async def test_while_it_is_dispatched(database: Database, name: str) -> None:
    """A job that is dispatched but not sent costs nothing and is never sent."""
    await_points = HeldAt(name, after="before take_next")
    async with OneProcess(database, endless(), await_points=await_points) as process:
        job = await process.begin()
        await await_points.reached.wait()
        assert (await process.now(job)).state is JobState.DISPATCHED
        await cancel(process, job)
        await_points.released.set()
        assert FREE in str((await process.ended(job)).reason)
    # On a slow machine the ending is shown a second time, as another process might still have edited the reply.
    assert {ending.job.state for ending in process.presenter.endings} == {JobState.CANCELLED}
    assert process.api.calls == []


@pytest.mark.parametrize("name", ["before imagine", "after imagine", "before progress"])
async def test_while_it_is_sent(database: Database, name: str) -> None:
    """The submission is finished first, and then the API is asked to cancel it."""
    await_points = HeldAt(name)
    async with OneProcess(database, endless(), await_points=await_points) as process:
        job = await process.begin()
        await await_points.reached.wait()
        assert (await cancel(process, job)).cancel_requested_at is not None
        await_points.released.set()
        cancelled = await process.ended(job)
    assert (cancelled.state, cancelled.remote_id) == (JobState.CANCELLED, "remote-1")
    assert process.api.accepted["remote-1"].cancelled
    assert PAID in str(process.presenter.ending.job.reason)


@pytest.mark.parametrize("patience", [0.0, 60.0])
async def test_at_every_await_point_until_the_first_poll(database: Database, patience: float) -> None:
    """At every point the job is cancelled, and a job that the API has accepted is never reported as free."""
    point, held_at, outcomes = 0, "", set[bool]()
    while held_at != "before progress":
        point += 1
        async with OneProcess(database, endless(), await_points=(await_points := AwaitPoints())) as process:
            job = await process.begin()
            await_points.hold_after(point)
            await await_points.reached.wait()
            held_at = await_points.held_at
            cancelling = asyncio.create_task(cancel(process, job))
            await asyncio.wait({cancelling}, timeout=patience)
            await_points.released.set()
            await cancelling
            cancelled = await process.ended(job)
        accepted = list(process.api.accepted.values())
        assert cancelled.state is JobState.CANCELLED, held_at
        assert (FREE in str(cancelled.reason)) == (not accepted)
        assert all(job.cancelled for job in accepted)
        outcomes.add(not accepted)
        await rewritten(process.stored, job.id, remote_id=None)
    assert outcomes == {True, False}


@pytest.mark.parametrize("error", [QueueFull(status=403), Busy(status=429), KeyRefused(status=401)])
async def test_cancelled_while_the_api_refuses_it(database: Database, error: ImagineProError) -> None:
    """A job that would return to the queue ends as cancelled: it is never sent again, and cost nothing."""
    api = ScriptedApi(answers=deque([error]), held=asyncio.Event())
    async with OneProcess(database, api, ScriptedApi()) as process:
        job = await process.begin()
        await api.arrived.wait()
        assert (await cancel(process, job)).cancel_requested_at is not None
        assert api.held is not None
        api.held.set()
        cancelled = await process.ended(job)
        await process.sweep()
    assert (cancelled.state, FREE in str(cancelled.reason)) == (JobState.CANCELLED, True)
    assert [each.calls.count("submit") for each in process.apis if isinstance(each, ScriptedApi)] == [1, 0]


@pytest.mark.parametrize("state", [JobState.WAITING, JobState.DISPATCHED])
async def test_wish_outlives_the_process(database: Database, store: JobStore, state: JobState) -> None:
    """A process that died before it had ended a cancelled job leaves the wish to the next one, which sends nothing."""
    job, _ = await store.record(new_job(owner="0"))
    await rewritten(store, job.id, state=state, key="main", cancel_requested_at=datetime.now(UTC))
    async with OneProcess(database) as process:
        cancelled = await process.ended(job)
    assert (cancelled.state, FREE in str(cancelled.reason)) == (JobState.CANCELLED, True)
    assert process.api.calls == []


async def test_cancelled_while_the_process_stops(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its end is recorded and left to the next start, which is no error."""
    caplog.set_level(logging.INFO)
    async with OneProcess(database, ScriptedApi(held=asyncio.Event()), at_once=1) as process:
        await process.begin()
        await process.api.arrived.wait()
        waiting = await process.begin()

        async def publish(*_: object) -> None:
            raise DatabaseClosed

        monkeypatch.setattr(process.pubsub, "publish", publish)
        assert (await cancel(process, waiting)).state is JobState.CANCELLED
    assert "left to the next start" in caplog.text
    assert not [line for line in caplog.records if line.levelno >= logging.ERROR]


async def test_job_of_another_process(database: Database, store: JobStore) -> None:
    """Its owner may still be showing its place, so the end is shown again a little later."""
    job, _ = await store.record(new_job(owner="1"))
    await rewritten(store, job.id, state=JobState.WAITING)
    await ProcessStore(database).enter("1", "its run", silence=60.0)
    async with OneProcess(database) as process:
        await cancel(process, job)

        async def is_shown_again() -> bool:
            return len(process.presenter.endings) == 2

        await until(is_shown_again)
    assert {ending.job.state for ending in process.presenter.endings} == {JobState.CANCELLED}


async def test_cancelled_between_two_states(database: Database) -> None:
    """A job that returns to the queue while its member cancels it is cancelled there."""
    await_points = HeldAt("before move", after="after imagine")
    api = ScriptedApi(answers=deque([QueueFull(status=403)]), reads=deque([record(percent=30)]))
    async with OneProcess(database, api, await_points=await_points) as process:
        job = await process.begin()
        await await_points.reached.wait()
        real = process.lifecycle.cancel_unsent

        async def cancel_unsent(job: JobRecord, message_id: int | None) -> bool:
            found = await real(job, message_id)
            if not await_points.released.is_set():
                await_points.released.set()

                async def is_requeued() -> bool:
                    return (await process.now(job)).state is not JobState.SUBMITTING

                await until(is_requeued)
            return found

        process.lifecycle.cancel_unsent = cancel_unsent  # type: ignore[method-assign]
        await cancel(process, job)
        assert (await process.ended(job)).state is JobState.CANCELLED


async def test_while_its_answer_is_searched_for(database: Database) -> None:
    """It may have cost credits, so the search continues, and the job found is cancelled at the API."""
    await_points = HeldAt("before history")
    async with OneProcess(database, endless(), await_points=await_points) as process:
        process.api.answers, process.api.lost, process.api.hidden = deque([TimedOut(may_have_created=True)]), True, 2
        job = await process.begin()
        await await_points.reached.wait()
        await cancel(process, job)
        await_points.released.set()
        cancelled = await process.ended(job)
    assert (cancelled.state, cancelled.remote_id) == (JobState.CANCELLED, "remote-1")
    assert process.api.accepted["remote-1"].cancelled


async def test_while_it_runs(process: OneProcess) -> None:
    """The API is asked to cancel it, the reply shows that at once, and the job ends when its record does."""
    job = await running(process)
    result = await process.jobs.cancel_and_wait(job.id, MIA, seconds=60)
    assert (result.job.state, result.refusal) == (JobState.CANCELLED, None)
    cancelled = await process.ended(job)
    assert (cancelled.state, cancelled.once_key) == (JobState.CANCELLED, None)
    assert PAID in str(process.presenter.ending.job.reason)
    assert (await process.presenter.phase(JobPhase.CANCELLING)).percent == 30


async def test_second_cancel_request_is_not_sent(database: Database) -> None:
    """The API is asked once, even if the member cancels again before it answers."""
    await_points = HeldAt("before cancel")
    async with OneProcess(database, endless(), await_points=await_points) as process:
        job = await running(process)
        first = await cancel(process, job)
        await await_points.reached.wait()
        assert (await cancel(process, job)).cancel_requested_at == first.cancel_requested_at
        await_points.released.set()
        assert (await process.ended(job)).state is JobState.CANCELLED
    assert process.api.calls.count("cancel") == 1


class AnswersLate(ScriptedApi):
    """Cancels the job, but never answers."""

    async def cancel(self, message_id: str) -> None:
        await super().cancel(message_id)
        await asyncio.Event().wait()


async def test_poll_sees_the_end_before_the_cancel_answer(database: Database) -> None:
    """The poll reports the job as failed before the cancel request is answered."""
    async with OneProcess(database, AnswersLate(reads=deque([record(percent=30)]))) as process:
        job = await running(process)
        await cancel(process, job)
        assert (await process.ended(job)).state is JobState.CANCELLED


class RefusesLate(ScriptedApi):
    """Refuses to cancel, after an event."""

    asked: asyncio.Event
    may_speak: asyncio.Event

    async def cancel(self, message_id: str) -> None:
        self.asked.set()
        await self.may_speak.wait()
        raise RequestRefused("Not any more.", status=400)


async def test_refused_after_the_end_is_shown(database: Database) -> None:
    """The job ended while the cancel request was in flight: the reply keeps showing its end."""
    api = RefusesLate(reads=deque([record(percent=30)]))
    api.asked, api.may_speak = asyncio.Event(), asyncio.Event()
    async with OneProcess(database, api) as process:
        job = await running(process)
        await cancel(process, job)
        await api.asked.wait()
        api.reads = deque([done()])
        await process.ended(job)
        shown = list(process.presenter.progress)
        api.may_speak.set()
        await asyncio.gather(*process.watcher._cancelling)
        assert process.presenter.progress == shown


class IgnoresCancels(ScriptedApi):
    """Agrees to cancel, but continues the job."""

    async def cancel(self, message_id: str) -> None:
        self.calls.append("cancel")


async def test_too_late(database: Database) -> None:
    """The API agrees but finishes the job: the picture is paid for, so it is delivered."""
    async with OneProcess(database, IgnoresCancels(reads=deque([record(percent=93)]))) as process:
        job = await running(process, 93)
        await cancel(process, job)
        await process.presenter.phase(JobPhase.CANCELLING)
        process.api.reads = deque([done()])
        assert (await process.ended(job)).state is JobState.DONE
        assert process.presenter.ending.uploads


@pytest.mark.parametrize("last", [record(percent=40), UnknownJob(), record(JobStatus.DONE, percent=100), Unreachable()])
async def test_agreed_to_but_not_cancelled(database: Database, last: Job | ImagineProError) -> None:
    """After the grace period the job counts as cancelled, regardless of its record."""
    async with OneProcess(
        database, IgnoresCancels(reads=deque([record(percent=40)])), timings=replace(FAST, grace=0.3)
    ) as process:
        job = await running(process, 40)
        await cancel(process, job)
        await process.presenter.phase(JobPhase.CANCELLING)
        process.api.reads = deque([last])
        cancelled = await process.ended(job)
    assert (cancelled.state, cancelled.late_until) == (JobState.CANCELLED, None)
    assert PAID in str(process.presenter.ending.job.reason)


async def test_refused(process: OneProcess) -> None:
    """The member and the reply get the reason at once; a second cancel request is sent to the API again."""
    process.api.cancels = deque([RequestRefused("Not this one.", status=400), None])
    job = await running(process)
    result = await process.jobs.cancel_and_wait(job.id, MIA, seconds=60)
    assert result.refusal == "This job could not be cancelled, so it goes on. Not this one."
    shown = await process.presenter.wait_for(lambda progress: progress.note is not None)
    assert (shown.phase, shown.percent, shown.note) == (JobPhase.RUNNING, 30, result.refusal)
    await cancel(process, job)
    assert (await process.ended(job)).state is JobState.CANCELLED
    assert process.api.calls.count("cancel") == 2


async def test_refused_and_done(process: OneProcess) -> None:
    """A job that could not be cancelled ends with its result."""
    process.api.cancels = deque([RequestRefused(status=400)])
    job = await running(process)
    await process.jobs.cancel_and_wait(job.id, MIA, seconds=60)
    process.api.reads = deque([record(percent=60), done()])
    assert (await process.ended(job)).state is JobState.DONE
    assert process.presenter.ending.uploads


@pytest.mark.parametrize("answer", [None, RequestRefused(status=400)])
async def test_after_a_restart(database: Database, store: JobStore, answer: RequestRefused | None) -> None:
    """If an earlier process asked, the API is asked again, and a failed record means that the job was cancelled."""
    api = ScriptedApi(reads=deque([record(JobStatus.FAILED, error="cancelled")]), cancels=deque([answer]))
    job, _ = await store.record(new_job(owner="0"))
    await api.imagine(job.prompt)
    now = datetime.now(UTC)
    await rewritten(
        store, job.id, state=JobState.RUNNING, remote_id="remote-1", submitted_at=now, cancel_requested_at=now
    )
    async with OneProcess(database, api) as process:
        cancelled = await process.ended(job)
    assert (cancelled.state, PAID in str(cancelled.reason)) == (JobState.CANCELLED, True)
    assert "cancel" in api.calls


async def test_a_job_that_was_cancelled_has_ended(process: OneProcess) -> None:
    """A second cancel request is refused, although the first one is still recorded."""
    job = await running(process)
    await cancel(process, job)
    cancelled = await process.ended(job)
    with pytest.raises(UserError, match="already ended"):
        await cancel(process, job)
    assert await process.now(job) == cancelled


async def test_a_job_that_has_ended(process: OneProcess) -> None:
    """The member gets an error, and the API is not asked."""
    process.api.reads = deque([done()])
    job = await process.run()
    with pytest.raises(UserError, match=r"^This job has already ended\.$"):
        await cancel(process, job)
    process.watcher.cancel(job.id)
    assert await process.now(job) == job
    assert "cancel" not in process.api.calls
