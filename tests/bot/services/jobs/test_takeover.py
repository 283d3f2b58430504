"""Taking over the jobs and workflows of dead processes."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.store import Database, JobRecord, JobState
from tests.bot.records import new_job, reply_address, rewritten
from tests.bot.services.one_process import MESSAGE, OneProcess, until
from tests.bot.services.scripted import Recorder, ScriptedApi, record
from tests.bot.services.workflows import Row

NOW = datetime.now(UTC)


@pytest.fixture
async def process(database: Database) -> AsyncIterator[OneProcess]:
    async with OneProcess(database, ScriptedApi(), ScriptedApi()) as process:
        yield process


async def left(
    process: OneProcess,
    state: JobState = JobState.RECORDED,
    message_id: int | None = None,
    created_at: datetime = NOW,
) -> JobRecord:
    """An unfinished job of an earlier process."""
    job = new_job(owner="0", reply=reply_address(message_id=message_id), created_at=created_at)
    record, _ = await process.stored.record(job)
    return await rewritten(process.stored, record.id, state=state)


async def test_a_job_whose_reply_is_known_is_begun(process: OneProcess) -> None:
    """It is put into the queue, and finishes."""
    job = await left(process, message_id=9)
    await process.take_over([job])
    done = await process.ended(job)
    assert (done.state, done.reply.message_id) == (JobState.DONE, 9)


async def test_a_reply_that_was_opened_is_found(process: OneProcess) -> None:
    """The message's id is stored when the job is begun."""
    job = await left(process)
    await process.take_over([job])
    done = await process.ended(job)
    assert (done.state, done.reply.message_id) == (JobState.DONE, MESSAGE)


async def test_a_job_without_a_visible_reply_is_dropped(database: Database) -> None:
    """Nothing is sent, and nothing stays unfinished."""
    async with OneProcess(database, reply=None) as process:
        job = await left(process)
        await process.take_over([job])
        dropped = await process.now(job)
        assert (dropped.state, dropped.once_key, dropped.delivered_at is not None) == (JobState.FAILED, None, True)
        assert "nothing was sent" in str(dropped.reason)
        assert (process.api.calls, await process.stored.unfinished()) == ([], [])


async def test_a_job_that_is_being_opened_is_left_alone(database: Database) -> None:
    """This process has just recorded it and is about to show its reply, so it is neither begun nor dropped."""
    async with OneProcess(database, reply=None) as process:
        job = await left(process, created_at=datetime.now(UTC))
        other = replace(job, id="other")
        await process.take_over([job])
        assert await process.now(job) == job
        process.takeover._started_at = job.created_at + timedelta(seconds=1)
        await process.take_over([job, other], from_others={other.id})
        assert (await process.now(job)).state is JobState.FAILED


async def test_a_job_of_another_process_is_not_being_opened(database: Database) -> None:
    """However young it is: that process has died."""
    async with OneProcess(database, reply=None) as process:
        job = await left(process, created_at=datetime.now(UTC))
        await process.take_over([job], from_others={job.id})
        assert (await process.now(job)).state is JobState.FAILED


async def test_looking_after_all_jobs_again_disturbs_none(process: OneProcess) -> None:
    """Sweeps come while jobs run: each is still sent and shown once."""
    job = await process.begin()
    while (await process.now(job)).delivered_at is None:
        await process.sweep()
    await process.sweep()
    assert (process.api.calls.count("submit"), len(process.presenter.endings)) == (1, 1)


async def test_a_job_that_was_dispatched_and_forgotten_goes_on(process: OneProcess) -> None:
    """The dispatch was committed although the process saw an error."""
    job = await left(process)
    await rewritten(process.stored, job.id, state=JobState.DISPATCHED, key="main")
    await process.sweep()
    assert (await process.ended(job)).state is JobState.DONE


@pytest.mark.parametrize("state", [state for state in JobState if state is not JobState.RECORDED])
async def test_a_job_is_resumed_in_its_state(process: OneProcess, state: JobState) -> None:
    """In each state the job is resumed, and its end is delivered."""
    job = await left(process, state)
    remote = (await process.api.imagine(job.prompt, ref=job.id)).message_id
    await rewritten(
        process.stored, job.id, remote_id=remote if state is JobState.RUNNING else None, image_url="https://x/a"
    )
    await process.take_over([await process.now(job)])
    ended = await process.ended(job)
    assert ended.state is (state if state.is_final else JobState.DONE)
    assert ended.delivered_at is not None


async def test_workflows_of_dead_processes_are_recovered(process: OneProcess) -> None:
    """Workflows of living processes stay with them."""
    mine, theirs = [await left(process, JobState.FAILED) for _ in range(2)]
    process.workflows.rows["dead"] = Row("deliver", (mine.id,), "9")
    process.workflows.rows["alive"] = Row("deliver", (theirs.id,), "1")
    await process.parts.process_store.enter("1", "run")
    await process.takeover.recover_workflows()
    assert (await process.ended(mine)).delivered_at is not None
    assert process.workflows.rows["alive"].executor == "1"


async def test_many_jobs_are_resumed(process: OneProcess) -> None:
    """More jobs than fit into one batch are all resumed."""
    jobs = [await left(process, JobState.FAILED) for _ in range(120)]
    await process.take_over(jobs)

    async def are_begun() -> bool:
        return len(process.workflows.begun("deliver")) == len(jobs)

    await until(are_begun)
    assert sorted(process.workflows.begun("deliver")) == sorted(f"{job.id}.failed" for job in jobs)
    for job in jobs:
        await process.ended(job)


async def test_release_all_stops_watching(process: OneProcess) -> None:
    """After `release_all` no job is watched."""
    job = await left(process, JobState.RUNNING)
    process.api.reads = deque([record(percent=10)])
    remote_id = (await process.api.imagine(job.prompt, ref=job.id)).message_id
    await rewritten(process.stored, job.id, remote_id=remote_id)
    await process.take_over([await process.now(job)])
    await process.presenter.wait_for(lambda progress: progress.percent == 10)
    assert len(process.watcher) == 1
    await process.takeover.release_all()
    assert len(process.watcher) == 0
    assert await process.now(job) == await process.stored.get(job.id)


def test_each_process_has_its_share_of_the_reads(process: OneProcess) -> None:
    """For every key."""
    for key in process.keys.all:
        key.reads_per_second = 8.0
    process.takeover.share(4)
    assert [key.tracker.reads_per_second for key in process.keys.all] == [2.0, 2.0]


@pytest.mark.parametrize("kept", [True, False], ids=["soon", "after the draft was deleted"])
async def test_job_of_a_batch_is_left_to_its_workflow(database: Database, kept: bool) -> None:
    """As long as that can start it: without its draft it can't, and the job is dropped."""
    async with OneProcess(database, reply=None) as house:
        draft = await house.parts.drafts.keep("batch", 100, {}) if kept else "gone"
        reply = reply_address(part=1)
        house.workflows.rows[f"batch.{draft}.{reply.interaction_id}"] = Row("batch", (), "1")
        job, _ = await house.stored.record(new_job(owner="0", reply=reply, once_key=f"batch:{draft}:1", created_at=NOW))
        await house.take_over([job])
        assert (await house.now(job)).state is (JobState.RECORDED if kept else JobState.FAILED)


async def test_heartbeats_do_not_wait_for_discord(database: Database) -> None:
    """While Discord says nothing about a reply, the takeover is over; the job is begun once the answer is there."""
    presenter = SilentRecorder()
    async with OneProcess(database, presenter=presenter) as process:
        job, _ = await process.stored.record(new_job(owner="0", created_at=NOW))
        await process.takeover.take_over([job])
        await process.takeover.take_over([job])
        await presenter.asked.wait()
        assert (await process.now(job)).state is JobState.RECORDED
        presenter.answers.set()
        assert (await process.ended(job)).state is JobState.DONE
    assert presenter.searches == 1


class SilentRecorder(Recorder):
    """Finds replies once `answers` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.answers, self.searches = asyncio.Event(), asyncio.Event(), 0

    async def find(self, job: JobRecord) -> int | None:
        self.searches += 1
        self.asked.set()
        await self.answers.wait()
        return await super().find(job)
