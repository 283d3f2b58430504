"""Turns for logging shards in, shared by all processes on one database."""

import asyncio
import logging
import random
from types import TracebackType
from typing import Self

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from bot.store.db.database import Database

log = logging.getLogger(__name__)

# Advisory locks of two numbers, this one and the bucket, which are apart from those of one number.
_LOCK = 4_715
_PAUSE_SECONDS = 6.0
"""Discord counts five; a connection that is slow to open may be late by the sixth."""
_LOOK_SECONDS = 0.5


class ShardLoginLocks:
    """Lets one shard of a bucket log in at a time over all processes, between `async with` and its end.

    A turn lasts `pause` seconds and holds a connection to PostgreSQL as long.
    """

    def __init__(self, database: Database, *, pause: float = _PAUSE_SECONDS) -> None:
        self._database = database
        self._pause = pause
        self._holding: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._holding:
            task.cancel()
        await asyncio.gather(*self._holding, return_exceptions=True)

    async def acquire(self, bucket: int) -> None:
        """Return when a shard of this bucket may log in; without the database after one pause."""
        begun = asyncio.Event()
        holder = asyncio.create_task(self._hold(bucket, begun))
        self._holding.add(holder)
        holder.add_done_callback(self._holding.discard)
        try:
            await begun.wait()
        except asyncio.CancelledError:
            holder.cancel()
            raise

    async def _hold(self, bucket: int, begun: asyncio.Event) -> None:
        try:
            while not await self._held(bucket, begun):  # noqa: ASYNC110  # the others are elsewhere
                # Jitter: processes that try at the same time would collide again and again.
                await asyncio.sleep(_LOOK_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311
        except SQLAlchemyError as error:
            if not begun.is_set():
                log.warning("the database can't tell whether other shards log in: %s", type(error).__name__)
                await asyncio.sleep(self._pause)
        finally:
            begun.set()

    async def _held(self, bucket: int, begun: asyncio.Event) -> bool:
        """Whether the turn was free; it has ended when this returns."""
        async with self._database.engine.connect() as connection:
            # A transaction that stays open would block migrations meanwhile.
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            if not await connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_LOCK, bucket))):
                return False
            try:
                begun.set()
                await asyncio.sleep(self._pause)
            finally:
                await connection.execute(sa.select(sa.func.pg_advisory_unlock(_LOCK, bucket)))
        return True
