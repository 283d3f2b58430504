"""The database: opened, brought up to date, closed."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import psycopg
import sqlalchemy as sa
import stamina
from alembic import command
from alembic.config import Config
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

T = TypeVar("T")

_MIGRATIONS = Path(__file__).parent / "migrations"
_UPGRADE_LOCK = 4_715_001
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}


class Database:
    """An open database, at the newest revision of the schema, between `async with` and its end."""

    def __init__(self, url: str) -> None:
        self._url = _with_driver(make_url(url))
        self._engine: AsyncEngine | None = None
        self._running: set[asyncio.Task[Any]] = set()

    def __repr__(self) -> str:
        return f"Database({self.name})"

    @property
    def engine(self) -> AsyncEngine:
        """The engine to talk through; raises `RuntimeError` outside `async with`."""
        if self._engine is None:
            raise RuntimeError("the database is not open")
        return self._engine

    @property
    def name(self) -> str:
        """Where it is, for people; no password in it."""
        return self._url.render_as_string(hide_password=True)

    @property
    def workflow_url(self) -> str:
        """Where the workflow engine keeps its own tables: a file beside ours, or the same server."""
        if self._url.get_backend_name() == "sqlite":
            if not self._url.database:
                raise ValueError("the database needs a file: a job must survive a restart")
            path = Path(self._url.database)
            return f"sqlite:///{path.with_name(f'{path.stem}.workflows{path.suffix}')}"
        return self._url.set(drivername="postgresql").render_as_string(hide_password=False)

    async def __aenter__(self) -> Self:
        if self._url.get_backend_name() == "sqlite" and self._url.database:
            Path(self._url.database).parent.mkdir(parents=True, exist_ok=True)
        # Migrations need no event loop, and a database that can't be opened is found out without one.
        await asyncio.to_thread(_migrate, self._url)
        # An error must not quote what was to be written: a reply's token, a member's prompt.
        self._engine = create_async_engine(self._url, pool_pre_ping=True, hide_parameters=True)
        if self._url.get_backend_name() == "sqlite":
            event.listen(self._engine.sync_engine, "connect", _prepare_sqlite)
        else:
            event.listen(self._engine.sync_engine, "handle_error", _without_details)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._running:
            await asyncio.wait(self._running)
        await self.engine.dispose()
        self._engine = None

    async def run(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """What the work returns, done in one transaction, which comes to its end even when the caller is cancelled."""
        # A SQLite transaction that is cut off in its middle keeps the file locked against everybody else.
        task = asyncio.create_task(self._transaction(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def check(self) -> None:
        """Nothing when a row can be read; raises `sqlalchemy.exc.SQLAlchemyError` otherwise."""
        await self.run(lambda connection: connection.execute(sa.text("SELECT 1")))

    async def _transaction(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        async with self.engine.begin() as connection:
            return await work(connection)


def _with_driver(url: URL) -> URL:
    return url.set(drivername=_DRIVERS.get(url.get_backend_name(), url.drivername))


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=30000")
    # A commit is on disk before the API is asked to spend money.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()
    # SQLite's own knows the letters of English only; a search for Ä must find ä.
    connection.create_function("lower", 1, _lower, deterministic=True)


def _without_details(context: ExceptionContext) -> BaseException | None:
    """The error without PostgreSQL's details, which quote the whole row that was refused."""
    error = context.original_exception
    if not isinstance(error, psycopg.Error):
        return None
    error.args = (error.diag.message_primary or type(error).__name__,)
    return DBAPIError.instance(context.statement, None, error, psycopg.Error, hide_parameters=True)


def _lower(text: str | None) -> str | None:
    return text.lower() if text is not None else None


def _keep_readers_going(connection: Any, _record: object) -> None:
    """Let readers not wait for a writer, from now on in this file.

    While somebody else opens a new file as well, SQLite refuses this at once, whatever its busy_timeout.
    """
    for attempt in stamina.retry_context(
        on=_is_busy, attempts=None, timeout=30, wait_initial=0.01, wait_max=0.1, wait_jitter=0.01
    ):
        with attempt:
            connection.execute("PRAGMA journal_mode=WAL")


def _is_busy(error: Exception) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode == sqlite3.SQLITE_BUSY


def _migrate(url: URL) -> None:
    sqlite = url.get_backend_name() == "sqlite"
    engine = sa.create_engine(
        url.set(drivername="sqlite") if sqlite else url, poolclass=sa.NullPool, hide_parameters=True
    )
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "connect", _keep_readers_going)
    with engine.begin() as connection:
        _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    # Two processes may start at once; the second waits here and then finds nothing left to do.
    sqlite = connection.dialect.name == "sqlite"
    connection.exec_driver_sql("BEGIN IMMEDIATE" if sqlite else f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
