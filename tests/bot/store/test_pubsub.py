"""What processes tell each other through PostgreSQL."""

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
    """One that is shared by several processes."""
    async with Database(postgres.new_database()) as database:
        yield database


@pytest.fixture
async def near(database: Database) -> AsyncIterator[PostgresPubSub]:
    """One process."""
    async with PostgresPubSub(database) as signals:
        yield signals


@pytest.fixture
async def far(database: Database) -> AsyncIterator[PostgresPubSub]:
    """Another one."""
    async with PostgresPubSub(database) as signals:
        yield signals


async def heard(signals: PostgresPubSub, topic: str, sender: PostgresPubSub, *texts: str) -> list[str]:
    """What a listener of this topic hears of these texts, in their order."""
    arrived: asyncio.Queue[str] = asyncio.Queue()
    signals.subscribe(topic, arrived.put_nowait)
    for text in texts:
        await sender.publish(topic, text)
    async with asyncio.timeout(30):
        return [await arrived.get() for _ in texts]


async def test_everybody_hears_it(near: PostgresPubSub, far: PostgresPubSub) -> None:
    """The other process and the sender's own, every text as it was sent, lines and quotes included."""
    texts = ["job-1", "", "two\nlines", "'quoted' \"twice\" \\ 🦊", "ä" * (MAX_PAYLOAD_BYTES // 2)]
    assert await heard(far, "wake", near, *texts) == texts
    assert await heard(near, "wake", near, *texts) == texts


async def test_only_those_who_listen_to_the_topic(near: PostgresPubSub, far: PostgresPubSub) -> None:
    """A listener hears its topic alone; of one topic there may be several, in the order they came."""
    calls: list[tuple[str, str]] = []
    far.subscribe("other", lambda text: calls.append(("other", text)))
    far.subscribe("wake", lambda text: calls.append(("first", text)))
    far.subscribe("wake", lambda text: calls.append(("second", text)))
    assert await heard(far, "wake", near, "1", "2") == ["1", "2"]
    assert calls == [("first", "1"), ("second", "1"), ("first", "2"), ("second", "2")]


async def test_a_listener_that_fails(
    near: PostgresPubSub, far: PostgresPubSub, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says so, the others hear the text, and everybody hears the next."""

    def fail(_: str) -> None:
        raise LookupError("a listener's own mistake")

    far.subscribe("wake", fail)
    assert await heard(far, "wake", near, "1", "2") == ["1", "2"]
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
async def test_what_can_not_be_sent(near: PostgresPubSub, topic: str, text: str) -> None:
    """A mistake of the sender's is told to the sender."""
    with pytest.raises(ValueError, match="signal"):
        await near.publish(topic, text)


async def test_a_restart_of_the_server(
    postgres: PostgresServer,
    near: PostgresPubSub,
    far: PostgresPubSub,
    database: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What is sent meanwhile is dropped, both are told to look at the tables, and hear again; the log says it once."""
    caplog.set_level(logging.INFO)
    looked = asyncio.Barrier(3)
    waiting: list[asyncio.Task[int]] = []
    for signals in (near, far):
        signals.on_reconnect(lambda: waiting.append(asyncio.create_task(looked.wait())))
    async with postgres.away():
        await near.publish("wake", "nobody hears this")
        await database.outage.passed(0.1)
        await near.publish("wake", "nor this")
    async with asyncio.timeout(60):
        await looked.wait()
    assert await heard(far, "wake", near, "again") == ["again"]
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert len(waiting) == 2


async def test_an_administrator_ends_the_connection(near: PostgresPubSub, database: Database) -> None:
    """It listens on another one, after a look at what it may have missed."""
    looked = asyncio.Event()
    near.on_reconnect(looked.set)
    ended = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    await database.run(lambda connection: connection.execute(ended))
    async with asyncio.timeout(60):
        await looked.wait()
    assert await heard(near, "wake", near, "again") == ["again"]


async def test_a_start_while_the_server_is_away(postgres: PostgresServer, database: Database) -> None:
    """Nobody waits for it; once it is back it is listened to, after a look at the tables."""
    looked = asyncio.Event()
    async with postgres.away():
        signals = PostgresPubSub(database)
        signals.on_reconnect(looked.set)
        await signals.__aenter__()
    async with asyncio.timeout(60):
        await looked.wait()
    assert await heard(signals, "wake", signals, "here") == ["here"]
    await signals.__aexit__(None, None, None)


async def test_closed_while_the_server_is_away(postgres: PostgresServer, database: Database) -> None:
    """Its end waits for nobody, and leaves no connection behind."""
    signals = await PostgresPubSub(database).__aenter__()
    async with postgres.away(), asyncio.timeout(60):
        await database.outage.passed(0.1)
        await signals.__aexit__(None, None, None)
    listening = sa.text("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    assert await database.run(lambda connection: connection.execute(listening).scalar_one()) == 0
