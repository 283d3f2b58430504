"""Jobs that an earlier process has left: begun where that may still be paid for, and the work of the dead adopted."""

from collections import deque
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.store import Database, JobRecord, JobState
from tests.bot.records import new_job, reply_address
from tests.bot.services.one_process import MESSAGE, OneProcess
from tests.bot.services.scripted import ScriptedApi, record
from tests.bot.services.workflows import Row

NOW = datetime.now(UTC)


@pytest.fixture
async def house(database: Database) -> AsyncIterator[OneProcess]:
    async with OneProcess(database, ScriptedApi(), ScriptedApi()) as house:
        yield house


async def left(house: OneProcess, state: JobState = JobState.RECORDED, message_id: int | None = None) -> JobRecord:
    """A job as an earlier process has left it."""
    record, _ = await house.stored.record(new_job(owner="0", reply=reply_address(message_id=message_id)))
    return await house.stored.update(record.id, state=state)


async def test_a_job_whose_reply_is_known_is_begun(house: OneProcess) -> None:
    """It stands in line, and goes its way."""
    job = await left(house, message_id=9)
    await house.takeover.take_over([job])
    done = await house.ended(job)
    assert (done.state, done.reply.message_id) == (JobState.DONE, 9)


async def test_a_reply_that_was_opened_is_found(house: OneProcess) -> None:
    """Written down together with the job's beginning."""
    job = await left(house)
    await house.takeover.take_over([job])
    done = await house.ended(job)
    assert (done.state, done.reply.message_id) == (JobState.DONE, MESSAGE)


async def test_a_job_whose_reply_nobody_sees_is_dropped(database: Database) -> None:
    """Nothing is sent, nothing is paid, nothing stays open."""
    async with OneProcess(database, reply=None) as house:
        job = await left(house)
        await house.takeover.take_over([job])
        dropped = await house.now(job)
        assert (dropped.state, dropped.once_key, dropped.delivered_at is not None) == (JobState.FAILED, None, True)
        assert "nothing was sent" in str(dropped.reason)
        assert (house.api.calls, await house.stored.unfinished()) == ([], [])


@pytest.mark.parametrize("state", [state for state in JobState if state is not JobState.RECORDED])
async def test_a_job_goes_on_from_where_it_is(house: OneProcess, state: JobState) -> None:
    """Whatever the state, its reply shows in the end how it ended."""
    job = await left(house, state)
    remote = (await house.api.imagine(job.prompt)).message_id
    await house.stored.update(job.id, remote_id=remote if state is JobState.RUNNING else None, image_url="https://x/a")
    await house.takeover.take_over([await house.now(job)])
    ended = await house.ended(job)
    assert ended.state is (state if state.is_final else JobState.DONE)
    assert ended.delivered_at is not None


async def test_the_work_of_the_dead_is_adopted(house: OneProcess) -> None:
    """That of the living is theirs."""
    mine, theirs = [await left(house, JobState.FAILED) for _ in range(2)]
    house.workflows.rows["dead"] = Row("deliver", (mine.id,), "9")
    house.workflows.rows["alive"] = Row("deliver", (theirs.id,), "1")
    await house.parts.process_store.enter("1", "run")
    await house.takeover.recover_workflows()
    assert (await house.ended(mine)).delivered_at is not None
    assert house.workflows.rows["alive"].executor == "1"


async def test_many_jobs_are_taken_up(house: OneProcess) -> None:
    """Each of them."""
    jobs = [await left(house, JobState.FAILED) for _ in range(120)]
    await house.takeover.take_over(jobs)
    assert sorted(house.workflows.begun("deliver")) == sorted(f"{job.id}.failed" for job in jobs)
    for job in jobs:
        await house.ended(job)


async def test_who_lets_go_follows_nothing(house: OneProcess) -> None:
    """And runs no work, until it begins anew."""
    job = await left(house, JobState.RUNNING)
    house.api.reads = deque([record(percent=10)])
    await house.stored.update(job.id, remote_id=(await house.api.imagine(job.prompt)).message_id)
    await house.takeover.take_over([await house.now(job)])
    await house.presenter.wait_for(lambda progress: progress.percent == 10)
    assert len(house.watcher) == 1
    await house.takeover.release_all()
    assert len(house.watcher) == 0
    assert await house.now(job) == await house.stored.get(job.id)


def test_each_process_has_its_share_of_the_reads(house: OneProcess) -> None:
    """Of every key."""
    for key in house.keys.all:
        key.reads_per_second = 8.0
    house.takeover.share(4)
    assert [key.tracker.reads_per_second for key in house.keys.all] == [2.0, 2.0]


@pytest.mark.parametrize("kept", [True, False], ids=["soon", "after the draft was deleted"])
async def test_job_of_a_batch_is_left_to_its_workflow(database: Database, kept: bool) -> None:
    """As long as that can start it: without its draft it can't, and the job is dropped."""
    async with OneProcess(database, reply=None) as house:
        draft = await house.parts.drafts.keep("batch", 100, {}) if kept else "gone"
        reply = reply_address(part=1)
        house.workflows.rows[f"batch.{draft}.{reply.interaction_id}"] = Row("batch", (), "1")
        job, _ = await house.stored.record(new_job(owner="0", reply=reply, once_key=f"batch:{draft}:1"))
        await house.takeover.take_over([job])
        assert (await house.now(job)).state is (JobState.RECORDED if kept else JobState.FAILED)
