"""Login locks of shards: one login at a time, without waiting for a dead process or database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import sqlalchemy as sa

from bot.store import Database, ShardLoginLocks
from bot.store.db.transactions import ServerTransactions
from tests.support.postgres import PostgresServer

LONG_PAUSE = 3600.0
WAIT_SECONDS = 1.0


@pytest.fixture
async def processes(postgres: PostgresServer) -> AsyncIterator[list[Database]]:
    """Two processes' connections to one database."""
    url = postgres.new_database()
    async with Database(url) as first, Database(url) as second:
        yield [first, second]


async def has_to_wait(locks: ShardLoginLocks, bucket: int) -> bool:
    """Whether acquiring the lock has to wait."""
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            await locks.acquire(bucket)
    except TimeoutError:
        return True
    return False


async def test_one_login_at_a_time(processes: list[Database]) -> None:
    """While a shard logs in, other processes and other shards of the same process wait."""
    async with AsyncExitStack() as stack:
        first, second = [await stack.enter_async_context(ShardLoginLocks(each, pause=LONG_PAUSE)) for each in processes]
        await first.acquire(0)
        assert await has_to_wait(second, 0)
        assert await has_to_wait(first, 0)


async def test_buckets_do_not_wait_for_each_other(processes: list[Database]) -> None:
    """Shards of different rate limit buckets log in at the same time."""
    async with AsyncExitStack() as stack:
        first, second = [await stack.enter_async_context(ShardLoginLocks(each, pause=LONG_PAUSE)) for each in processes]
        await first.acquire(0)
        await second.acquire(1)
        await second.acquire(2)


async def test_a_lock_is_released_after_its_pause(processes: list[Database]) -> None:
    """A lock is released after its pause, so that all shards log in."""
    async with AsyncExitStack() as stack:
        pair = [await stack.enter_async_context(ShardLoginLocks(each, pause=0.05)) for each in processes]
        await asyncio.gather(*(locks.acquire(0) for locks in pair * 3))


async def test_a_process_that_ends_releases_its_lock(processes: list[Database]) -> None:
    """A process that ends releases its lock at once."""
    async with ShardLoginLocks(processes[1], pause=LONG_PAUSE) as second:
        async with ShardLoginLocks(processes[0], pause=LONG_PAUSE) as first:
            await first.acquire(0)
            waiting = asyncio.create_task(second.acquire(0))
            assert await has_to_wait(second, 0)
        await waiting


async def test_a_cancelled_wait_takes_no_lock(processes: list[Database]) -> None:
    """A cancelled wait does not acquire the lock later."""
    async with ShardLoginLocks(processes[1], pause=LONG_PAUSE) as second:
        async with ShardLoginLocks(processes[0], pause=LONG_PAUSE) as first:
            await first.acquire(0)
            assert await has_to_wait(second, 0)
        await second.acquire(0)


async def test_schema_changes_are_not_blocked(processes: list[Database]) -> None:
    """CREATE INDEX CONCURRENTLY, which the workflow engine uses, works while a lock is held."""
    async with ShardLoginLocks(processes[0], pause=LONG_PAUSE) as locks, processes[1].engine.connect() as connection:
        await locks.acquire(0)
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        async with asyncio.timeout(30):
            await connection.exec_driver_sql("CREATE INDEX CONCURRENTLY on_price ON jobs (cost_credits)")


async def test_login_without_the_database(
    processes: list[Database], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without the database the shard logs in after a pause, and the log says why."""
    url = sa.make_url("postgresql+psycopg://nobody@127.0.0.1:1/none")
    monkeypatch.setattr(processes[0], "_server", ServerTransactions(url, {}))
    async with ShardLoginLocks(processes[0], pause=0.01) as locks:
        await locks.acquire(0)
    assert "the database can't tell whether other shards log in: OperationalError" in caplog.text
