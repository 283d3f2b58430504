"""Deliveries of one job: one at a time, and what is shown last is what its row says."""

import asyncio
from collections import deque
from dataclasses import replace

import pytest

from bot.services.presenter import FilesPending, JobEnding, OutdatedEnding, ReplyGone
from bot.store import Database, JobRecord, JobState
from tests.bot.records import new_job, rewritten
from tests.bot.services.one_process import FAST, OneProcess, until
from tests.bot.services.scripted import PICTURE, Recorder


class Insisting(Recorder):
    """Discord can't be reached until `back` is set: an ending waits, and is dropped once it is outdated."""

    def __init__(self) -> None:
        super().__init__()
        self.back, self.asked = asyncio.Event(), asyncio.Event()
        self.active = 0

    async def deliver(self, ending: JobEnding) -> None:
        self.active += 1
        assert self.active == 1, "two deliveries of one job at the same time"
        try:
            self.asked.set()
            await self.back.wait()
            if ending.is_outdated():
                raise OutdatedEnding
            await super().deliver(ending)
        finally:
            self.active -= 1


class WithoutFiles(Recorder):
    """Discord takes no files until `back` is set; `tried` is set by the first attempt to add them."""

    def __init__(self) -> None:
        super().__init__()
        self.back, self.tried = asyncio.Event(), asyncio.Event()

    async def deliver(self, ending: JobEnding) -> None:
        await super().deliver(ending)
        if not self.back.is_set():
            raise FilesPending

    async def add_files(self, ending: JobEnding) -> None:
        self.tried.set()
        if not self.back.is_set():
            raise FilesPending
        await super().add_files(ending)


async def done_job(process: OneProcess) -> JobRecord:
    """A finished job, whose delivery has begun."""
    record, _ = await process.stored.record(new_job(owner=process.process))
    done = await rewritten(process.stored, record.id, state=JobState.DONE, image_url=PICTURE)
    await process.lifecycle.deliver(done)
    return done


async def failed_job(process: OneProcess) -> JobRecord:
    """A job that has failed, and whose delivery has begun."""
    record, _ = await process.stored.record(new_job(owner=process.process))
    failed = await rewritten(process.stored, record.id, state=JobState.FAILED, reason="Too late.")
    await process.lifecycle.deliver(failed)
    return failed


async def result_of(process: OneProcess, job: JobRecord) -> JobRecord:
    """Its late result."""
    return await rewritten(process.stored, job.id, state=JobState.DONE, image_url=PICTURE, delivered_at=None)


async def delivered(process: OneProcess, job: JobRecord) -> JobRecord:
    async def is_delivered() -> bool:
        return (await process.now(job)).delivered_at is not None

    await until(is_delivered)
    return await process.now(job)


def shown(process: OneProcess) -> list[JobState]:
    return [ending.job.state for ending in process.presenter.endings]


async def test_late_result_replaces_a_failure_that_waits_for_discord(database: Database) -> None:
    """The failure is never shown, and the result counts as delivered only once it is visible."""
    presenter = Insisting()
    async with OneProcess(database, presenter=presenter) as process:
        job = await failed_job(process)
        await presenter.asked.wait()
        await process.lifecycle.deliver(await result_of(process, job))
        await asyncio.sleep(0)
        assert (await process.now(job)).delivered_at is None
        presenter.back.set()
        assert (await delivered(process, job)).state is JobState.DONE
        assert shown(process) == [JobState.DONE]
        assert process.presenter.ending.uploads


async def test_failure_that_was_just_shown_is_not_marked(database: Database) -> None:
    """The row has the result by then, which is shown next, although nothing here has announced it."""
    presenter = Recorder()
    presenter.held = asyncio.Event()
    async with OneProcess(database, presenter=presenter) as process:
        job = await failed_job(process)
        await result_of(process, job)
        presenter.held.set()
        assert (await delivered(process, job)).state is JobState.DONE
        assert shown(process) == [JobState.FAILED, JobState.DONE]


async def test_failure_on_top_of_a_result_is_replaced(database: Database) -> None:
    """Another process has shown the result while this one insisted on the failure: the result is shown again."""
    presenter = Recorder()
    presenter.held = asyncio.Event()
    async with OneProcess(database, presenter=presenter) as process:
        job = await failed_job(process)
        done = await result_of(process, job)
        await rewritten(process.stored, job.id, delivered_at=done.created_at)
        presenter.held.set()

        async def is_shown_again() -> bool:
            return shown(process) == [JobState.FAILED, JobState.DONE]

        await until(is_shown_again)


@pytest.mark.parametrize("stopped", [True, False])
async def test_result_is_lost_by_no_stop(database: Database, stopped: bool) -> None:
    """A process that stops while the failure waits for Discord leaves the result to the next one."""
    presenter = Insisting()
    async with OneProcess(database, presenter=presenter) as process:
        job = await failed_job(process)
        await presenter.asked.wait()
        await process.lifecycle.deliver(await result_of(process, job))
        if not stopped:
            presenter.back.set()
            await delivered(process, job)
    presenter.back.set()
    async with OneProcess(database, presenter=presenter, workflows=process.workflows) as successor:
        await delivered(successor, job)
    assert shown(process) == [JobState.DONE]


@pytest.mark.parametrize(("taken_over", "times"), [(True, 2), (False, 1)])
async def test_ending_of_a_job_taken_over_is_shown_again(database: Database, taken_over: bool, times: int) -> None:
    """The process that had it may have sent an older frame in the meantime."""
    async with OneProcess(database, timings=replace(FAST, stale_edit=0.05)) as process:
        record, _ = await process.stored.record(new_job(owner="0"))
        remote = (await process.api.imagine(record.prompt)).message_id
        job = await rewritten(process.stored, record.id, state=JobState.RUNNING, remote_id=remote)
        await process.take_over([job], from_others={job.id} if taken_over else ())
        await delivered(process, job)
        async with asyncio.timeout(60):
            await process.workflows.delivered[job.id].wait()
    assert shown(process) == [JobState.DONE] * times


async def test_ending_of_a_job_from_the_line_of_another_process_is_shown_again(database: Database) -> None:
    """That process showed its position, and may send the frame late."""
    async with OneProcess(database, timings=replace(FAST, stale_edit=0.05), at_once=1) as process:
        record, _ = await process.stored.record(new_job(owner="1"))
        foreign = await rewritten(process.stored, record.id, state=JobState.WAITING, message_id=56)
        await process.run()
        await process.begin()
        await delivered(process, foreign)
        async with asyncio.timeout(60):
            await process.workflows.delivered[foreign.id].wait()
    assert [ending.job.id for ending in process.presenter.endings].count(foreign.id) == 2


async def test_failed_mark_is_repeated(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ending that is visible is shown once, however often recording that fails."""
    async with OneProcess(database) as process:
        real, failures = process.stored.move, deque([RuntimeError("broken")] * 3)

        async def move(job_id: str, *states: JobState, **changes: object) -> JobRecord | None:
            if "delivered_at" in changes and len(changes) == 1 and failures:
                raise failures.popleft()
            return await real(job_id, *states, **changes)  # pyright: ignore[reportArgumentType]

        monkeypatch.setattr(process.stored, "move", move)
        job = await failed_job(process)
        await delivered(process, job)
    assert (shown(process), not failures) == ([JobState.FAILED], True)


async def test_heartbeat_waits_for_no_delivery(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """While Discord is away there may be thousands, and each restart asks the engine several times."""
    async with OneProcess(database) as process:
        real, answers = process.parts.engine.restart, asyncio.Event()

        async def restart(name: str, *arguments: object, workflow_id: str) -> None:
            await answers.wait()
            await real(name, *arguments, workflow_id=workflow_id)

        monkeypatch.setattr(process.parts.engine, "restart", restart)
        record, _ = await process.stored.record(new_job(owner=process.process))
        job = await rewritten(process.stored, record.id, state=JobState.FAILED, reason="Too late.")
        async with asyncio.timeout(20):
            await process.sweep()
        answers.set()
        await delivered(process, job)
    assert shown(process) == [JobState.FAILED]


HASTY = replace(FAST, upload_retry=0.01, upload_retry_longest=0.01)


async def test_files_are_added_later(database: Database) -> None:
    """The job counts as delivered only once its files are there, and they are downloaded again for each attempt."""
    presenter = WithoutFiles()
    async with OneProcess(database, presenter=presenter, timings=HASTY) as process:
        job = await done_job(process)
        async with asyncio.timeout(60):
            await presenter.tried.wait()
        assert (await process.now(job)).delivered_at is None
        presenter.back.set()
        await delivered(process, job)
        assert [len(ending.uploads) for ending in presenter.endings] == [1, 1]


async def test_files_are_added_by_the_next_process(database: Database) -> None:
    """A process that ends in between leaves them to the one that takes over."""
    presenter = WithoutFiles()
    async with OneProcess(database, presenter=presenter, timings=HASTY) as process:
        job = await done_job(process)
        async with asyncio.timeout(60):
            await presenter.tried.wait()
    assert (await process.now(job)).delivered_at is None
    presenter.back.set()
    async with OneProcess(database, presenter=presenter, workflows=process.workflows) as successor:
        await delivered(successor, job)
    assert presenter.endings[-1].uploads


async def test_files_that_can_not_be_added_end_the_delivery(database: Database) -> None:
    """A message that can't be edited any more shows the ending with its link, and no file is tried again."""
    presenter = WithoutFiles()
    async with OneProcess(database, presenter=presenter, timings=HASTY) as process:
        presenter.add_files = _gone
        await delivered(process, await done_job(process))
        assert len(presenter.endings) == 1


async def _gone(ending: JobEnding) -> None:
    raise ReplyGone


async def test_files_are_given_up_after_a_day(database: Database) -> None:
    """Their links have ended by then."""
    presenter = WithoutFiles()
    async with OneProcess(database, presenter=presenter, timings=replace(HASTY, upload_retry_total=0.05)) as process:
        await delivered(process, await done_job(process))
