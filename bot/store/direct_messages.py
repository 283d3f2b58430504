"""The direct messages that the bot has opened, counted over all processes."""

import sqlalchemy as sa

from bot.store.db.clock import lock_exclusively, now, seconds
from bot.store.db.database import Database
from bot.store.db.schema import direct_messages, pauses

_KEPT_SECONDS = 30 * 86_400.0
_PAUSE = "direct messages"


class DirectMessageStore:
    """Reads and writes which channels were opened; every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def channel_of(self, user_id: int) -> int | None:
        """The id of the member's channel, None when none was opened in the last thirty days."""
        return await self._database.run(lambda connection: connection.execute(_CHANNEL, {"user": user_id}).scalar())

    async def reserve(self, user_id: int, *, most: int, seconds: float) -> float:
        """Seconds until the member's channel may be opened; 0 if it may be now, which counts.

        In any `seconds` seconds at most `most` are opened, by all processes together.
        """

        def work(connection: sa.Connection) -> float:
            lock_exclusively(connection, direct_messages)
            paused = connection.execute(_PAUSED).scalar()
            if paused is not None:
                return paused
            opened = connection.execute(_OPENED_LATELY, {"seconds": seconds, "most": most}).scalars().all()
            if len(opened) >= most:
                return min(max(seconds - opened[-1], 0.001), seconds)
            connection.execute(_FORGET_OLD, {"seconds": _KEPT_SECONDS})
            connection.execute(_FORGET, {"user": user_id})
            connection.execute(_OPEN, {"user": user_id})
            return 0.0

        return await self._database.run(work)

    async def remember(self, user_id: int, channel_id: int) -> None:
        """Note which channel was opened."""
        values = {"user": user_id, "channel": channel_id}
        await self._database.run(lambda connection: connection.execute(_REMEMBER, values))

    async def pause(self, seconds: float) -> None:
        """Open none for this number of seconds."""

        def work(connection: sa.Connection) -> None:
            lock_exclusively(connection, direct_messages)
            connection.execute(_END_PAUSE)
            connection.execute(_BEGIN_PAUSE, {"seconds": seconds})

        await self._database.run(work)


_user = sa.bindparam("user", type_=sa.BigInteger())
_age = now() - direct_messages.c.opened_at
_CHANNEL = sa.select(direct_messages.c.channel_id).where(direct_messages.c.user_id == _user)
_OPENED_LATELY = (
    sa.select(_age)
    .where(direct_messages.c.opened_at > now() - seconds("seconds"))
    .order_by(direct_messages.c.opened_at.desc())
    .limit(sa.bindparam("most", type_=sa.Integer()))
)
_FORGET_OLD = sa.delete(direct_messages).where(direct_messages.c.opened_at < now() - seconds("seconds"))
_FORGET = sa.delete(direct_messages).where(direct_messages.c.user_id == _user)
_OPEN = sa.insert(direct_messages).values(user_id=_user, channel_id=sa.null(), opened_at=now())
_REMEMBER = (
    sa.update(direct_messages)
    .where(direct_messages.c.user_id == _user)
    .values(channel_id=sa.bindparam("channel", type_=sa.BigInteger()))
)
_of_direct_messages = pauses.c.name == _PAUSE
_PAUSED = sa.select(pauses.c.until - now()).where(_of_direct_messages, pauses.c.until > now())
_END_PAUSE = sa.delete(pauses).where(_of_direct_messages)
_BEGIN_PAUSE = sa.insert(pauses).values(name=_PAUSE, until=now() + seconds("seconds"))
