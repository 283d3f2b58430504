"""A disk without space: transactions wait for some, with one line at the start and one at the end."""

import asyncio
import errno
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from bot.store import Database, JobStore, is_outage
from bot.store.db import database as module
from bot.store.db.outage import Outage
from tests.bot.records import new_job
from tests.support.postgres import PostgresServer

OUTAGE = "bot.store.db.outage"


class Disk:
    """Whether there is space, and how often that was asked."""

    def __init__(self) -> None:
        self.is_full, self.checks = True, 0

    def write(self, _: Path) -> None:
        self.checks += 1
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")


def pages(connection: sa.Connection, most: int) -> None:
    """Let the file grow to this number of pages: the limit of SQLite's that fails as a full disk does."""
    connection.exec_driver_sql(f"PRAGMA max_page_count={most}")


@pytest.fixture
async def small_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Database]:
    """A database file that can't grow, with outage lines captured in the test's log."""
    caplog.set_level(logging.INFO, OUTAGE)
    async with Database(f"sqlite:///{tmp_path / 'bot.db'}") as database:
        await database.run(lambda connection: pages(connection, 1))
        yield database


def listing(folder: Path) -> set[Path]:
    return {*folder.iterdir()}


def outage_lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(line.levelname, line.getMessage()) for line in caplog.records if line.name == OUTAGE]


async def test_writes_wait_for_space(
    small_file: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Of SQLite: all are made once there is some."""
    disk = Disk()
    monkeypatch.setattr(module, "_write_beside", disk.write)
    store = JobStore(small_file)
    large = [new_job(prompt="a fox " * 2000) for _ in range(5)]
    writing = [asyncio.create_task(store.record(job)) for job in large]
    async with asyncio.timeout(60):
        while disk.checks < 2:  # noqa: ASYNC110  # there is no event to wait for
            await asyncio.sleep(0.01)
        # One may still fit into pages that were free.
        assert len(await store.unfinished()) < len(large)
        await small_file.run(lambda connection: pages(connection, 10**6))
        disk.is_full = False
        recorded = [record for record, _ in await asyncio.gather(*writing)]
    assert {job.id for job in await store.unfinished()} == {record.id for record in recorded} == {j.id for j in large}
    await small_file.outage.passed()
    assert outage_lines(caplog) == [
        (
            "WARNING",
            "The database's disk has no space left (No space left on device): jobs wait until it has. Free some.",
        ),
        ("INFO", "The database's disk has space again."),
    ]


async def test_space_is_asked_for_beside_the_file(tmp_path: Path) -> None:
    """Nothing stays there."""
    async with Database(f"sqlite:///{tmp_path / 'bot.db'}") as database:
        before = listing(tmp_path)
        await database._ask_for_space()
        assert listing(tmp_path) == before


async def test_space_is_asked_for_on_a_server(postgres: PostgresServer) -> None:
    """By writing a temporary table, where the server allows that."""
    url = postgres.new_database()
    async with Database(url) as database:
        await database._ask_for_space()
        name = url.rpartition("/")[2]
        await database.run(
            lambda connection: connection.exec_driver_sql(f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC")
        )
        await database._ask_for_space()
        left = sa.text("SELECT count(*) FROM pg_class WHERE relname = 'space'")
        # The server drops a temporary table a little after its connection has closed.
        async with asyncio.timeout(30):
            while await database.run(lambda connection: connection.execute(left).scalar_one()):  # noqa: ASYNC110  # there is no event to wait for
                await asyncio.sleep(0.05)


@pytest.mark.parametrize(("code", "passes"), [("53100", True), ("53300", True), ("42P01", False), ("22001", False)])
def test_errors_of_the_server_that_pass(code: str, passes: bool) -> None:
    """A full disk passes, as too many connections do; a mistake does not."""
    error = psycopg.errors.lookup(code)("no")
    assert is_outage(OperationalError("INSERT", None, error)) is passes


async def test_a_write_that_fails_once(caplog: pytest.LogCaptureFixture) -> None:
    """If there is space again when it is asked for, that is one line."""
    caplog.set_level(logging.INFO, OUTAGE)

    async def ask() -> None:
        """Find space."""

    outage = Outage(ask, ask)
    outage.suspect("disk I/O error", full=True)
    await outage.passed()
    assert outage_lines(caplog) == [("WARNING", "The database could not write (disk I/O error) for a short time.")]
