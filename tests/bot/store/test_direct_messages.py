"""Direct messages that were opened, counted over all processes."""

import asyncio

import pytest
import sqlalchemy as sa

from bot.store import Database, DirectMessageStore
from bot.store.db.schema import direct_messages, pauses

LIMIT = {"most": 3, "seconds": 600.0}


@pytest.fixture
def opened(database: Database) -> DirectMessageStore:
    return DirectMessageStore(database)


async def pass_time(database: Database, seconds: float) -> None:
    """Let everything have happened this much earlier."""
    for change in (
        sa.update(direct_messages).values(opened_at=direct_messages.c.opened_at - seconds),
        sa.update(pauses).values(until=pauses.c.until - seconds),
    ):
        await database.run(lambda connection, change=change: connection.execute(change))


async def test_as_many_as_are_allowed(database: Database, opened: DirectMessageStore) -> None:
    """However many ask at the same time; the next one waits until the oldest counts no longer."""
    waits = await asyncio.gather(*(opened.reserve(user, **LIMIT) for user in range(1, 8)))
    assert sorted(waits)[:3] == [0.0] * 3
    assert all(590 < wait <= 600 for wait in sorted(waits)[3:])
    await pass_time(database, 599)
    assert 0 < await opened.reserve(9, **LIMIT) <= 1
    await pass_time(database, 2)
    assert await opened.reserve(9, **LIMIT) == 0


async def test_opened_channel_is_known(database: Database, opened: DirectMessageStore) -> None:
    """For thirty days."""
    assert await opened.channel_of(2**60) is None
    await opened.reserve(2**60, **LIMIT)
    assert await opened.channel_of(2**60) is None
    await opened.remember(2**60, 2**61)
    assert await opened.channel_of(2**60) == 2**61
    await pass_time(database, 31 * 86_400)
    assert await opened.reserve(1, **LIMIT) == 0
    assert await opened.channel_of(2**60) is None


async def test_pause(database: Database, opened: DirectMessageStore) -> None:
    """After a refusal none is opened for a while, and a second refusal begins it again."""
    await opened.pause(60)
    await opened.pause(3600)
    assert 3590 < await opened.reserve(1, **LIMIT) <= 3600
    await pass_time(database, 3601)
    assert await opened.reserve(1, **LIMIT) == 0
