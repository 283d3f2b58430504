"""Bringing a database up to date before anything is read from it."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import stamina
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection

from bot.store.db.unusable import UnusableDatabase

_MIGRATIONS = Path(__file__).parent / "migrations"
_UPGRADE_LOCK = 4_715_001
_OLDEST_SQLITE = (3, 35)
"""The first with RETURNING and DROP COLUMN."""


def upgrade(url: URL, options: Mapping[str, Any] | None = None) -> None:
    """Run what is missing of the migrations, in one transaction; `options` are the driver's, for PostgreSQL.

    Blocks. Raises `UnusableDatabase` and `sqlalchemy.exc.SQLAlchemyError`.
    """
    sqlite = url.get_backend_name() == "sqlite"
    if sqlite:
        _check_sqlite()
    engine = sa.create_engine(
        url.set(drivername="sqlite") if sqlite else url,
        poolclass=sa.NullPool,
        hide_parameters=True,
        connect_args=dict(options or {}),
    )
    if sqlite:
        event.listen(engine, "connect", prepare_sqlite)
        event.listen(engine, "connect", _keep_readers_going)
    with engine.begin() as connection:
        if not sqlite:
            _check_encoding(connection)
        _upgrade(connection)


def _check_sqlite() -> None:
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        oldest = ".".join(map(str, _OLDEST_SQLITE))
        raise UnusableDatabase(
            f"this Python uses SQLite {sqlite3.sqlite_version}, and the bot needs {oldest} or newer. Use a Python of a "
            "newer system, or name a PostgreSQL server in DATABASE_URL."
        )


def _check_encoding(connection: Connection) -> None:
    """Other encodings refuse letters of most languages, or give back bytes in place of text."""
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        name = connection.engine.url.database
        raise UnusableDatabase(
            f"the database {name} keeps text as {encoding}, and prompts need UTF8. Create another with "
            "CREATE DATABASE bot ENCODING 'UTF8' TEMPLATE template0, and name it in DATABASE_URL."
        )


def prepare_sqlite(connection: Any, _record: object) -> None:
    """Set up a new SQLite connection: it waits for locks, commits durably, and lowers letters of every language."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=30000")
    # A commit is on disk before the API is asked to spend money.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()
    # SQLite's own function knows English letters only; a search for Ä must find ä.
    connection.create_function("lower", 1, _lower, deterministic=True)


def _lower(text: str | None) -> str | None:
    return text.lower() if text is not None else None


def _keep_readers_going(connection: Any, _record: object) -> None:
    """Switch this file to write-ahead logging, so that readers don't wait for a writer.

    While another process opens a new file too, SQLite refuses this at once, in spite of busy_timeout.
    """
    for attempt in stamina.retry_context(
        on=_is_busy, attempts=None, timeout=30, wait_initial=0.01, wait_max=0.1, wait_jitter=0.01
    ):
        with attempt:
            connection.execute("PRAGMA journal_mode=WAL")


def _is_busy(error: Exception) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode == sqlite3.SQLITE_BUSY


def _upgrade(connection: Connection) -> None:
    # Two processes may start at once; the second waits here, and then there is nothing left to do.
    sqlite = connection.dialect.name == "sqlite"
    connection.exec_driver_sql("BEGIN IMMEDIATE" if sqlite else f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    _check_revision(connection, ScriptDirectory.from_config(config))
    command.upgrade(config, "head")


def _check_revision(connection: Connection, scripts: ScriptDirectory) -> None:
    """A newer release may have changed columns in a way that this one can't know."""
    known = {script.revision for script in scripts.walk_revisions()}
    unknown = sorted(set(MigrationContext.configure(connection).get_current_heads()) - known)
    if unknown:
        raise UnusableDatabase(
            f"it was last used by a newer version of the bot: its schema is {', '.join(unknown)}, and this version "
            f"knows {scripts.get_current_head()}. Start the newer version again, or restore a backup from before it."
        )
