"""Log lines of libraries that are replaced during an outage."""

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
    """A server that refuses connections until `is_up`, and counts them."""

    def __init__(self) -> None:
        self.is_up = False
        self.checks = 0

    async def ask(self) -> None:
        self.checks += 1
        if not self.is_up:
            raise psycopg.OperationalError(f"{REFUSED}Connection refused\n\tIs pa55word running?")


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def engine_log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.LogCaptureFixture]:
    """The test's log with the workflow engine's lines, which have their own handlers."""
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(ENGINE, "propagate", False)
    ENGINE.addHandler(caplog.handler)
    yield caplog
    ENGINE.removeHandler(caplog.handler)


@pytest.fixture
async def outage(server: Server) -> AsyncIterator[Outage]:
    """An outage that replaces the log lines."""
    outage = Outage(server.ask)
    with log_outage_once(outage):
        yield outage
    await outage.close()


def engine_line(level: int, line: str, **options: object) -> Callable[[], None]:
    """A function that logs as the workflow engine does."""
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
async def test_outage_lines_become_two(
    outage: Outage, server: Server, engine_log: pytest.LogCaptureFixture, line: str
) -> None:
    """A hundred lines about an outage, from another thread, become one at its start and one at its end."""
    for _ in range(100):
        await asyncio.to_thread(engine_line(logging.WARNING, line))
    async with asyncio.timeout(30):
        while server.checks < 2:  # noqa: ASYNC110  # there is no event to wait for
            await asyncio.sleep(0.01)
    server.is_up = True
    await outage.passed()
    await asyncio.to_thread(engine_line(logging.WARNING, line))
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
async def test_other_lines_are_kept(
    outage: Outage, server: Server, engine_log: pytest.LogCaptureFixture, line: str
) -> None:
    """Lines that no outage explains stay in the log and cause no check of the server."""
    await asyncio.to_thread(engine_line(logging.WARNING, line))
    await asyncio.sleep(0)
    assert (engine_log.messages, server.checks, outage.is_suspected) == ([line], 0, False)


async def test_a_failed_workflow_is_logged(outage: Outage, engine_log: pytest.LogCaptureFixture) -> None:
    """The line about a failed workflow stays in the log with its error."""
    error = psycopg.OperationalError("the connection is closed")
    await asyncio.to_thread(engine_line(logging.ERROR, "Exception in a workflow:", exc_info=error))
    assert engine_log.messages == ["Exception in a workflow:"]
    assert not outage.is_suspected


async def test_a_lost_connection_of_a_pool(outage: Outage, engine_log: pytest.LogCaptureFixture) -> None:
    """A pool's lost connection is logged as an outage; other pool errors stay."""
    pool = logging.getLogger("sqlalchemy.pool.impl.QueuePool")
    pool.error("Exception terminating connection", exc_info=psycopg.OperationalError("the connection is lost"))
    pool.error("Exception during reset", exc_info=RuntimeError("something else"))
    assert engine_log.messages == ["Exception during reset"]


async def test_a_single_broken_connection(outage: Outage, server: Server, engine_log: pytest.LogCaptureFixture) -> None:
    """A single broken connection is logged once, and not as an outage."""
    server.is_up = True
    for _ in range(3):
        await asyncio.to_thread(engine_line(logging.WARNING, "the connection is lost"))
        await asyncio.sleep(0)
        await outage.passed()
    assert engine_log.messages == ["The database broke off a connection (connection is lost). Others work."]


async def test_nothing_is_filtered_outside_the_context(server: Server, engine_log: pytest.LogCaptureFixture) -> None:
    """Outside the context no line is filtered."""
    with log_outage_once(Outage(server.ask)):
        pass
    ENGINE.warning("the connection is lost")
    assert engine_log.messages == ["the connection is lost"]
