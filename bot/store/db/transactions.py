"""Transactions on either kind of database, each of them ordinary blocking code."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.store.db.errors import without_details
from bot.store.db.migrate import prepare_sqlite

T = TypeVar("T")

Work = Callable[[sa.Connection], T]
"""One transaction. It must read its results itself: they end with it."""


IDLE_TRANSACTION_SECONDS = 15.0
"""How long a process may stand still inside a transaction: until it ends, other processes wait for its locks."""


class Transactions(Protocol):
    """An open database."""

    async def run(self, work: Work[T]) -> T:
        """What the work returns, after its commit. Raises `sqlalchemy.exc.SQLAlchemyError`."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


class FileTransactions:
    """Transactions on a SQLite file, one after the other in a thread of their own.

    A whole transaction is one trip to the thread. A driver that makes a trip for each call costs four times as much.
    """

    def __init__(self, url: sa.URL) -> None:
        # An error must not quote what was to be written: a reply's token, a member's prompt.
        self._engine = sa.create_engine(url, hide_parameters=True)
        event.listen(self._engine, "connect", prepare_sqlite)
        self._thread = ThreadPoolExecutor(1, "database")

    async def run(self, work: Work[T]) -> T:
        """What the work returns, after its commit."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transaction, work)

    async def close(self) -> None:
        """Close the connection once the transaction under way has ended."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown()

    def _transaction(self, work: Work[T]) -> T:
        with self._engine.begin() as connection:
            return work(connection)


class ServerTransactions:
    """Transactions on a PostgreSQL server, several at once."""

    def __init__(self, url: sa.URL, options: Mapping[str, Any]) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url, pool_pre_ping=True, hide_parameters=True, connect_args=dict(options)
        )
        event.listen(self.engine.sync_engine, "handle_error", without_details)
        event.listen(self.engine.sync_engine, "connect", _limit_idle_transactions)

    async def run(self, work: Work[T]) -> T:
        """What the work returns, after its commit."""
        async with self.engine.begin() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        """Close the connections of the pool."""
        await self.engine.dispose()


def _limit_idle_transactions(connection: DBAPIConnection, _: object) -> None:
    """Have the server end a transaction whose process was stopped, or whose machine is paused."""
    cursor = connection.cursor()
    cursor.execute(f"SET idle_in_transaction_session_timeout = {int(IDLE_TRANSACTION_SECONDS * 1000)}")
    cursor.close()
    connection.commit()
