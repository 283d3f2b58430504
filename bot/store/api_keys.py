"""The state of API keys that all processes share: when each may be used next, whether it is quarantined, and which of
its queues at the API are full.
"""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from bot.store.db.clock import lock_exclusively, now, seconds
from bot.store.db.database import Database
from bot.store.db.schema import api_keys, api_queues

_FURTHEST = 300.0
"""Seconds; a later time was written by a clock that has been set back since."""


@dataclass(frozen=True, slots=True)
class QuarantinedKey:
    """A key that is not used for a while, and the sentence that says why."""

    name: str
    reason: str


class ApiKeyStore:
    """Reads and writes the state of keys; every method is one transaction. Knows their names only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ensure(self, names: Collection[str]) -> None:
        """Have a row for each of these keys."""

        def work(connection: sa.Connection) -> None:
            lock_exclusively(connection, api_keys)
            known = set(connection.execute(sa.select(api_keys.c.name)).scalars())
            for name in names:
                if name not in known:
                    connection.execute(sa.insert(api_keys).values(name=name, next_at=0.0))

        await self._database.run(work)

    async def reserve(self, name: str, seconds: float) -> float:
        """Seconds until a request may leave with this key; the next one may do so `seconds` later."""
        values = {"key_name": name, "seconds": seconds}
        found = await self._database.run(lambda connection: connection.execute(_RESERVE, values).scalar_one())
        return max(0.0, found)

    async def pause(self, name: str, seconds: float) -> None:
        """Send nothing with this key for this number of seconds."""
        values = {"key_name": name, "seconds": seconds}
        await self._database.run(lambda connection: connection.execute(_PAUSE, values))

    async def quarantine(self, name: str, reason: str, seconds: float) -> bool:
        """Use this key for no new job for this number of seconds. Returns whether it was in use until now."""
        values = {"key_name": name, "why": reason, "seconds": seconds}
        return await self._database.run(lambda connection: connection.execute(_QUARANTINE, values).rowcount) == 1

    async def restore(self, name: str) -> None:
        """Use this key again."""
        await self._database.run(lambda connection: connection.execute(_RESTORE, {"key_name": name}))

    async def quarantined(self) -> list[QuarantinedKey]:
        """The keys that are quarantined now."""
        rows = await self._database.run(lambda connection: connection.execute(_QUARANTINED).all())
        return [QuarantinedKey(name, reason or "") for name, reason in rows]

    async def mark_full(self, name: str, queue: str, seconds: float) -> None:
        """Send no job to this queue of the key for these seconds, and then one at a time until one is accepted."""
        values = {"of_key": name, "of_queue": queue, "seconds": seconds}

        def work(connection: sa.Connection) -> None:
            lock_exclusively(connection, api_keys)
            if connection.execute(_STILL_FULL, values).rowcount == 0:
                connection.execute(_FULL, values)

        await self._database.run(work)

    async def mark_open(self, name: str, queue: str) -> None:
        """Send jobs to this queue of the key again, as one was accepted."""
        values = {"of_key": name, "of_queue": queue}
        await self._database.run(lambda connection: connection.execute(_OPEN, values))

    async def full_queues(self) -> set[tuple[str, str]]:
        """The names of keys and of their queues that accepted no job at the last try."""
        rows = await self._database.run(lambda connection: connection.execute(_FULL_QUEUES).all())
        return {(name, queue) for name, queue in rows}


def earliest() -> sa.ColumnElement[float]:
    """When a key may be used next, as seconds of the database's clock."""
    far = api_keys.c.next_at > now() + _FURTHEST
    return sa.case((far, now()), (api_keys.c.next_at > now(), api_keys.c.next_at), else_=now())


_seconds = seconds("seconds")
_until = now() + _seconds
_named = sa.update(api_keys).where(api_keys.c.name == sa.bindparam("key_name"))
_RESERVE = _named.values(next_at=earliest() + _seconds).returning(api_keys.c.next_at - _seconds - now())
_PAUSE = _named.values(next_at=sa.case((earliest() > _until, earliest()), else_=_until))
_QUARANTINE = _named.where(api_keys.c.set_aside_until.is_(None) | (api_keys.c.set_aside_until < now())).values(
    set_aside_until=_until, reason=sa.bindparam("why")
)
_RESTORE = _named.values(set_aside_until=None, reason=None)
_this_queue = (api_queues.c.key_name == sa.bindparam("of_key")) & (api_queues.c.queue == sa.bindparam("of_queue"))
_STILL_FULL = sa.update(api_queues).where(_this_queue).values(full_until=_until, pause=_seconds)
_FULL = sa.insert(api_queues).values(
    key_name=sa.bindparam("of_key"), queue=sa.bindparam("of_queue"), full_until=_until, pause=_seconds
)
_OPEN = sa.delete(api_queues).where(_this_queue)
_FULL_QUEUES = sa.select(api_queues.c.key_name, api_queues.c.queue)
_QUARANTINED = sa.select(api_keys.c.name, api_keys.c.reason).where(api_keys.c.set_aside_until >= now())
