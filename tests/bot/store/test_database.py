"""Opening the database: from nothing, again, by several at once, and as the schema says."""

import asyncio
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import sqlalchemy.exc
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import SQLAlchemyError

from bot.store import Database, JobStore
from bot.store.schema import metadata
from tests.bot.records import new_job

TABLES = ["alembic_version", "drafts", "jobs", "places"]


def open_once(url: str) -> list[str]:
    """The tables of the database, opened in a process or thread of its own."""

    async def tables() -> list[str]:
        async with Database(url) as database, database.engine.connect() as connection:
            return await connection.run_sync(lambda sync: sorted(sa.inspect(sync).get_table_names()))

    return asyncio.run(tables())


async def test_migrations_make_exactly_the_schema(database: Database) -> None:
    """Alembic finds no difference between the migrated file and the tables the code uses."""

    def differences(connection: sa.Connection) -> list[Any]:
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_second_start_changes_nothing(database_url: str) -> None:
    """What the first start remembered is there after the second."""
    async with Database(database_url) as database:
        record, _ = await JobStore(database).record(new_job())
    for _ in range(2):
        async with Database(database_url) as database:
            assert await JobStore(database).get(record.id) == record


async def test_two_at_once_open_a_new_file(database_url: str) -> None:
    """Both are ready, whoever was first."""

    async def opened() -> None:
        async with Database(database_url) as database:
            await database.check()

    await asyncio.gather(*(opened() for _ in range(4)))


def test_processes_at_once_open_a_new_file(tmp_path: Path) -> None:
    """Three processes on one new file, again and again: all of them find the tables."""
    with get_context("spawn").Pool(3) as pool:
        for attempt in range(4):
            url = f"sqlite:///{tmp_path / f'{attempt}.db'}"
            assert pool.map(open_once, [url] * 3, chunksize=1) == [TABLES] * 3


async def test_a_start_that_breaks_off_leaves_nothing_half_made(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the migration fails in its middle the next start begins at the beginning."""
    with monkeypatch.context() as patched:
        patched.setattr("alembic.operations.Operations.create_index", _broken)
        with pytest.raises(RuntimeError, match="power cut"):
            await Database(database_url).__aenter__()
    assert await asyncio.get_running_loop().run_in_executor(None, open_once, database_url) == TABLES


def _broken(*_: object, **__: object) -> None:
    raise RuntimeError("power cut")


async def test_the_folder_is_made(tmp_path: Path) -> None:
    """A path whose folders do not exist yet is no obstacle."""
    target = tmp_path / "a" / "b" / "bot.db"
    async with Database(f"sqlite:///{target}"):
        assert target.exists()


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.write_text("no database at all" * 99)])
async def test_a_file_that_is_no_database_is_an_error(tmp_path: Path, make: Callable[[Path], object]) -> None:
    """SQLAlchemy's error comes through, and nothing stays open."""
    make(tmp_path / "bot.db")
    with pytest.raises(SQLAlchemyError):
        await Database(f"sqlite:///{tmp_path / 'bot.db'}").__aenter__()


async def test_outside_its_block_it_is_closed(database_url: str) -> None:
    """Using it before or after is a mistake that says so."""
    database = Database(database_url)
    with pytest.raises(RuntimeError, match="not open"):
        _ = database.engine
    async with database:
        await database.check()
    with pytest.raises(RuntimeError, match="not open"):
        _ = database.engine


async def test_a_commit_is_on_disk(database: Database) -> None:
    """Readers go on while someone writes, and a commit outlives a power cut."""
    async with database.engine.connect() as connection:
        pragmas = [
            (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        ]
    assert pragmas == ["wal", 2, 30000]


def test_names_for_people_hold_no_password(tmp_path: Path) -> None:
    """Neither the name nor the repr shows it; the engine's address lies beside the file, or on the same server."""
    server = Database("postgresql://user:pa55word@host/name")
    assert "pa55word" not in f"{server!r} {server.name}"
    assert server.workflow_url == "postgresql://user:pa55word@host/name"
    assert Database(f"sqlite:///{tmp_path}/bot.db").workflow_url == f"sqlite:///{tmp_path}/bot.workflows.db"
    with pytest.raises(ValueError, match="needs a file"):
        _ = Database("sqlite://").workflow_url
