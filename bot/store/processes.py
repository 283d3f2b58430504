"""The processes of the bot that are alive, and whose jobs nobody looks after."""

from collections.abc import Awaitable, Callable, Sequence
from math import isfinite
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db.clock import lock_exclusively, now
from bot.store.db.database import Database
from bot.store.db.errors import is_passing
from bot.store.db.schema import jobs, needs_owner, processes
from bot.store.records import JobRecord
from bot.store.rows import record_of


class Interrupted(Exception):
    """It may or may not have been done; tried again later it goes well."""


class ProcessStore:
    """Reads and writes which processes are alive; every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def enter(self, process: str, run: str) -> None:
        """Be alive under this id from now on; an earlier run of the same id is so no longer."""

        async def work(connection: AsyncConnection) -> None:
            await lock_exclusively(connection, processes)
            await connection.execute(sa.delete(processes).where(processes.c.id == process))
            await connection.execute(sa.insert(processes).values(id=process, run=run, seen_at=now()))

        await self._database.run(work)

    async def beat(self, process: str, run: str) -> bool:
        """Whether this run still counts as alive: False when others gave it up, or a newer one took its id."""
        own = (processes.c.id == process) & (processes.c.run == run)
        beat = sa.update(processes).where(own).values(seen_at=now())
        return (await self._database.run(lambda connection: connection.execute(beat))).rowcount == 1

    async def run_of(self, process: str) -> str | None:
        """The run that counts as alive under this id, None when there is none."""
        query = sa.select(processes.c.run).where(processes.c.id == process)
        return (await self._database.run(lambda connection: connection.execute(query))).scalar()

    async def leave(self, process: str, run: str) -> None:
        """Be gone; others may look after what this process did. Raises at once when the database is away."""
        own = (processes.c.id == process) & (processes.c.run == run)
        await self._database.run(
            lambda connection: connection.execute(sa.delete(processes).where(own)), retry_seconds=0
        )

    async def alive(self, silence: float) -> list[str]:
        """The ids of all that were seen within so many seconds; the others are given up. Infinity gives up none."""

        async def work(connection: AsyncConnection) -> Sequence[str]:
            if isfinite(silence):
                await connection.execute(sa.delete(processes).where(processes.c.seen_at < now() - silence))
            return (await connection.execute(sa.select(processes.c.id).order_by(processes.c.id))).scalars().all()

        return list(await self._database.run(work))

    async def take_over(self, process: str) -> list[JobRecord]:
        """The open jobs that no living process looked after, oldest first, now this one's.

        After an error some may be this process's that were not told of: see `owned`. Raises `Interrupted` when the
        database was away, or others were in the way.
        """

        async def work(connection: AsyncConnection) -> Sequence[sa.RowMapping]:
            await lock_exclusively(connection, processes)
            living = sa.select(processes.c.id)
            stray = sa.select(jobs.c.id).where(needs_owner, jobs.c.owner.is_(None) | jobs.c.owner.not_in(living))
            found = (await connection.execute(stray)).scalars().all()
            if not found:
                return []
            mine = sa.update(jobs).where(jobs.c.id.in_(stray)).values(owner=process)
            await connection.execute(mine)
            return await _owned(connection, process, set(found))

        try:
            # Not tried again: done twice, it would find nothing the second time.
            return [record_of(dict(row)) for row in await self._database.run(work, retry_seconds=0)]
        except SQLAlchemyError as error:
            if is_passing(error):
                raise Interrupted from error
            raise

    async def with_living(self, work: Callable[[list[str]], Awaitable[None]]) -> None:
        """Run `work` with the ids of all living processes while no other process does so, or enters or leaves.

        It may run again when the connection breaks off. Raises `Interrupted` when the database was away.
        """

        async def locked(connection: AsyncConnection) -> None:
            await lock_exclusively(connection, processes)
            await work(list((await connection.execute(sa.select(processes.c.id))).scalars()))

        try:
            await self._database.run(locked, retry_seconds=0)
        except SQLAlchemyError as error:
            if is_passing(error):
                raise Interrupted from error
            raise

    async def owned(self, process: str) -> list[JobRecord]:
        """The open jobs that this process looks after, oldest first."""
        rows = await self._database.run(lambda connection: _owned(connection, process))
        return [record_of(dict(row)) for row in rows]


async def _owned(connection: AsyncConnection, process: str, only: set[str] | None = None) -> Sequence[sa.RowMapping]:
    query = sa.select(jobs).where(needs_owner, jobs.c.owner == process).order_by(jobs.c.created_at, jobs.c.id)
    rows: Sequence[Any] = (await connection.execute(query)).mappings().all()
    return [row for row in rows if only is None or row["id"] in only]
