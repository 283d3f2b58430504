"""Opening and migrating the database."""

import asyncio
import gc
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import sqlalchemy.exc
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

import bot.store.db as db_package
from bot.store import Database, JobState, JobStore, ProcessStore, UnusableDatabase
from bot.store.db.schema import jobs, metadata
from tests.bot.records import new_job, reply_address

TABLES = [
    "alembic_version",
    "api_keys",
    "api_queues",
    "direct_messages",
    "drafts",
    "jobs",
    "pauses",
    "places",
    "processes",
]
EARLIER_REVISIONS = ["0001", "0002", "0003", "0004", "0005"]
_NO_TIMES = (None, None)
_LATER_COLUMNS: list[tuple[str, str, Any]] = [
    ("0002", "part", 0),
    ("0002", "texts", []),
    ("0002", "videos", []),
    ("0002", "details", {}),
    ("0002", "cost_credits", None),
    ("0003", "key", None),
    ("0003", "owner", None),
    ("0003", "calls", 0),
    ("0003", "called_at", None),
    ("0003", "late_until", None),
]
"""Columns that later revisions added to jobs: revision, name and default."""


def open_once(url: str) -> list[str]:
    """The database's tables, read in another process or thread."""

    async def tables() -> list[str]:
        async with Database(url) as database:
            return await database.run(lambda connection: sorted(sa.inspect(connection).get_table_names()))

    return asyncio.run(tables())


async def test_migrations_match_the_schema(database: Database) -> None:
    """Alembic finds no difference between the migrated database and the schema in code."""
    assert await database.run(_differences) == []


@pytest.mark.parametrize("revision", EARLIER_REVISIONS)
async def test_jobs_of_every_revision_are_kept(database_url: str, revision: str) -> None:
    """Rows of earlier revisions survive the migration, with defaults in the new columns."""
    rows = [_row(number, revision) for number in range(1, 4)]
    _create(database_url, revision, rows)
    async with Database(database_url) as database:
        records = [await JobStore(database).get(str(row["id"])) for row in rows]
        query = sa.select(jobs).order_by(jobs.c.id)
        kept = await database.run(lambda connection: connection.execute(query).mappings().all())
        differences = await database.run(_differences)
    assert [{name: row[name] for name in rows[0]} for row in kept] == rows
    for record, row in zip(records, rows, strict=True):
        assert record is not None
        assert (record.reply.part, record.texts, record.videos, dict(record.details)) == (0, (), (), {})
        assert (record.cost_credits, record.tiles, record.state) == (None, ("a", "b"), JobState.DONE)
        assert (record.key, record.owner, record.calls, record.called_at, record.late_until) == (
            None,
            None,
            0,
            *_NO_TIMES,
        )
        assert record.reply.interaction_id == row["interaction_id"]
        assert not record.reply.in_dm
    assert differences == []


@pytest.mark.parametrize("revision", ["0001", "0002"])
@pytest.mark.parametrize(
    ("state", "message_id", "expected"),
    [
        ("recorded", 3, JobState.WAITING),
        ("recorded", None, JobState.RECORDED),
        ("submitting", 3, JobState.SUBMITTING),
        ("running", 3, JobState.RUNNING),
    ],
)
async def test_unfinished_jobs_are_migrated(
    database_url: str, revision: str, state: str, message_id: int | None, expected: JobState
) -> None:
    """Unfinished jobs of earlier revisions are queued or taken over after the migration."""
    row = _row(1, revision) | {"state": state, "message_id": message_id, "delivered_at": None, "finished_at": None}
    _create(database_url, revision, [row])
    async with Database(database_url) as database:
        processes = ProcessStore(database)
        await processes.enter("0", "run")
        [job] = await processes.take_over("0")
        assert (job.id, job.state, job.owner, job.remote_id) == ("job-1", expected, "0", "remote-1")


async def test_jobs_are_unique_per_interaction_and_part(database_url: str) -> None:
    """After the migration jobs are unique per interaction and part."""
    _create(database_url, "0001", [_row(1, "0001")])
    async with Database(database_url) as database:
        store = JobStore(database)
        again = await store.record(new_job(reply=reply_address(interaction_id=901)))
        part = await store.record(new_job(reply=reply_address(interaction_id=901, part=1)))
        assert (again[0].id, again[1], part[1]) == ("job-1", False, True)


async def test_old_masks_are_deleted_by_the_migration(database_url: str) -> None:
    """Those of jobs that ended more than a day ago; others are still needed, for Retry or to be sent."""
    details = {"mask": "AA==", "zoom": 1.5}
    rows = [_row(number, "0004") | {"details": details} for number in range(1, 4)]
    rows[1]["finished_at"] = datetime.now(UTC)
    rows[2] |= {"state": "waiting", "finished_at": None, "delivered_at": None}
    _create(database_url, "0004", rows)
    async with Database(database_url) as database:
        jobs_after = [await JobStore(database).get_with_mask(str(row["id"])) for row in rows]
    assert [job and dict(job.details) for job in jobs_after] == [{"zoom": 1.5}, details, details]


async def test_indexes_survive_the_migrations(database_url: str) -> None:
    """SQLite copies the table to change a column; the condition of an index stays."""
    _create(database_url, "0004", [_row(1, "0004")])

    def indexes(connection: sa.Connection) -> dict[str | None, str]:
        return {
            index["name"]: str((index.get("dialect_options") or {}).get(f"{connection.dialect.name}_where", ""))
            for index in sa.inspect(connection).get_indexes("jobs")
        }

    async with Database(database_url) as database:
        found = await database.run(indexes)
    assert "late_until IS NOT NULL" in found["ix_jobs_open"]
    assert {"ix_jobs_state", "ix_jobs_parent_id", "ix_jobs_user_id", "ix_jobs_message_id", "ix_jobs_called_at"} <= {
        *found
    }


def _row(number: int, revision: str) -> dict[str, Any]:
    """A finished job's row with all columns of this revision."""
    return _first_release_row(number) | {name: value for since, name, value in _LATER_COLUMNS if since <= revision}


def _first_release_row(number: int) -> dict[str, Any]:
    time = datetime(2026, 1, number, 3, 4, 5, 6, UTC)
    return {
        "id": f"job-{number}",
        "kind": "button",
        "state": "done",
        "prompt": "a red fox --ar 3:2",
        "words": "a red fox",
        "mode": "fast",
        "seed": 2**40,
        "parent_id": "parent",
        "parent_remote_id": "remote-parent",
        "button": "U2",
        "once_key": f"press:parent:U{number}",
        "remote_id": f"remote-{number}",
        "interaction_id": 900 + number,
        "application_id": 7,
        "token": "",
        "opened_at": time,
        "user_id": 100,
        "guild_id": 1,
        "channel_id": 2,
        "message_id": 3,
        "upload_limit": 10,
        "created_at": time,
        "submitting_at": time,
        "submitted_at": time,
        "cancel_requested_at": None,
        "finished_at": time,
        "delivered_at": time,
        "image_url": "https://cdn.imaginepro.ai/a.png",
        "original_url": None,
        "tiles": ["a", "b"],
        "buttons": ["U1"],
        "reason": None,
    }


def _create(url: str, revision: str, rows: list[dict[str, Any]]) -> None:
    """Create a database at this revision with these rows."""
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    config = Config()
    config.set_main_option("script_location", str(Path(db_package.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        # Only the columns of this revision, without later ones and their defaults.
        first = sa.table("jobs", *(sa.column(name, jobs.c[name].type) for name in rows[0]))
        connection.execute(sa.insert(first), rows)
    engine.dispose()


def _differences(connection: sa.Connection) -> list[Any]:
    return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)


async def test_a_second_start_changes_nothing(database_url: str) -> None:
    """Opening the database again keeps its data."""
    async with Database(database_url) as database:
        record, _ = await JobStore(database).record(new_job())
    for _ in range(2):
        async with Database(database_url) as database:
            assert await JobStore(database).get(record.id) == record


async def test_tasks_open_a_new_database_at_once(database_url: str) -> None:
    """Several tasks can open a new database at the same time."""

    async def opened() -> None:
        async with Database(database_url) as database:
            await database.check()

    await asyncio.gather(*(opened() for _ in range(4)))


def test_processes_open_a_new_database_at_once(new_database: Callable[[], str]) -> None:
    """Three processes can open an empty database at the same time, and all find the tables."""
    with get_context("spawn").Pool(3) as pool:
        for url in (new_database() for _ in range(4)):
            assert pool.map(open_once, [url] * 3, chunksize=1) == [TABLES] * 3


async def test_a_failed_migration_is_repeated(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that fails halfway is rolled back and repeated at the next start."""
    with monkeypatch.context() as patched:
        patched.setattr("alembic.operations.Operations.create_index", _broken)
        with pytest.raises(RuntimeError, match="power cut"):
            await Database(database_url).__aenter__()
    assert await asyncio.get_running_loop().run_in_executor(None, open_once, database_url) == TABLES


def _broken(*_: object, **__: object) -> None:
    raise RuntimeError("power cut")


async def test_missing_folders_are_created(tmp_path: Path) -> None:
    """Missing folders of the database's path are created."""
    target = tmp_path / "a" / "b" / "bot.db"
    async with Database(f"sqlite:///{target}"):
        assert target.exists()


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.write_text("no database at all" * 99)])
async def test_a_file_that_is_no_database_is_an_error(tmp_path: Path, make: Callable[[Path], object]) -> None:
    """Opening a file that is no database raises an error that can be shown."""
    make(tmp_path / "bot.db")
    with pytest.raises(UnusableDatabase):
        await Database(f"sqlite:///{tmp_path / 'bot.db'}").__aenter__()


async def test_use_outside_the_context(database_url: str) -> None:
    """Using the database outside its context raises an error."""
    database = Database(database_url)
    with pytest.raises(RuntimeError, match="not open"):
        await database.check()
    with pytest.raises(RuntimeError, match="is open"):
        _ = database.engine
    async with database:
        await database.check()
    with pytest.raises(RuntimeError, match="not open"):
        await database.check()
    with pytest.raises(RuntimeError, match="is open"):
        _ = database.engine


async def test_sqlite_pragmas(tmp_path: Path) -> None:
    """SQLite uses WAL, full synchronisation and a busy timeout."""
    names = ("journal_mode", "synchronous", "busy_timeout")
    async with Database(f"sqlite:///{tmp_path}/bot.db") as database:
        pragmas = await database.run(
            lambda connection: [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
        )
    assert pragmas == ["wal", 2, 30000]


def test_names_hold_no_password(tmp_path: Path) -> None:
    """Name and repr hide the password; the workflow database is beside the file or on the same server."""
    server = Database("postgresql://user:pa55word@host/name")
    assert "pa55word" not in f"{server!r} {server.name}"
    assert server.workflow_url == "postgresql://user:pa55word@host/name"
    assert Database(f"sqlite:///{tmp_path}/bot.db").workflow_url == f"sqlite:///{tmp_path}/bot.workflows.db"
    with pytest.raises(ValueError, match="needs a file"):
        _ = Database("sqlite://").workflow_url


async def test_error_of_a_transaction_whose_caller_was_cancelled(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not reported as never retrieved: nobody waits for it any more."""
    lost: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: lost.append(context))
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def transaction(*_: object) -> None:
        begun.set()
        await go_on.wait()
        raise ValueError("refused")

    monkeypatch.setattr(database, "_transaction", transaction)
    caller = asyncio.create_task(database.run(lambda _: None))
    await begun.wait()
    [running] = database._running
    caller.cancel()
    await asyncio.wait([caller])
    go_on.set()
    await asyncio.wait([running])
    del running, caller
    gc.collect()
    await asyncio.sleep(0)
    assert lost == []
