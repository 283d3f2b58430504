"""Which processes are alive, and who looks after whose jobs."""

import asyncio
from datetime import UTC, datetime
from math import inf

import pytest
import sqlalchemy as sa

from bot.store import Database, JobRecord, JobState, JobStore, ProcessStore
from bot.store.db.schema import processes
from tests.bot.records import new_job

NOW = datetime.now(UTC)


@pytest.fixture
def living(database: Database) -> ProcessStore:
    return ProcessStore(database)


async def silent(database: Database, process: str, seconds: float) -> None:
    """Let the process have said nothing for so long."""
    change = sa.update(processes).where(processes.c.id == process).values(seen_at=processes.c.seen_at - seconds)
    await database.run(lambda connection: connection.execute(change))


async def kept(store: JobStore, owner: str | None, state: JobState = JobState.RUNNING) -> JobRecord:
    """A job of this process."""
    record, _ = await store.record(new_job(owner=owner))
    return await store.update(record.id, state=state)


def ids(jobs: list[JobRecord]) -> list[str]:
    return [job.id for job in jobs]


async def test_who_has_entered_is_alive_until_it_leaves(living: ProcessStore) -> None:
    """Each under its own id."""
    await living.enter("1", "run-1")
    await living.enter("0", "run-0")
    assert await living.alive(60) == ["0", "1"]
    assert await living.run_of("0") == "run-0"
    await living.leave("0", "run-0")
    assert await living.alive(60) == ["1"]
    assert await living.run_of("0") is None


async def test_who_is_silent_is_given_up(database: Database, living: ProcessStore) -> None:
    """By whoever looks; it finds out at its next beat. Patience gives nobody up."""
    await living.enter("0", "run-0")
    await living.enter("1", "run-1")
    await silent(database, "0", 10)
    assert await living.alive(inf) == ["0", "1"]
    assert await living.alive(20) == ["0", "1"]
    assert await living.alive(5) == ["1"]
    assert not await living.beat("0", "run-0")
    assert await living.beat("1", "run-1")


async def test_a_beat_is_heard(database: Database, living: ProcessStore) -> None:
    """It ends the silence."""
    await living.enter("0", "run-0")
    await silent(database, "0", 10)
    assert await living.beat("0", "run-0")
    assert await living.alive(5) == ["0"]


async def test_a_newer_run_takes_the_name(living: ProcessStore) -> None:
    """The older one is alive no longer, and its leaving does not take the newer one along."""
    await living.enter("0", "old")
    await living.enter("0", "new")
    assert not await living.beat("0", "old")
    await living.leave("0", "old")
    assert await living.run_of("0") == "new"
    assert await living.beat("0", "new")


async def test_jobs_without_a_living_owner_are_taken_over(store: JobStore, living: ProcessStore) -> None:
    """Of the dead, and of nobody; those of the living stay theirs. Oldest first, and once."""
    await living.enter("0", "run-0")
    await living.enter("1", "run-1")
    own, theirs = await kept(store, "0"), await kept(store, "1")
    dead, nobodys = await kept(store, "9"), await kept(store, None)
    assert ids(await living.take_over("0")) == [dead.id, nobodys.id]
    assert await living.take_over("0") == []
    assert ids(await living.owned("0")) == [own.id, dead.id, nobodys.id]
    assert ids(await living.owned("1")) == [theirs.id]


async def test_only_open_jobs_are_looked_after(store: JobStore, living: ProcessStore) -> None:
    """Those whose ending was not shown, and those of which a late result is awaited."""
    await living.enter("0", "run-0")
    opened = [await kept(store, "9", state) for state in JobState]
    told = await kept(store, "9", JobState.DONE)
    await store.update(told.id, delivered_at=NOW)
    late = await kept(store, "9", JobState.FAILED)
    await store.update(late.id, delivered_at=NOW, late_until=NOW)
    assert ids(await living.take_over("0")) == [*ids(opened), late.id]
    unchanged = await store.get(told.id)
    assert unchanged is not None
    assert unchanged.owner == "9"


async def test_one_of_many_takes_a_job_over(database: Database, store: JobStore, living: ProcessStore) -> None:
    """All look at the same moment: each job has one new owner, who alone is told of it."""
    for number in range(4):
        await living.enter(str(number), "run")
    stray = [await kept(store, "9") for _ in range(8)]
    found = await asyncio.gather(*(ProcessStore(database).take_over(str(number)) for number in range(4)))
    assert sorted(job.id for jobs in found for job in jobs) == sorted(ids(stray))


async def test_one_that_is_not_alive_takes_over_only_what_it_keeps(store: JobStore, living: ProcessStore) -> None:
    """What it took is stray again for those who are alive."""
    await living.enter("1", "run-1")
    stray = await kept(store, None)
    assert ids(await living.take_over("0")) == [stray.id]
    assert ids(await living.take_over("1")) == [stray.id]
