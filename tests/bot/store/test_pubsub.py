"""Messages between processes through PostgreSQL's LISTEN and NOTIFY."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from bot.store import Database, PostgresPubSub
from bot.store.pubsub import MAX_PAYLOAD_BYTES
from tests.support.postgres import PostgresServer


@pytest.fixture
async def database(postgres: PostgresServer) -> AsyncIterator[Database]:
    """A database that several processes share."""
    async with Database(postgres.new_database()) as database:
        yield database


@pytest.fixture
async def first(database: Database) -> AsyncIterator[PostgresPubSub]:
    """The first process."""
    async with PostgresPubSub(database) as pubsub:
        yield pubsub


@pytest.fixture
async def second(database: Database) -> AsyncIterator[PostgresPubSub]:
    """The second process."""
    async with PostgresPubSub(database) as pubsub:
        yield pubsub


async def received(pubsub: PostgresPubSub, topic: str, sender: PostgresPubSub, *texts: str) -> list[str]:
    """The texts that a subscriber receives after these are published."""
    arrived: asyncio.Queue[str] = asyncio.Queue()
    pubsub.subscribe(topic, arrived.put_nowait)
    for text in texts:
        await sender.publish(topic, text)
    async with asyncio.timeout(30):
        return [await arrived.get() for _ in texts]


async def test_all_processes_receive_a_text(first: PostgresPubSub, second: PostgresPubSub) -> None:
    """Other processes and the sender receive every text unchanged."""
    texts = ["job-1", "", "two\nlines", "'quoted' \"twice\" \\ 🦊", "ä" * (MAX_PAYLOAD_BYTES // 2)]
    assert await received(second, "wake", first, *texts) == texts
    assert await received(first, "wake", first, *texts) == texts


async def test_subscribers_receive_their_topic_only(first: PostgresPubSub, second: PostgresPubSub) -> None:
    """Subscribers receive their own topic only, in order."""
    calls: list[tuple[str, str]] = []
    second.subscribe("other", lambda text: calls.append(("other", text)))
    second.subscribe("wake", lambda text: calls.append(("first", text)))
    second.subscribe("wake", lambda text: calls.append(("second", text)))
    assert await received(second, "wake", first, "1", "2") == ["1", "2"]
    assert calls == [("first", "1"), ("second", "1"), ("first", "2"), ("second", "2")]


async def test_a_failing_subscriber(
    first: PostgresPubSub, second: PostgresPubSub, caplog: pytest.LogCaptureFixture
) -> None:
    """A failing subscriber is logged and does not affect the others."""

    def fail(_: str) -> None:
        raise LookupError("a listener's own mistake")

    second.subscribe("wake", fail)
    assert await received(second, "wake", first, "1", "2") == ["1", "2"]
    errors = [record.exc_text or "" for record in caplog.records if record.levelno == logging.ERROR]
    assert ["a listener's own mistake" in error for error in errors] == [True, True]


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("wake", "x" * (MAX_PAYLOAD_BYTES + 1)),
        ("wake", "ä" * MAX_PAYLOAD_BYTES),
        ("wake", "a\0b"),
        ("two\nlines", ""),
        ("t" * 101, ""),
    ],
)
async def test_invalid_messages(first: PostgresPubSub, topic: str, text: str) -> None:
    """An invalid topic or text raises an error for the publisher."""
    with pytest.raises(ValueError, match="signal"):
        await first.publish(topic, text)


async def test_a_server_restart(
    postgres: PostgresServer,
    first: PostgresPubSub,
    second: PostgresPubSub,
    database: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """After a server restart both reconnect, call their callbacks and receive again; the log has two lines."""
    caplog.set_level(logging.INFO)
    reconnected = asyncio.Barrier(3)
    waiting: list[asyncio.Task[int]] = []
    for pubsub in (first, second):
        pubsub.on_reconnect(lambda: waiting.append(asyncio.create_task(reconnected.wait())))
    async with postgres.away():
        await first.publish("wake", "nobody hears this")
        await database.outage.passed(0.1)
        await first.publish("wake", "nor this")
    async with asyncio.timeout(60):
        await reconnected.wait()
    assert await received(second, "wake", first, "again") == ["again"]
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert len(waiting) == 2


async def test_a_terminated_connection(first: PostgresPubSub, database: Database) -> None:
    """After its connection is terminated it reconnects, calls its callback and receives again."""
    reconnected = asyncio.Event()
    first.on_reconnect(reconnected.set)
    ended = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    await database.run(lambda connection: connection.execute(ended))
    async with asyncio.timeout(60):
        await reconnected.wait()
    assert await received(first, "wake", first, "again") == ["again"]


async def test_a_start_during_an_outage(postgres: PostgresServer, database: Database) -> None:
    """A start during an outage does not wait; it connects later and calls its callback."""
    reconnected = asyncio.Event()
    async with postgres.away():
        pubsub = PostgresPubSub(database)
        pubsub.on_reconnect(reconnected.set)
        await pubsub.__aenter__()
    async with asyncio.timeout(60):
        await reconnected.wait()
    assert await received(pubsub, "wake", pubsub, "here") == ["here"]
    await pubsub.__aexit__(None, None, None)


async def test_closing_during_an_outage(postgres: PostgresServer, database: Database) -> None:
    """Closing during an outage does not wait and leaves no connection."""
    pubsub = await PostgresPubSub(database).__aenter__()
    async with postgres.away(), asyncio.timeout(60):
        await database.outage.passed(0.1)
        await pubsub.__aexit__(None, None, None)
    listening = sa.text("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    assert await database.run(lambda connection: connection.execute(listening).scalar_one()) == 0


async def test_an_unexpected_error_does_not_end_it(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It listens again, calls its callback, and logs the error once."""
    real, errors, reconnected = Database.dedicated_connection, [RuntimeError("broken")] * 3, asyncio.Event()

    async def connection(self: Database) -> object:
        if errors:
            raise errors.pop()
        return await real(self)

    monkeypatch.setattr(Database, "dedicated_connection", connection)
    pubsub = PostgresPubSub(database)
    pubsub.on_reconnect(reconnected.set)
    async with pubsub, asyncio.timeout(60):
        await reconnected.wait()
        assert await received(pubsub, "wake", pubsub, "here") == ["here"]
    assert [record.levelno for record in caplog.records if record.levelno >= logging.ERROR] == [logging.ERROR]
