"""Which lines of libraries an outage keeps from the log."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator

import psycopg
import pytest

from bot.store.db.outage import Outage
from bot.store.db.outage_log_filter import log_outage_once

ENGINE = logging.getLogger("dbos")
REFUSED = 'connection failed: connection to server at "127.0.0.1", port 1 failed: '


class Server:
    """Answers once it is there, and counts how often it was asked."""

    def __init__(self) -> None:
        self.is_there = False
        self.asked = 0

    async def ask(self) -> None:
        self.asked += 1
        if not self.is_there:
            raise psycopg.OperationalError(f"{REFUSED}Connection refused\n\tIs pa55word running?")


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def engine_log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.LogCaptureFixture]:
    """The test's log with the engine's own lines in it, which go to handlers of their own."""
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(ENGINE, "propagate", False)
    ENGINE.addHandler(caplog.handler)
    yield caplog
    ENGINE.removeHandler(caplog.handler)


@pytest.fixture
async def outage(server: Server) -> AsyncIterator[Outage]:
    """What the lines are told as."""
    outage = Outage(server.ask)
    with log_outage_once(outage):
        yield outage
    await outage.close()


def from_a_thread(level: int, line: str, **options: object) -> Callable[[], None]:
    """The engine's way to log something."""
    return lambda: ENGINE.log(level, line, **options)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    "line",
    [
        f"Exception listing queues: (psycopg.OperationalError) {REFUSED}Connection refused",
        f"Database connection failed: {REFUSED}FATAL:  the database system is starting up. Retrying in 1.5s",
        "Notification listener error: consuming input failed: server closed the connection unexpectedly",
        "Database connection failed: terminating connection due to administrator command",
        "Exception polling schedules: Traceback (most recent call last):\n OperationalError: the connection is closed",
    ],
)
async def test_many_lines_are_two(
    outage: Outage, server: Server, engine_log: pytest.LogCaptureFixture, line: str
) -> None:
    """A hundred of an outage's lines, from another thread, become one when it begins and one when it is over."""
    for _ in range(100):
        await asyncio.to_thread(from_a_thread(logging.WARNING, line))
    async with asyncio.timeout(30):
        while server.asked < 2:  # noqa: ASYNC110  # the server knows nothing of us
            await asyncio.sleep(0.01)
    server.is_there = True
    await outage.passed()
    await asyncio.to_thread(from_a_thread(logging.WARNING, line))
    await asyncio.sleep(0)
    await outage.passed()
    assert engine_log.messages == [
        f"The database does not answer ({REFUSED}Connection refused): the bot keeps trying.",
        "The database answers again.",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "Could not serialize the result of a step",
        f"Database connection failed: {REFUSED}FATAL:  sorry, too many clients already",
        f"Exception listing queues: {REFUSED}FATAL:  password authentication failed",
        'Exception listing queues: relation "queues" does not exist',
    ],
)
async def test_other_lines_pass(
    outage: Outage, server: Server, engine_log: pytest.LogCaptureFixture, line: str
) -> None:
    """What no outage explains stands in the log, and nobody asks the server for its sake."""
    await asyncio.to_thread(from_a_thread(logging.WARNING, line))
    await asyncio.sleep(0)
    assert (engine_log.messages, server.asked, outage.is_suspected) == ([line], 0, False)


async def test_a_workflow_that_broke_passes(outage: Outage, engine_log: pytest.LogCaptureFixture) -> None:
    """What came to harm by an outage is to be known, with its error."""
    error = psycopg.OperationalError("the connection is closed")
    await asyncio.to_thread(from_a_thread(logging.ERROR, "Exception in a workflow:", exc_info=error))
    assert engine_log.messages == ["Exception in a workflow:"]
    assert not outage.is_suspected


async def test_a_pool_that_lost_a_connection(outage: Outage, engine_log: pytest.LogCaptureFixture) -> None:
    """Its error harms nobody: it is told as an outage; another error of the pool's passes."""
    pool = logging.getLogger("sqlalchemy.pool.impl.QueuePool")
    pool.error("Exception terminating connection", exc_info=psycopg.OperationalError("the connection is lost"))
    pool.error("Exception during reset", exc_info=RuntimeError("something else"))
    assert engine_log.messages == ["Exception during reset"]


async def test_a_connection_alone_that_broke_off(
    outage: Outage, server: Server, engine_log: pytest.LogCaptureFixture
) -> None:
    """Where the server answers at once nobody speaks of an outage, and more such lines add nothing."""
    server.is_there = True
    for _ in range(3):
        await asyncio.to_thread(from_a_thread(logging.WARNING, "the connection is lost"))
        await asyncio.sleep(0)
        await outage.passed()
    assert engine_log.messages == ["The database broke off a connection (connection is lost). Others work."]


async def test_outside_its_block_nothing_is_kept_back(server: Server, engine_log: pytest.LogCaptureFixture) -> None:
    """Once the database is closed the lines are the log's again."""
    with log_outage_once(Outage(server.ask)):
        pass
    ENGINE.warning("the connection is lost")
    assert engine_log.messages == ["the connection is lost"]
