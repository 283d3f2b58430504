"""Turns of an API key that processes share, and keys that are set aside."""

import asyncio
import time

import pytest
import sqlalchemy as sa

from bot.store import ApiKeyStore, Database, QuarantinedKey
from bot.store.db.schema import api_keys


@pytest.fixture
async def keys(database: Database) -> ApiKeyStore:
    """Two keys."""
    store = ApiKeyStore(database)
    await store.ensure(["a", "b"])
    return store


async def put(database: Database, **values: float) -> None:
    """Write this into the row of the key "a"."""
    change = sa.update(api_keys).where(api_keys.c.name == "a").values(values)
    await database.run(lambda connection: connection.execute(change))


async def names(database: Database) -> list[str]:
    """The keys that have a row."""
    query = sa.select(api_keys.c.name).order_by(api_keys.c.name)
    return list(await database.run(lambda connection: connection.execute(query).scalars().all()))


async def test_a_key_has_one_row(database: Database, keys: ApiKeyStore) -> None:
    """However many processes begin at once, and whatever is known of it stays."""
    await keys.pause("a", 50)
    await asyncio.gather(*(ApiKeyStore(database).ensure(["c", "a"]) for _ in range(5)))
    assert await names(database) == ["a", "b", "c"]
    assert await keys.reserve("a", 1) > 40


async def test_turns_follow_each_other(keys: ApiKeyStore) -> None:
    """Three at once: the first goes now, each other one a turn later; the other key is not touched."""
    waits = sorted(await asyncio.gather(*(keys.reserve("a", 100) for _ in range(3))))
    assert [round(wait, -2) for wait in waits] == [0, 100, 200]
    assert await keys.reserve("b", 20) == 0


async def test_who_is_held_waits(keys: ApiKeyStore) -> None:
    """For as long as was said; a shorter hold does not shorten a longer one."""
    await keys.pause("a", 100)
    await keys.pause("a", 10)
    assert 90 < await keys.reserve("a", 1) <= 100
    assert 91 < await keys.reserve("a", 1) <= 101


async def test_a_turn_far_in_the_future_is_none(database: Database, keys: ApiKeyStore) -> None:
    """A clock that was a year ahead has been set back since: nobody waits a year."""
    await put(database, next_at=time.time() + 365 * 86400)
    assert await keys.reserve("a", 10) == 0
    assert 5 < await keys.reserve("a", 10) <= 10


async def test_a_hold_far_in_the_future_is_none(database: Database, keys: ApiKeyStore) -> None:
    """The next hold counts from now."""
    await put(database, next_at=time.time() + 365 * 86400)
    await keys.pause("a", 20)
    assert 10 < await keys.reserve("a", 10) <= 20


async def test_the_clock_is_that_of_the_world(database: Database, keys: ApiKeyStore) -> None:
    """Seconds since 1970, whatever the database: rows outlive a move to another one."""
    before = time.time()
    await keys.reserve("a", 0)
    query = sa.select(api_keys.c.next_at).where(api_keys.c.name == "a")
    moment = await database.run(lambda connection: connection.execute(query).scalar_one())
    assert before - 0.1 <= moment <= time.time() + 0.1


async def test_a_key_is_set_aside_once(keys: ApiKeyStore) -> None:
    """Of many who find it refused one is told that it was in use until now; the reason is the first one's."""
    first = await keys.quarantine("a", "No credits.", 100)
    others = await asyncio.gather(*(keys.quarantine("a", "Refused.", 100) for _ in range(5)))
    assert (first, any(others)) == (True, False)
    assert await keys.quarantined() == [QuarantinedKey("a", "No credits.")]


async def test_a_key_comes_back(database: Database, keys: ApiKeyStore) -> None:
    """When its time is over, or it works again; then it can be set aside anew."""
    await keys.quarantine("a", "Refused.", 100)
    await put(database, set_aside_until=time.time() - 1)
    assert await keys.quarantined() == []
    assert await keys.quarantine("a", "Again.", 100)
    await keys.restore("a")
    assert await keys.quarantined() == []
