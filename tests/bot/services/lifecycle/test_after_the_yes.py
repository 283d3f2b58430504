"""The API has accepted a job, and that can't be recorded, for a while or not by this process."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from bot.imaginepro import QueueFull, Submission
from bot.services.lifecycle import submit
from bot.store import Database, JobRecord, JobState, JobStore
from tests.bot.records import new_job, rewritten
from tests.bot.services.one_process import FAST, OneProcess, until
from tests.bot.services.scripted import Accepted, ScriptedApi, done

LOST = OperationalError("UPDATE jobs", None, psycopg.OperationalError("the connection is lost"))
NOW = datetime.now(UTC)


@pytest.fixture
def database_url(migrated_url: str) -> str:
    """On both kinds of database."""
    return migrated_url


class Unwritable:
    """Lets writes of one kind fail: the first `times`, with this error."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str, error: Exception, times: int = 10**9) -> None:
        self.remaining, self.failures = times, 0
        real = getattr(JobStore, name)

        async def write(*arguments: object, **changes: object) -> object:
            if self.remaining > 0:
                self.remaining -= 1
                self.failures += 1
                raise error
            return await real(*arguments, **changes)

        monkeypatch.setattr(JobStore, name, write)

    async def failed(self) -> None:
        """Wait for the first failure."""

        async def seen() -> bool:
            return self.failures > 0

        await until(seen)


@pytest.mark.parametrize(("error", "lines"), [(LOST, 0), (RuntimeError("broken"), 1)], ids=["outage", "unexpected"])
async def test_acceptance_is_recorded_when_it_can_be(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception, lines: int
) -> None:
    """The job is sent once and shown, with one line for several failures, and none where the outage has its own."""
    Unwritable(monkeypatch, "claim", error, times=4)
    async with OneProcess(database) as process:
        job = await process.run()
    assert (job.state, job.remote_id, process.api.calls.count("submit")) == (JobState.DONE, "remote-1", 1)
    assert len([line for line in caplog.records if line.levelno == logging.ERROR]) == lines


async def test_time_of_acceptance_is_that_of_the_answer(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not that of the write, which may come minutes later: estimates and deadlines count from it."""
    unwritable = Unwritable(monkeypatch, "claim", RuntimeError("broken"))
    async with OneProcess(database) as process:
        job = await process.begin()
        await unwritable.failed()
        answered_before = datetime.now(UTC)
        unwritable.remaining = 0
        ended = await process.ended(job)
    assert ended.submitted_at is not None
    assert ended.submitted_at < answered_before


async def test_shutdown_tries_once_more(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that stops does not sit out its pause, so that no job needs to be searched for."""
    unwritable = Unwritable(monkeypatch, "claim", RuntimeError("broken"))
    timings = replace(FAST, retry_pause=3600.0, longest_retry_pause=3600.0)
    async with OneProcess(database, timings=timings) as process:
        job = await process.begin()
        await unwritable.failed()
        unwritable.remaining = 0
    assert ((found := await process.now(job)).state, found.remote_id) == (JobState.RUNNING, "remote-1")


async def test_next_process_searches_for_what_was_never_recorded(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row stays as it was while the job was sent, so the next process finds the job and sends nothing."""
    with monkeypatch.context() as broken:
        unwritable = Unwritable(broken, "claim", RuntimeError("broken"))
        async with OneProcess(database, timings=replace(FAST, drain=0.01)) as process:
            job = await process.begin(new_job(prompt="a fox", words="a fox"))
            await unwritable.failed()
        assert (await process.now(job)).state is JobState.SUBMITTING
    async with OneProcess(database, process.api, workflows=process.workflows) as successor:
        ended = await successor.ended(job)
    assert (ended.state, process.api.calls.count("submit")) == (JobState.DONE, 1)


class LongIds(ScriptedApi):
    """Gives its jobs ids of `length` characters."""

    length = 300

    async def _take(self, job: Accepted) -> Submission:
        short = (await super()._take(job)).message_id
        job.remote_id = short.ljust(self.length, "x")
        self.accepted[job.remote_id] = self.accepted.pop(short)
        return Submission(message_id=job.remote_id)


async def test_long_ids_are_recorded(database: Database) -> None:
    """The API's ids have no documented length."""
    async with OneProcess(database, LongIds()) as process:
        job = await process.run()
    assert (job.state, len(job.remote_id or ""), process.api.calls.count("submit")) == (JobState.DONE, 300, 1)


async def test_id_that_no_index_takes(database: Database) -> None:
    """The job is not sent again: it may exist, and cannot be told from others."""
    api = LongIds()
    api.length = 5000
    async with OneProcess(database, api) as process:
        job = await process.run(new_job(prompt="", words=""))
    assert (job.state, api.calls.count("submit")) == (JobState.UNCONFIRMED, 1)


class Unreadable(ScriptedApi):
    """Accepts a job, and its answer raises an error that nobody expected."""

    async def _take(self, job: Accepted) -> Submission:
        await super()._take(job)
        raise RecursionError("nested too deeply")


async def test_unexpected_error_after_sending_is_a_lost_answer(database: Database) -> None:
    """The job is found in the account's history and not sent again."""
    async with OneProcess(database, Unreadable()) as process:
        job = await process.run(new_job(prompt="a fox", words="a fox"))
    assert (job.state, job.remote_id, process.api.calls.count("submit")) == (JobState.DONE, "remote-1", 1)


@pytest.fixture
async def slept(database: Database) -> AsyncIterator[tuple[OneProcess, JobRecord]]:
    """A process whose request is under way when another one takes its job over."""
    async with OneProcess(database, ScriptedApi(held=asyncio.Event())) as process:
        job = await process.begin()
        await process.api.arrived.wait()
        yield process, job


async def _answered(process: OneProcess) -> None:
    assert process.api.held is not None
    process.api.held.set()
    await asyncio.gather(*process.services.submitter._in_flight.values(), return_exceptions=True)


async def test_late_answer_changes_no_delivered_job(
    slept: tuple[OneProcess, JobRecord], caplog: pytest.LogCaptureFixture
) -> None:
    """The other process has delivered the job: it stays done, and takes no place of a running one."""
    process, job = slept
    delivered = await rewritten(
        process.stored, job.id, state=JobState.DONE, owner="1", remote_id="remote-1", finished_at=NOW, delivered_at=NOW
    )
    with caplog.at_level(logging.WARNING, submit.__name__):
        await _answered(process)
    assert await process.now(job) == delivered
    assert "another process has now" in caplog.text
    assert len(process.watcher) == 0


async def test_late_answer_names_the_job_for_its_new_owner(slept: tuple[OneProcess, JobRecord]) -> None:
    """The other process still searches for it: it gets the API's id, and this one does not watch the job."""
    process, job = slept
    await rewritten(process.stored, job.id, owner="1")
    await _answered(process)
    found = await process.now(job)
    assert (found.state, found.owner, found.remote_id) == (JobState.RUNNING, "1", "remote-1")
    assert len(process.watcher) == 0


async def test_late_refusal_requeues_no_job_of_another_process(slept: tuple[OneProcess, JobRecord]) -> None:
    """Its new owner searches for it, and says that it is not known whether the API took it."""
    process, job = slept
    process.api.answers = deque([QueueFull(status=403)])
    taken = await rewritten(process.stored, job.id, owner="1")
    await _answered(process)
    assert await process.now(job) == taken


async def test_end_is_recorded_by_the_owner_only(database: Database) -> None:
    """A process that was given up while it polled leaves the job to its new owner."""
    reading = asyncio.Event()

    class Slow(ScriptedApi):
        async def progress(self, message_id: str):  # type: ignore[no-untyped-def]
            await reading.wait()
            return await super().progress(message_id)

    async with OneProcess(database, Slow(reads=deque([done()]))) as process:
        job = await process.begin()

        async def is_running() -> bool:
            return (await process.now(job)).state is JobState.RUNNING

        await until(is_running)
        taken = await rewritten(process.stored, job.id, owner="1")
        reading.set()

        async def is_let_go() -> bool:
            return not process.lifecycle._tasks

        await until(is_let_go)
        assert (await process.now(job), process.presenter.endings) == (taken, [])
