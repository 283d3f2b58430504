"""Broken connections, outages, deadlocks and write conflicts."""

import asyncio
import gc
import logging
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.util import await_only
from yarl import URL

from bot.store import (
    ApiKeyStore,
    Database,
    Draft,
    DraftStore,
    DraftUse,
    Interrupted,
    JobQueueStore,
    JobRecord,
    JobState,
    JobStore,
    ProcessStore,
)
from bot.store.db.schema import jobs
from tests.bot.records import TOKEN, new_job, rewritten
from tests.bot.store.queue_model import NO_LIMITS
from tests.support.postgres import PostgresServer
from tests.support.postgres_proxy import PostgresProxy

OUTAGE = "bot.store.db.outage"
NOW = datetime.now(UTC)
PASSWORD = "pa55word"


@pytest.fixture
async def server_database(postgres: PostgresServer, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Database]:
    """A database on PostgreSQL, with outage lines captured in the test's log."""
    caplog.set_level(logging.INFO, OUTAGE)
    async with Database(str(URL(postgres.new_database()).with_password(PASSWORD))) as database:
        yield database


def outage_lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Level and first words of the outage lines in the log."""
    return [
        (record.levelname, record.getMessage().partition(" (")[0]) for record in caplog.records if record.name == OUTAGE
    ]


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_a_server_restart(
    postgres: PostgresServer, server_database: Database, caplog: pytest.LogCaptureFixture, mode: str
) -> None:
    """Thirty writes and reads survive a server restart, with one log line at its start and one at its end."""
    store = JobStore(server_database)
    known, _ = await store.record(new_job())
    async with postgres.away(mode):
        writing = [asyncio.create_task(store.record(new_job())) for _ in range(30)]
        reading = [asyncio.create_task(store.get(known.id)) for _ in range(30)]
        while not outage_lines(caplog):  # noqa: ASYNC110  # there is no event to wait for
            await asyncio.sleep(0.01)
    assert all(is_new for _, is_new in await asyncio.gather(*writing))
    assert await asyncio.gather(*reading) == [known] * 30
    await server_database.outage.passed()
    assert outage_lines(caplog) == [
        ("WARNING", "The database does not answer"),
        ("INFO", "The database answers again."),
    ]


async def test_a_long_outage(
    postgres: PostgresServer, server_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """A long outage raises an error at last, without the password or the written values in it."""
    write = sa.update(jobs).values(token=TOKEN)
    async with postgres.away():
        with pytest.raises(DBAPIError, match="connection failed"):
            await server_database.check()
        with pytest.raises(DBAPIError, match="connection failed") as raised:
            await server_database.run(lambda connection: connection.execute(write), retry_seconds=0.3)
    await server_database.outage.passed()
    assert len(outage_lines(caplog)) == 2
    everything = "".join(traceback.format_exception(raised.value)) + caplog.text
    assert PASSWORD not in everything
    assert TOKEN not in everything


async def test_a_terminated_connection(server_database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """When a connection is terminated in a transaction, the whole work is repeated on another one."""
    store = JobStore(server_database)
    numbers: list[str] = []

    def work(connection: sa.Connection) -> None:
        job = new_job()
        numbers.append(job.id)
        connection.execute(sa.text("CREATE TABLE IF NOT EXISTS tries (id text)"))
        connection.execute(sa.text("INSERT INTO tries VALUES (:id)"), {"id": job.id})
        if len(numbers) == 1:
            connection.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))

    await server_database.run(work)
    query = sa.text("SELECT id FROM tries")
    kept = await server_database.run(lambda connection: connection.execute(query).scalars().all())
    assert (len(numbers), kept) == (2, numbers[1:])
    assert outage_lines(caplog) == [("WARNING", "The database broke off a connection")]
    assert await store.unfinished() == []


async def test_a_deadlock(server_database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """A deadlock's victim is retried without a log line."""
    store = JobStore(server_database)
    ids = [(await store.record(new_job()))[0].id for _ in range(2)]
    met = asyncio.Barrier(2)
    tries: list[str] = []

    def lock(connection: sa.Connection, first: str, second: str) -> None:
        tries.append(first)
        connection.execute(sa.select(jobs.c.id).where(jobs.c.id == first).with_for_update())
        if tries.count(first) == 1:
            await_only(met.wait())
        connection.execute(sa.select(jobs.c.id).where(jobs.c.id == second).with_for_update())

    await asyncio.gather(
        server_database.run(lambda connection: lock(connection, ids[0], ids[1])),
        server_database.run(lambda connection: lock(connection, ids[1], ids[0])),
    )
    assert len(tries) == 3
    assert outage_lines(caplog) == []


async def test_a_concurrent_sqlite_write(tmp_path: Path) -> None:
    """A SQLite transaction that read before another's write is repeated on the new data."""
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    async with Database(url) as database, Database(url) as other:
        seen: list[int] = []
        loop = asyncio.get_running_loop()

        def work(connection: sa.Connection) -> None:
            connection.exec_driver_sql("BEGIN")
            seen.append(connection.execute(sa.select(sa.func.count()).select_from(jobs)).scalar_one())
            if len(seen) == 1:
                asyncio.run_coroutine_threadsafe(JobStore(other).record(new_job()), loop).result(10)
            connection.execute(sa.update(jobs).values(state=JobState.FAILED))

        await database.run(work)
        assert seen == [0, 1]


async def test_other_errors_are_raised_at_once(server_database: Database) -> None:
    """An invalid statement is not retried."""
    tries: list[sa.Connection] = []

    def work(connection: sa.Connection) -> None:
        tries.append(connection)
        connection.execute(sa.text("SELECT nothing FROM nowhere"))

    with pytest.raises(ProgrammingError):
        await server_database.run(work)
    assert len(tries) == 1


async def test_a_cancelled_caller_returns(postgres: PostgresServer, server_database: Database) -> None:
    """A cancelled caller returns during an outage, and its write is made later."""
    store = JobStore(server_database)
    job = new_job()
    async with postgres.away():
        writing = asyncio.create_task(store.record(job))
        while not server_database.outage.is_suspected:  # noqa: ASYNC110  # there is no event to wait for
            await asyncio.sleep(0.01)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
    async with asyncio.timeout(60):
        while await store.get(job.id) is None:  # noqa: ASYNC110  # there is no event to wait for
            await asyncio.sleep(0.01)


async def test_closing_during_an_outage(postgres: PostgresServer) -> None:
    """Closing the database during an outage ends waiting callers with the error."""
    database = await Database(postgres.new_database()).__aenter__()
    async with postgres.away():
        queued_job = asyncio.create_task(JobStore(database).unfinished())
        while not database.outage.is_suspected:  # noqa: ASYNC110  # there is no event to wait for
            await asyncio.sleep(0.01)
        async with asyncio.timeout(60):
            await database.__aexit__(None, None, None)
        with pytest.raises(DBAPIError):
            await queued_job


@pytest.fixture
async def proxy(postgres: PostgresServer) -> AsyncIterator[PostgresProxy]:
    """A proxy in front of PostgreSQL that can break connections."""
    async with PostgresProxy(postgres.new_database()) as proxy:
        yield proxy


async def test_a_job_with_a_lost_commit_answer(proxy: PostgresProxy) -> None:
    """A lost commit answer on recording: the job counts as new and is recorded once."""
    async with Database(proxy.url) as database:
        store = JobStore(database)
        job = new_job(once_key="press:p:U1")
        proxy.break_at_commit()
        record, is_new = await store.record(job)
        assert (proxy.broken_connections, is_new) == (1, True)
        assert await store.unfinished() == [record]
        assert await store.record(new_job(once_key="press:p:U1")) == (record, False)


async def test_an_update_with_a_lost_commit_answer(proxy: PostgresProxy) -> None:
    """A lost commit answer on an update: the repeated update has the same result."""
    async with Database(proxy.url) as database:
        store = JobStore(database)
        job, _ = await store.record(new_job())
        proxy.break_at_commit()
        changed = await rewritten(store, job.id, remote_id="remote", state=JobState.RUNNING)
        assert (proxy.broken_connections, changed.remote_id) == (1, "remote")
        assert await store.get(job.id) == changed


async def test_a_draft_with_a_lost_commit_answer(proxy: PostgresProxy) -> None:
    """A lost commit answer on a draft: it is kept, and its use succeeds once."""
    async with Database(proxy.url) as database:
        drafts = DraftStore(database)
        proxy.break_at_commit()
        await drafts.keep(Draft(id="draft", purpose="repeat", user_id=1, content={"a": 1}, created_at=NOW))
        proxy.break_at_commit()
        assert await drafts.use("draft", NOW)
        assert proxy.broken_connections == 2
        assert not await drafts.use("draft", NOW)


async def test_a_job_and_its_draft_with_a_lost_commit_answer(proxy: PostgresProxy) -> None:
    """A lost commit answer on recording: the job counts as new, and its draft is used by it."""
    async with Database(proxy.url) as database:
        store, drafts = JobStore(database), DraftStore(database)
        await drafts.keep(Draft(id="draft", purpose="mask", user_id=1, content={"a": 1}, created_at=NOW))
        proxy.break_at_commit()
        record, is_new = await store.record(new_job(), draft=DraftUse(draft_id="draft", at=NOW))
        assert (proxy.broken_connections, is_new) == (1, True)
        assert await store.unfinished() == [record]
        assert not await drafts.use("draft", NOW)


async def queued_job(database: Database, **changes: Any) -> JobRecord:
    """A queued job, with an API key that can dispatch it."""
    store = JobStore(database)
    await ApiKeyStore(database).ensure(["a"])
    record, _ = await store.record(new_job(**changes))
    return await rewritten(store, record.id, state=JobState.WAITING)


async def test_a_dispatch_with_a_lost_commit_answer(proxy: PostgresProxy) -> None:
    """A lost commit answer on dispatch: the same job is returned, and one turn of the key is used."""
    async with Database(proxy.url) as database:
        first, second = await queued_job(database, owner="0"), await queued_job(database, owner="0")
        proxy.break_at_commit()
        turn = await JobQueueStore(database).take_next("a", "0", NO_LIMITS, turn=100, courtesy=0)
        assert turn.job is not None
        assert (proxy.broken_connections, turn.job.id, turn.job.calls) == (1, first.id, 1)
        assert (await JobStore(database).get(second.id)) == second
        assert 90 < await ApiKeyStore(database).reserve("a", 0) <= 100


async def test_a_move_with_a_lost_commit_answer(proxy: PostgresProxy) -> None:
    """A lost commit answer on a state change: it counts for its caller only."""
    async with Database(proxy.url) as database:
        store = JobStore(database)
        job = await queued_job(database, owner="0")
        await rewritten(store, job.id, state=JobState.DISPATCHED)
        proxy.break_at_commit()
        step = {"state": JobState.SUBMITTING, "submitting_at": NOW}
        assert await store.move(job.id, JobState.DISPATCHED, of="0", **step) is not None  # type: ignore[arg-type]
        assert proxy.broken_connections == 1
        later = step | {"submitting_at": NOW + timedelta(seconds=1)}
        assert await store.move(job.id, JobState.DISPATCHED, of="0", **later) is None  # type: ignore[arg-type]


async def test_a_takeover_with_a_lost_commit_answer(proxy: PostgresProxy) -> None:
    """A lost commit answer on a takeover raises an error, and the taken jobs belong to the process."""
    async with Database(proxy.url) as database:
        processes = ProcessStore(database)
        job = await queued_job(database, owner="9")
        await processes.enter("0", "run")
        proxy.break_at_commit()
        with pytest.raises(Interrupted):
            await processes.take_over("0")
        assert [own.id for own in await processes.owned("0")] == [job.id]


async def test_a_quarantine_with_a_lost_commit_answer(proxy: PostgresProxy) -> None:
    """A lost commit answer on quarantining a key: it is quarantined once."""
    async with Database(proxy.url) as database:
        keys = ApiKeyStore(database)
        await keys.ensure(["a"])
        proxy.break_at_commit()
        await keys.quarantine("a", "Refused.", 100)
        assert proxy.broken_connections == 1
        assert [key.reason for key in await keys.quarantined()] == ["Refused."]


async def test_an_error_after_the_caller_is_cancelled(server_database: Database) -> None:
    """Nothing reads it, and nothing reports that."""
    unread: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unread.append(context))
    failing = asyncio.create_task(server_database.run(lambda connection: connection.execute(sa.text("SELECT nothing"))))
    await asyncio.sleep(0)
    failing.cancel()
    await asyncio.wait({failing, *server_database._running})
    del failing
    gc.collect()
    assert unread == []
