"""Heartbeats of processes, and takeover of their jobs."""

import asyncio
from datetime import UTC, datetime
from math import inf

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from bot.store import Database, JobRecord, JobState, JobStore, ProcessStore
from bot.store.db.clock import lock_exclusively
from bot.store.db.errors import is_passing
from bot.store.db.schema import processes
from tests.bot.records import new_job, rewritten
from tests.support.migrated import migrated_database
from tests.support.postgres import PostgresServer

NOW = datetime.now(UTC)


@pytest.fixture
def process_store(database: Database) -> ProcessStore:
    return ProcessStore(database)


async def age_heartbeat(database: Database, process: str, seconds: float) -> None:
    """Set back the process's last heartbeat by this many seconds."""
    change = sa.update(processes).where(processes.c.id == process).values(seen_at=processes.c.seen_at - seconds)
    await database.run(lambda connection: connection.execute(change))


async def record_job(store: JobStore, owner: str | None, state: JobState = JobState.RUNNING) -> JobRecord:
    """Record a job that this process owns."""
    record, _ = await store.record(new_job(owner=owner))
    return await rewritten(store, record.id, state=state)


def ids(jobs: list[JobRecord]) -> list[str]:
    return [job.id for job in jobs]


async def test_alive_until_leaving(process_store: ProcessStore) -> None:
    """A process is alive from entering until leaving."""
    await process_store.enter("1", "run-1")
    await process_store.enter("0", "run-0")
    assert await process_store.alive(60) == ["0", "1"]
    assert await process_store.run_of("0") == "run-0"
    await process_store.leave("0", "run-0")
    assert await process_store.alive(60) == ["1"]
    assert await process_store.run_of("0") is None


async def test_a_name_in_use_is_not_given_away(database: Database, process_store: ProcessStore) -> None:
    """Only once its run is silent, or one that the caller may replace."""
    assert await process_store.enter("0", "first", silence=8) is None
    assert await process_store.enter("0", "second", silence=8) == "first"
    assert await process_store.enter("0", "second", silence=8, replaces=["other"]) == "first"
    assert await process_store.enter("0", "first", silence=8) is None
    assert await process_store.enter("0", "second", silence=8, replaces=["first"]) is None
    assert await process_store.run_of("0") == "second"
    await age_heartbeat(database, "0", 10)
    assert await process_store.enter("0", "third", silence=inf) == "second"
    assert await process_store.enter("0", "third", silence=8) is None
    assert await process_store.beat("0", "third")


async def test_one_of_several_takes_a_name(process_store: ProcessStore) -> None:
    """Those that start at the same time don't replace each other."""
    found = await asyncio.gather(*(process_store.enter("0", f"run {number}", silence=8) for number in range(5)))
    assert found.count(None) == 1
    assert set(found) - {None} == {await process_store.run_of("0")}


async def test_a_process_without_heartbeats_is_removed(database: Database, process_store: ProcessStore) -> None:
    """A process without heartbeats is removed by the next check and notices at its next heartbeat."""
    await process_store.enter("0", "run-0")
    await process_store.enter("1", "run-1")
    await age_heartbeat(database, "0", 10)
    assert await process_store.alive(inf) == ["0", "1"]
    assert await process_store.alive(20) == ["0", "1"]
    assert await process_store.alive(5) == ["1"]
    assert not await process_store.beat("0", "run-0")
    assert await process_store.beat("1", "run-1")


async def test_a_heartbeat_keeps_a_process_alive(database: Database, process_store: ProcessStore) -> None:
    """A heartbeat keeps a process alive."""
    await process_store.enter("0", "run-0")
    await age_heartbeat(database, "0", 10)
    assert await process_store.beat("0", "run-0")
    assert await process_store.alive(5) == ["0"]


async def test_a_newer_run_replaces_an_older_one(process_store: ProcessStore) -> None:
    """A newer run replaces an older one with the same id, whose leaving has no effect."""
    await process_store.enter("0", "old")
    await process_store.enter("0", "new")
    assert not await process_store.beat("0", "old")
    await process_store.leave("0", "old")
    assert await process_store.run_of("0") == "new"
    assert await process_store.beat("0", "new")


async def test_jobs_of_dead_owners_are_taken_over(store: JobStore, process_store: ProcessStore) -> None:
    """Jobs of dead processes and without an owner are taken over once, oldest first."""
    await process_store.enter("0", "run-0")
    await process_store.enter("1", "run-1")
    own, theirs = await record_job(store, "0"), await record_job(store, "1")
    dead, unowned = await record_job(store, "9"), await record_job(store, None)
    assert ids(await process_store.take_over("0")) == [dead.id, unowned.id]
    assert await process_store.take_over("0") == []
    assert ids(await process_store.owned("0")) == [own.id, dead.id, unowned.id]
    assert ids(await process_store.owned("1")) == [theirs.id]


async def test_only_open_jobs_are_taken_over(store: JobStore, process_store: ProcessStore) -> None:
    """Only undelivered jobs and those with an expected late result are taken over."""
    await process_store.enter("0", "run-0")
    opened = [await record_job(store, "9", state) for state in JobState]
    delivered = await record_job(store, "9", JobState.DONE)
    await rewritten(store, delivered.id, delivered_at=NOW)
    late = await record_job(store, "9", JobState.FAILED)
    await rewritten(store, late.id, delivered_at=NOW, late_until=NOW)
    assert ids(await process_store.take_over("0")) == [*ids(opened), late.id]
    unchanged = await store.get(delivered.id)
    assert unchanged is not None
    assert unchanged.owner == "9"


async def test_simultaneous_takeovers(database: Database, store: JobStore, process_store: ProcessStore) -> None:
    """Simultaneous takeovers give each job one new owner."""
    for number in range(4):
        await process_store.enter(str(number), "run")
    stray = [await record_job(store, "9") for _ in range(8)]
    found = await asyncio.gather(*(ProcessStore(database).take_over(str(number)) for number in range(4)))
    assert sorted(job.id for jobs in found for job in jobs) == sorted(ids(stray))


async def test_a_takeover_by_a_dead_process(store: JobStore, process_store: ProcessStore) -> None:
    """Jobs taken by a process that is not alive can be taken over again."""
    await process_store.enter("1", "run-1")
    stray = await record_job(store, None)
    assert ids(await process_store.take_over("0")) == [stray.id]
    assert ids(await process_store.take_over("1")) == [stray.id]


async def test_no_process_waits_for_one_that_stands_still(postgres: PostgresServer) -> None:
    """It may stand still for hours while it has the lock, and heartbeats would stop as long."""
    looked: list[list[str]] = []

    async def look(living: list[str]) -> None:
        looked.append(living)
        if len(looked) == 1:
            assert not await ProcessStore(other).with_living(look)

    url = migrated_database(postgres)
    async with Database(url) as database, Database(url) as other:
        await ProcessStore(database).enter("0", "run-0")
        assert await ProcessStore(database).with_living(look)
        assert looked == [["0"]]
        assert await ProcessStore(other).with_living(look)


async def test_transaction_of_a_process_that_stands_still(postgres: PostgresServer) -> None:
    """The server ends it, so its locks hold up no other process; its own process repeats it later."""
    url = migrated_database(postgres)
    async with Database(url) as frozen, Database(url) as database, asyncio.timeout(60):
        async with frozen.engine.connect() as connection:
            assert await connection.scalar(sa.text("SHOW idle_in_transaction_session_timeout")) == "15s"
            await connection.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 200"))
            await connection.run_sync(lambda inside: lock_exclusively(inside, processes))
            await ProcessStore(database).enter("1", "run-1")
            with pytest.raises(DBAPIError) as caught:
                await connection.execute(sa.text("SELECT 1"))
        assert is_passing(caught.value)
        await ProcessStore(frozen).enter("0", "run-0")
        assert await ProcessStore(database).alive(60) == ["0", "1"]
