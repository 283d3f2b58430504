"""Writing down how a job ended, once; and results that come when nobody expects them any more."""

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.imaginepro import Job, JobStatus
from bot.services.lifecycle.finish import JobFinisher
from bot.store import Database, JobRecord, JobState, JobStore
from tests.bot.records import new_follow_up, new_job
from tests.bot.services.one_process import SHORT, OneProcess, until
from tests.bot.services.scripted import PICTURE, ScriptedApi, done, record
from tests.support.postgres import PostgresServer
from tests.support.postgres_proxy import PostgresProxy

KEY = "press:parent:U2"
LATER = datetime.now(UTC) + timedelta(hours=1)


async def running(database: Database) -> JobRecord:
    """A job at the API, by a button."""
    store = JobStore(database)
    job, _ = await store.record(new_follow_up(once_key=KEY))
    return await store.update(job.id, state=JobState.RUNNING, remote_id="remote-1")


@pytest.fixture
def settling(store: JobStore) -> JobFinisher:
    return JobFinisher(store)


async def test_a_job_ends_once(database: Database, settling: JobFinisher) -> None:
    """Who comes second changes nothing, and knows it."""
    job = await running(database)
    ended = await settling.finish(job, done(), cancelled=False)
    assert ended is not None
    assert (ended.state, ended.image_url, ended.buttons, ended.once_key) == (JobState.DONE, PICTURE, ("U1", "V1"), KEY)
    assert await settling.end(job, JobState.FAILED, "Sorry!") is None
    assert await settling.cancelled(job) is None
    assert await JobStore(database).get(job.id) == ended


@pytest.mark.parametrize(
    ("state", "key"), [(JobState.FAILED, None), (JobState.CANCELLED, None), (JobState.UNCONFIRMED, KEY)]
)
async def test_a_button_is_free_again_unless_it_may_have_been_paid(
    database: Database, settling: JobFinisher, state: JobState, key: str | None
) -> None:
    """Only an unclear job keeps its key."""
    ended = await settling.end(await running(database), state, "Sorry!")
    assert ended is not None
    assert (ended.state, ended.once_key, ended.reason) == (state, key, "Sorry!")


async def test_a_late_result_takes_the_place_of_the_failure(database: Database, settling: JobFinisher) -> None:
    """It is delivered anew; of the failure nothing is left."""
    job = await running(database)
    failed = await settling.end(job, JobState.FAILED, "Too long.", late_until=LATER)
    assert failed is not None
    failed = await JobStore(database).update(job.id, delivered_at=LATER)
    late = await settling.finish(failed, done(), cancelled=False)
    assert late is not None
    assert (late.state, late.reason, late.delivered_at, late.late_until) == (JobState.DONE, None, None, None)


async def test_a_late_failure_is_none(database: Database, settling: JobFinisher) -> None:
    """The reply has said so already; nobody waits any longer."""
    job = await running(database)
    failed = await settling.end(job, JobState.FAILED, "Too long.", late_until=LATER)
    assert failed is not None
    assert await settling.finish(failed, record(JobStatus.FAILED, error="No."), cancelled=False) is None
    found = await JobStore(database).get(job.id)
    assert found is not None
    assert (found.state, found.reason, found.late_until) == (JobState.FAILED, "Too long.", None)


@pytest.mark.parametrize("state", [JobState.CANCELLED, JobState.UNCONFIRMED])
async def test_what_was_cancelled_stays_so(database: Database, settling: JobFinisher, state: JobState) -> None:
    """A result does not change what its member was told on purpose."""
    ended = await settling.end(await running(database), state, "Over.")
    assert ended is not None
    assert await settling.finish(ended, done(), cancelled=False) is None


@pytest.fixture
async def cable(postgres: PostgresServer) -> AsyncIterator[PostgresProxy]:
    """What a database hangs on, and can be told to break."""
    async with PostgresProxy(postgres.new_database()) as cable:
        yield cable


async def test_an_end_whose_commit_nobody_heard_of(cable: PostgresProxy) -> None:
    """The job has ended for whoever ended it; for another one it had ended before."""
    async with Database(cable.url) as database:
        settling, job = JobFinisher(JobStore(database)), await running(database)
        cable.break_at_commit()
        ended = await settling.end(job, JobState.FAILED, "Sorry!")
        assert ended is not None
        assert (cable.broken_connections, ended.reason) == (1, "Sorry!")
        assert await settling.end(job, JobState.FAILED, "Sorry!") is None


async def test_a_result_whose_commit_nobody_heard_of(cable: PostgresProxy) -> None:
    """Lists and all, it counts as written by the one who wrote it."""
    async with Database(cable.url) as database:
        job = await running(database)
        cable.break_at_commit()
        ended = await JobFinisher(JobStore(database)).finish(job, done(), cancelled=False)
        assert ended is not None
        assert (cable.broken_connections, ended.state, ended.buttons) == (1, JobState.DONE, ("U1", "V1"))


async def overdue(house: OneProcess) -> JobRecord:
    """A job that took longer than it may, as its member was told."""
    job = await house.run(new_job())
    assert (job.state, job.late_until is not None) == (JobState.FAILED, True)
    house.workflows.delivered.clear()
    return job


def slow(*reads: Job) -> ScriptedApi:
    """An API that finishes nothing in time."""
    return ScriptedApi(reads=deque([record(percent=93), *reads]))


async def test_a_result_after_the_sentence_is_delivered_after_all(database: Database) -> None:
    """The job is followed for another hour, and the reply gets its picture."""
    async with OneProcess(database, slow(), timeout=0, timings=SHORT) as house:
        job = await overdue(house)
        house.api.reads = deque([done()])
        await until(lambda: _is_done(house, job))
        late = await house.now(job)
        assert [ending.job.state for ending in house.presenter.endings] == [JobState.FAILED, JobState.DONE]
    assert (late.state, late.late_until, late.delivered_at is not None) == (JobState.DONE, None, True)
    assert house.workflows.begun("deliver") == [f"{job.id}.failed", f"{job.id}.done"]


async def test_after_the_hour_nobody_waits(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job is not followed any more, and nothing of it is open."""
    timings = replace(SHORT, late_result=timedelta(seconds=0.3))
    async with OneProcess(database, slow(), timeout=0, timings=timings) as house:
        job = await overdue(house)

        async def forgotten() -> bool:
            return (await house.now(job)).late_until is None

        await until(forgotten)
        assert len(house.watcher) == 0
    assert len(house.presenter.endings) == 1


async def test_the_next_process_waits_for_it_as_well(database: Database) -> None:
    """A job whose failure was delivered is still taken up."""
    async with OneProcess(database, slow(), timeout=0, timings=SHORT) as house:
        job = await overdue(house)
    async with OneProcess(
        database, ScriptedApi(accepted=house.api.accepted, reads=deque([done()])), workflows=house.workflows
    ) as successor:
        await until(lambda: _is_done(successor, job))
    assert successor.presenter.ending.job.state is JobState.DONE


async def _is_done(house: OneProcess, job: JobRecord) -> bool:
    found = await house.now(job)
    return found.state is JobState.DONE and found.delivered_at is not None


async def test_the_api_may_say_by_itself_that_a_result_came(database: Database) -> None:
    """Also of a job that was given up for another reason; only the process that looked after it goes on."""
    async with OneProcess(database, slow(record(JobStatus.FAILED, error="Sorry!"))) as house:
        job = await house.run(new_job())
        assert (job.state, job.late_until) == (JobState.FAILED, None)
        house.api.reads = deque([done()])
        house.lifecycle.on_late_result(job.id)
        await until(lambda: _is_done(house, job))
    assert house.presenter.endings[-1].job.state is JobState.DONE
