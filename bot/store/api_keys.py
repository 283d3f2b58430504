"""What all processes have to know of an API key: when it may be used next, and whether it is set aside."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db.clock import lock_exclusively, now
from bot.store.db.database import Database
from bot.store.db.schema import api_keys

_FURTHEST = 300.0
"""Seconds; what is further away was written by a clock that has been set back since."""


@dataclass(frozen=True, slots=True)
class QuarantinedKey:
    """A key that is not used for a while, and the sentence that says why."""

    name: str
    reason: str


class ApiKeyStore:
    """Reads and writes the state of keys; every method is one transaction. Knows names, never the keys themselves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ensure(self, names: Collection[str]) -> None:
        """Have a row for each of these keys."""

        async def work(connection: AsyncConnection) -> None:
            await lock_exclusively(connection, api_keys)
            known = set((await connection.execute(sa.select(api_keys.c.name))).scalars())
            for name in names:
                if name not in known:
                    await connection.execute(sa.insert(api_keys).values(name=name, next_at=0.0))

        await self._database.run(work)

    async def reserve(self, name: str, seconds: float) -> float:
        """Seconds until a request may leave with this key; the next one may do so `seconds` later."""
        start = earliest()
        turn = sa.update(api_keys).where(api_keys.c.name == name).values(next_at=start + seconds)
        asked = turn.returning(api_keys.c.next_at - seconds - now())
        found = (await self._database.run(lambda connection: connection.execute(asked))).scalar_one()
        return max(0.0, found)

    async def pause(self, name: str, seconds: float) -> None:
        """Let nothing leave with this key for so many seconds."""
        until = now() + seconds
        later = sa.case((earliest() > until, earliest()), else_=until)
        held = sa.update(api_keys).where(api_keys.c.name == name).values(next_at=later)
        await self._database.run(lambda connection: connection.execute(held))

    async def quarantine(self, name: str, reason: str, seconds: float) -> bool:
        """Use this key for nothing new for so many seconds. Returns whether it was in use until now."""
        free = api_keys.c.set_aside_until.is_(None) | (api_keys.c.set_aside_until < now())
        change = sa.update(api_keys).where(api_keys.c.name == name, free)
        change = change.values(set_aside_until=now() + seconds, reason=reason)
        return (await self._database.run(lambda connection: connection.execute(change))).rowcount == 1

    async def restore(self, name: str) -> None:
        """Use this key again."""
        change = sa.update(api_keys).where(api_keys.c.name == name).values(set_aside_until=None, reason=None)
        await self._database.run(lambda connection: connection.execute(change))

    async def quarantined(self) -> list[QuarantinedKey]:
        """The keys that are set aside now."""
        query = sa.select(api_keys.c.name, api_keys.c.reason).where(api_keys.c.set_aside_until >= now())
        rows = await self._database.run(lambda connection: connection.execute(query))
        return [QuarantinedKey(name, reason or "") for name, reason in rows]


def earliest() -> sa.ColumnElement[float]:
    """When a key may be used next, as seconds of the database's clock."""
    far = api_keys.c.next_at > now() + _FURTHEST
    return sa.case((far, now()), (api_keys.c.next_at > now(), api_keys.c.next_at), else_=now())
