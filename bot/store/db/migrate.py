"""Bringing a database up to date before anything is read from it."""

import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import stamina
from alembic import command
from alembic.config import Config
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection

_MIGRATIONS = Path(__file__).parent / "migrations"
_UPGRADE_LOCK = 4_715_001


def upgrade(url: URL) -> None:
    """Run what is missing of the migrations, in one transaction. Blocks; raises `sqlalchemy.exc.SQLAlchemyError`."""
    sqlite = url.get_backend_name() == "sqlite"
    engine = sa.create_engine(
        url.set(drivername="sqlite") if sqlite else url, poolclass=sa.NullPool, hide_parameters=True
    )
    if sqlite:
        event.listen(engine, "connect", prepare_sqlite)
        event.listen(engine, "connect", _keep_readers_going)
    with engine.begin() as connection:
        _upgrade(connection)


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
    command.upgrade(config, "head")
