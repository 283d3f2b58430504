"""Rate limiting of an API key across processes, and quarantined keys."""

import asyncio
import time

import pytest
import sqlalchemy as sa

from bot.store import ApiKeyStore, Database, QuarantinedKey
from bot.store.db.schema import api_keys


@pytest.fixture
async def keys(database: Database) -> ApiKeyStore:
    """A store with two keys."""
    store = ApiKeyStore(database)
    await store.ensure(["a", "b"])
    return store


async def set_columns(database: Database, **values: float) -> None:
    """Write these values into the row of the key "a"."""
    change = sa.update(api_keys).where(api_keys.c.name == "a").values(values)
    await database.run(lambda connection: connection.execute(change))


async def key_names(database: Database) -> list[str]:
    """The names of all stored keys."""
    query = sa.select(api_keys.c.name).order_by(api_keys.c.name)
    return list(await database.run(lambda connection: connection.execute(query).scalars().all()))


async def test_a_key_has_one_row(database: Database, keys: ApiKeyStore) -> None:
    """Several processes that register a key create one row and keep its values."""
    await keys.pause("a", 50)
    await asyncio.gather(*(ApiKeyStore(database).ensure(["c", "a"]) for _ in range(5)))
    assert await key_names(database) == ["a", "b", "c"]
    assert await keys.reserve("a", 1) > 40


async def test_reservations_are_one_turn_apart(keys: ApiKeyStore) -> None:
    """Three reservations at once are one turn apart, and another key is not affected."""
    waits = sorted(await asyncio.gather(*(keys.reserve("a", 100) for _ in range(3))))
    assert [round(wait, -2) for wait in waits] == [0, 100, 200]
    assert await keys.reserve("b", 20) == 0


async def test_a_pause_delays_reservations(keys: ApiKeyStore) -> None:
    """A pause delays reservations; a shorter pause does not shorten a longer one."""
    await keys.pause("a", 100)
    await keys.pause("a", 10)
    assert 90 < await keys.reserve("a", 1) <= 100
    assert 91 < await keys.reserve("a", 1) <= 101


async def test_a_turn_far_in_the_future_is_ignored(database: Database, keys: ApiKeyStore) -> None:
    """A reservation time far in the future, from a wrong clock, is ignored."""
    await set_columns(database, next_at=time.time() + 365 * 86400)
    assert await keys.reserve("a", 10) == 0
    assert 5 < await keys.reserve("a", 10) <= 10


async def test_a_pause_far_in_the_future_is_replaced(database: Database, keys: ApiKeyStore) -> None:
    """A pause far in the future is replaced by the next one."""
    await set_columns(database, next_at=time.time() + 365 * 86400)
    await keys.pause("a", 20)
    assert 10 < await keys.reserve("a", 10) <= 20


async def test_times_are_unix_timestamps(database: Database, keys: ApiKeyStore) -> None:
    """Times are stored as seconds since 1970 on every database."""
    before = time.time()
    await keys.reserve("a", 0)
    query = sa.select(api_keys.c.next_at).where(api_keys.c.name == "a")
    next_at = await database.run(lambda connection: connection.execute(query).scalar_one())
    assert before - 0.1 <= next_at <= time.time() + 0.1


async def test_a_key_is_quarantined_once(keys: ApiKeyStore) -> None:
    """Only the first quarantine of a key returns true, and its reason is kept."""
    first = await keys.quarantine("a", "No credits.", 100)
    others = await asyncio.gather(*(keys.quarantine("a", "Refused.", 100) for _ in range(5)))
    assert (first, any(others)) == (True, False)
    assert await keys.quarantined() == [QuarantinedKey("a", "No credits.")]


async def test_a_key_leaves_quarantine(database: Database, keys: ApiKeyStore) -> None:
    """A key leaves quarantine after its time or when restored, and can be quarantined again."""
    await keys.quarantine("a", "Refused.", 100)
    await set_columns(database, set_aside_until=time.time() - 1)
    assert await keys.quarantined() == []
    assert await keys.quarantine("a", "Again.", 100)
    await keys.restore("a")
    assert await keys.quarantined() == []
