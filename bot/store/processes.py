"""The processes of the bot that are alive, and the jobs they own."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from math import inf, isfinite

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from bot.store.db.clock import lock_exclusively, now, seconds
from bot.store.db.database import Database
from bot.store.db.errors import is_passing
from bot.store.db.schema import jobs, needs_owner, processes
from bot.store.records import JobRecord
from bot.store.rows import RECORD, record_of

_LIVING_LOCK = 4_715_003


class Interrupted(Exception):
    """It may or may not have been done; a later attempt succeeds."""


class ProcessStore:
    """Reads and writes which processes are alive; every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def enter(
        self, process: str, run: str, *, silence: float = 0.0, replaces: Collection[str] = ()
    ) -> str | None:
        """Count as alive under this id, where another run was not seen for `silence` seconds or is one of `replaces`.

        Returns None, or the other run, which goes on counting as alive instead. Infinity waits for its end.
        """

        def work(connection: sa.Connection) -> str | None:
            lock_exclusively(connection, processes)
            other = connection.execute(_RUN, {"process": process}).scalar()
            if other not in (None, run, *replaces) and not (isfinite(silence) and _is_silent(connection, process)):
                return other
            connection.execute(sa.delete(processes).where(processes.c.id == process))
            connection.execute(sa.insert(processes).values(id=process, run=run, seen_at=now()))
            return None

        def _is_silent(connection: sa.Connection, process: str) -> bool:
            return connection.execute(_SILENT, {"process": process, "silence": silence}).scalar() is not None

        return await self._database.run(work)

    async def beat(self, process: str, run: str) -> bool:
        """Whether this run still counts as alive: False when others gave it up, or a newer one took its id."""
        own = {"process": process, "this_run": run}
        return await self._database.run(lambda connection: connection.execute(_BEAT, own).rowcount) == 1

    async def run_of(self, process: str) -> str | None:
        """The run that counts as alive under this id, None when there is none."""
        return await self._database.run(lambda connection: connection.execute(_RUN, {"process": process}).scalar())

    async def leave(self, process: str, run: str) -> None:
        """No longer count as alive; others may take over the jobs. Raises at once when the database is away."""
        own = {"process": process, "this_run": run}
        await self._database.run(lambda connection: connection.execute(_LEAVE, own), retry_seconds=0)

    async def alive(self, silence: float) -> list[str]:
        """The ids of all that were seen within `silence` seconds; the others are given up. Infinity gives up none."""

        def work(connection: sa.Connection) -> Sequence[str]:
            if isfinite(silence):
                connection.execute(_GIVE_UP, {"silence": silence})
            return connection.execute(_ALIVE).scalars().all()

        return list(await self._database.run(work))

    async def take_over(self, process: str) -> list[JobRecord]:
        """The open jobs that no living process owned, oldest first, now this one's.

        After an error this process may own some that it was not given: see `owned`. Raises `Interrupted` when the
        database was away, or other transactions were in conflict.
        """

        def work(connection: sa.Connection) -> Sequence[sa.RowMapping]:
            lock_exclusively(connection, processes)
            found = set(connection.execute(_STRAY).scalars())
            if not found:
                return []
            connection.execute(_TAKE_OVER, {"process": process})
            return [row for row in _owned(connection, process) if row["id"] in found]

        try:
            # Not repeated: the second time it would find nothing.
            return [record_of(row) for row in await self._database.run(work, retry_seconds=0)]
        except SQLAlchemyError as error:
            if is_passing(error):
                raise Interrupted from error
            raise

    async def with_living(self, work: Callable[[list[str]], Awaitable[None]]) -> bool:
        """Run `work` with the ids of all living processes. Returns False, without it, while another process does so.

        Waiting for that one would be waiting for a process that may stand still. Raises `Interrupted`.
        """
        try:
            if self._database.is_file:
                await work(await self.alive(inf))
                return True
            async with self._database.engine.connect() as connection:
                # A transaction that stays open would block migrations meanwhile.
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                if not await connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_LIVING_LOCK))):
                    return False
                try:
                    await work(await self.alive(inf))
                finally:
                    await connection.execute(sa.select(sa.func.pg_advisory_unlock(_LIVING_LOCK)))
                return True
        except SQLAlchemyError as error:
            if is_passing(error):
                raise Interrupted from error
            raise

    async def owned(self, process: str) -> list[JobRecord]:
        """The open jobs that this process owns, oldest first."""
        return [record_of(row) for row in await self._database.run(lambda connection: _owned(connection, process))]


def _owned(connection: sa.Connection, process: str) -> Sequence[sa.RowMapping]:
    return connection.execute(_OWNED, {"process": process}).mappings().all()


_own = (processes.c.id == sa.bindparam("process"), processes.c.run == sa.bindparam("this_run"))
_BEAT = sa.update(processes).where(*_own).values(seen_at=now())
_RUN = sa.select(processes.c.run).where(processes.c.id == sa.bindparam("process"))
_SILENT = sa.select(processes.c.id).where(
    processes.c.id == sa.bindparam("process"), processes.c.seen_at <= now() - seconds("silence")
)
_LEAVE = sa.delete(processes).where(*_own)
_GIVE_UP = sa.delete(processes).where(processes.c.seen_at < now() - seconds("silence"))
_ALIVE = sa.select(processes.c.id).order_by(processes.c.id)
_STRAY = sa.select(jobs.c.id).where(
    needs_owner, jobs.c.owner.is_(None) | jobs.c.owner.not_in(sa.select(processes.c.id))
)
_TAKE_OVER = sa.update(jobs).where(jobs.c.id.in_(_STRAY)).values(owner=sa.bindparam("process"))
_OWNED = (
    sa.select(*RECORD)
    .where(needs_owner, jobs.c.owner == sa.bindparam("process"))
    .order_by(jobs.c.created_at, jobs.c.id)
)
