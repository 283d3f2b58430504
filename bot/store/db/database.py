"""The database: opened, migrated, closed."""

import asyncio
import logging
import sqlite3
import tempfile
import time
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import psycopg
import sqlalchemy as sa
import stamina
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.redaction import PASSWORD_PARAMETERS
from bot.store.db.errors import DatabaseClosed, is_full, is_lost, is_passing, reason
from bot.store.db.files import prepare_files, workflow_file
from bot.store.db.migrate import upgrade
from bot.store.db.outage import Outage
from bot.store.db.outage_log_filter import log_outage_once
from bot.store.db.transactions import FileTransactions, ServerTransactions, Transactions, Work
from bot.store.db.unusable import is_away, unusable
from bot.store.db.workflow_connection import WorkflowConnection, check_workflow_file

log = logging.getLogger(__name__)

T = TypeVar("T")

RETRY_SECONDS = 120.0
"""How long a transaction is repeated while the database is away or others conflict with it."""

_CLOSING_SECONDS = 10.0
_SPACE_BYTES = 256 * 1024
"""As much must be free before a full disk counts as usable: less would be full again at once."""

_FILL = "CREATE TEMPORARY TABLE space AS SELECT repeat('0', 1000) AS filler FROM generate_series(1, 256)"
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
_RETRIES = stamina.AsyncRetryingCaller(attempts=None, timeout=None, wait_initial=0.05, wait_max=1.0, wait_jitter=0.1)
# A server that vanished is noticed in seconds, not in a quarter of an hour.
_CONNECTING = {
    # PGCLIENTENCODING in the environment may ask for another.
    "client_encoding": "UTF8",
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


class Database:
    """An open database at the newest revision of the schema, between `async with` and its end.

    `outage` knows whether it is away, or out of space. Opening raises `UnusableDatabase`, which says in one line what
    to do; before that it waits up to `patience` seconds for a server that does not answer, as after a restart of the
    machine. `retry_seconds` is how long a transaction is repeated unless its caller says otherwise.
    """

    def __init__(self, url: str, *, patience: float = 0.0, retry_seconds: float = RETRY_SECONDS) -> None:
        self._url = _with_driver(make_url(url))
        self._patience = patience
        self.retry_seconds = retry_seconds
        self._transactions: Transactions | None = None
        self._server: ServerTransactions | None = None
        self._running: set[asyncio.Task[Any]] = set()
        self._resources = AsyncExitStack()
        self._closing = False
        self.outage = Outage(self._ask, self._ask_for_space)

    def __repr__(self) -> str:
        return f"Database({self.name})"

    @property
    def engine(self) -> AsyncEngine:
        """PostgreSQL's engine; raises `RuntimeError` outside `async with`, and for a file."""
        if self._server is None:
            raise RuntimeError("no PostgreSQL server is open")
        return self._server.engine

    @property
    def name(self) -> str:
        """Where it is, for people; no password in it."""
        return self._url.difference_update_query(PASSWORD_PARAMETERS).render_as_string(hide_password=True)

    @property
    def workflow_url(self) -> str:
        """Where the workflow engine keeps its own tables: a file beside ours, or the same server."""
        if self.is_file:
            if not self._url.database:
                raise ValueError("the database needs a file: a job must survive a restart")
            return f"sqlite:///{workflow_file(Path(self._url.database))}"
        return self._url.set(drivername="postgresql").render_as_string(hide_password=False)

    @property
    def workflow_options(self) -> dict[str, Any]:
        """What the workflow engine passes to the driver when it connects to `workflow_url`."""
        return {"factory": WorkflowConnection} if self.is_file else {}

    async def __aenter__(self) -> Self:
        until, logged = time.monotonic() + self._patience, False

        def may_answer(error: Exception) -> bool:
            nonlocal logged
            may = is_away(error) and time.monotonic() < until
            if may and not logged:
                log.warning("The database does not answer (%s): the start waits for it.", reason(error))
                logged = True
            return may

        try:
            # Migrations are blocking code.
            await _RETRIES.on(may_answer)(asyncio.to_thread, self._prepare)
        except (SQLAlchemyError, OSError) as error:
            raise unusable(error, self._url) from error
        if self.is_file:
            self._transactions = FileTransactions(self._url)
        else:
            self._transactions = self._server = ServerTransactions(self._url, self._connecting)
        self._resources.enter_context(log_outage_once(self.outage))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        await self.outage.close()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=_CLOSING_SECONDS)
            for task in late:
                task.cancel()
        await self._resources.aclose()
        await self._open.close()
        self._transactions = self._server = None

    async def run(self, work: Work[T], *, retry_seconds: float | None = None) -> T:
        """What the work returns, done in one transaction, which is completed even when the caller is cancelled.

        The work is ordinary blocking code and reads its results before it returns. It is repeated for up to
        `retry_seconds` while connections break, the database is away, its disk is full, or other transactions conflict
        with it; after that, or when the database is being closed, the error is raised. A connection can break after a
        commit and before its answer, so the work must have the same effect when it is repeated.
        """
        # A transaction that is cancelled halfway keeps its locks.
        patience = self.retry_seconds if retry_seconds is None else retry_seconds
        task = asyncio.create_task(self._persistently(work, time.monotonic() + patience))
        self._running.add(task)
        task.add_done_callback(self._on_done)
        return await asyncio.shield(task)

    def _on_done(self, task: "asyncio.Task[Any]") -> None:
        self._running.discard(task)
        if not task.cancelled():
            # Its caller may have been cancelled, and then reads no error.
            task.exception()

    async def check(self) -> None:
        """Nothing when a row can be read; raises `sqlalchemy.exc.SQLAlchemyError` otherwise."""
        await self.run(lambda connection: connection.scalar(sa.text("SELECT 1")), retry_seconds=0)

    async def check_workflows(self) -> None:
        """Nothing when the workflow engine can write where it keeps its tables; raises `UnusableDatabase` otherwise."""
        if self.is_file and self._url.database:
            try:
                await asyncio.to_thread(check_workflow_file, workflow_file(Path(self._url.database)))
            except sqlite3.Error as error:
                raise unusable(error, make_url(self.workflow_url)) from error

    async def dedicated_connection(self) -> "psycopg.AsyncConnection[tuple[Any, ...]]":
        """A new connection to PostgreSQL that belongs to no pool and no transaction; raises `psycopg.Error`."""
        options: dict[str, Any] = {**self._connecting, **self.engine.dialect.create_connect_args(self._url)[1]}
        return await psycopg.AsyncConnection.connect(autocommit=True, **options)

    @property
    def is_file(self) -> bool:
        """Whether it is a SQLite file, which belongs to one process."""
        return self._url.get_backend_name() == "sqlite"

    def _prepare(self) -> None:
        if self.is_file and self._url.database:
            prepare_files(Path(self._url.database))
        upgrade(self._url, self._connecting)

    @property
    def _open(self) -> Transactions:
        if self._transactions is None:
            raise DatabaseClosed
        return self._transactions

    @property
    def _connecting(self) -> dict[str, Any]:
        return {} if self.is_file else {name: _CONNECTING[name] for name in _CONNECTING.keys() - self._url.query}

    async def _persistently(self, work: Work[T], until: float) -> T:
        def may_pass(error: Exception) -> bool:
            return is_passing(error) and not self._closing and time.monotonic() < until

        try:
            # Almost always enough, and without the price of preparing repetitions.
            return await self._transaction(work, until)
        except SQLAlchemyError as error:
            if not may_pass(error):
                raise
        return await _RETRIES.on(may_pass)(self._transaction, work, until)

    async def _transaction(self, work: Work[T], until: float) -> T:
        try:
            return await self._open.run(work)
        except SQLAlchemyError as error:
            if (full := is_full(error)) or is_lost(error):
                self.outage.suspect(reason(error), full=full)
                await self.outage.passed(until - time.monotonic())
            raise

    async def _ask(self) -> None:
        if not self.is_file:
            async with await self.dedicated_connection() as connection:
                await connection.execute("SELECT 1")

    async def _ask_for_space(self) -> None:
        if self.is_file:
            await asyncio.to_thread(_write_beside, Path(self._url.database or ".").parent)
            return
        async with await self.dedicated_connection() as connection:
            # A database may forbid temporary tables, and then only the next transaction can tell.
            with suppress(psycopg.errors.InsufficientPrivilege):
                await connection.execute(_FILL)


def _write_beside(folder: Path) -> None:
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        file.write(bytes(_SPACE_BYTES))


def _with_driver(url: URL) -> URL:
    return url.set(drivername=_DRIVERS.get(url.get_backend_name(), url.drivername))
