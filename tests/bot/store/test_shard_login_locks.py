"""Turns to log in: one process at a time, and nobody is kept waiting by a process or a database that is gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import sqlalchemy as sa

from bot.store import Database, ShardLoginLocks
from bot.store.db.transactions import ServerTransactions
from tests.support.postgres import PostgresServer

FOR_EVER = 3600.0
A_WHILE = 1.0


@pytest.fixture
async def processes(postgres: PostgresServer) -> AsyncIterator[list[Database]]:
    """Two processes on one database."""
    url = postgres.new_database()
    async with Database(url) as first, Database(url) as second:
        yield [first, second]


async def waits(turns: ShardLoginLocks, bucket: int) -> bool:
    """Whether it is somebody else's turn for a while."""
    try:
        async with asyncio.timeout(A_WHILE):
            await turns.acquire(bucket)
    except TimeoutError:
        return True
    return False


async def test_one_logs_in_at_a_time(processes: list[Database]) -> None:
    """Another process waits for its turn, and another shard of the same process as well."""
    async with AsyncExitStack() as stack:
        first, second = [await stack.enter_async_context(ShardLoginLocks(each, pause=FOR_EVER)) for each in processes]
        await first.acquire(0)
        assert await waits(second, 0)
        assert await waits(first, 0)


async def test_buckets_do_not_wait_for_each_other(processes: list[Database]) -> None:
    """Shards that Discord counts apart log in together."""
    async with AsyncExitStack() as stack:
        first, second = [await stack.enter_async_context(ShardLoginLocks(each, pause=FOR_EVER)) for each in processes]
        await first.acquire(0)
        await second.acquire(1)
        await second.acquire(2)


async def test_a_turn_ends_by_itself(processes: list[Database]) -> None:
    """All of them have logged in after some pauses."""
    async with AsyncExitStack() as stack:
        pair = [await stack.enter_async_context(ShardLoginLocks(each, pause=0.05)) for each in processes]
        await asyncio.gather(*(turns.acquire(0) for turns in pair * 3))


async def test_a_process_that_ends_gives_its_turn_back(processes: list[Database]) -> None:
    """The next one need not wait for a pause that nobody watches any more."""
    async with ShardLoginLocks(processes[1], pause=FOR_EVER) as second:
        async with ShardLoginLocks(processes[0], pause=FOR_EVER) as first:
            await first.acquire(0)
            waiting = asyncio.create_task(second.acquire(0))
            assert await waits(second, 0)
        await waiting


async def test_whoever_gives_up_takes_no_turn(processes: list[Database]) -> None:
    """A cancelled wait leaves nothing behind that would take the turn later."""
    async with ShardLoginLocks(processes[1], pause=FOR_EVER) as second:
        async with ShardLoginLocks(processes[0], pause=FOR_EVER) as first:
            await first.acquire(0)
            assert await waits(second, 0)
        await second.acquire(0)


async def test_schema_changes_are_not_held_up(processes: list[Database]) -> None:
    """During a turn an index can be built without locking its table, as the workflow engine does when it starts."""
    async with ShardLoginLocks(processes[0], pause=FOR_EVER) as turns, processes[1].engine.connect() as connection:
        await turns.acquire(0)
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        async with asyncio.timeout(30):
            await connection.exec_driver_sql("CREATE INDEX CONCURRENTLY on_price ON jobs (cost_credits)")


async def test_without_the_database_it_goes_on(
    processes: list[Database], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The shard logs in after a pause, and the log says why nobody was asked."""
    url = sa.make_url("postgresql+psycopg://nobody@127.0.0.1:1/none")
    monkeypatch.setattr(processes[0], "_server", ServerTransactions(url, {}))
    async with ShardLoginLocks(processes[0], pause=0.01) as turns:
        await turns.acquire(0)
    assert "the database can't tell whether other shards log in: OperationalError" in caplog.text
