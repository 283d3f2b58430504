"""Drafts: for one member, one purpose and one use, until they expire."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import UserError
from bot.services.jobs.drafts import Drafts
from bot.store import Database, Draft, DraftStore
from bot.timings import DEFAULT_TIMINGS

LIFE = DEFAULT_TIMINGS.draft_life
MIA, MAX = 100, 5
CONTENT = {"prompts": ["a red fox", "a blue fox"]}


@pytest.fixture
def store(database: Database) -> DraftStore:
    return DraftStore(database)


@pytest.fixture
def drafts(store: DraftStore) -> Drafts:
    return Drafts(store)


async def aged(store: DraftStore, age: timedelta) -> str:
    """The id of a draft of that age."""
    made = datetime.now(UTC) - age
    await store.keep(Draft(id="aged", purpose="repeat", user_id=MIA, content=CONTENT, created_at=made))
    return "aged"


async def test_taken_once(drafts: Drafts) -> None:
    """`look` does not use the draft; after `take` both raise."""
    kept = await drafts.keep("repeat", MIA, CONTENT)
    assert await drafts.look("repeat", kept, MIA) == await drafts.look("repeat", kept, MIA) == CONTENT
    assert await drafts.take("repeat", kept, MIA) == CONTENT
    for again in (drafts.take, drafts.look):
        with pytest.raises(UserError, match="used already"):
            await again("repeat", kept, MIA)


async def test_draft_of_another_member(drafts: Drafts) -> None:
    """Another member gets an error, and the draft stays usable."""
    kept = await drafts.keep("repeat", MIA, CONTENT)
    with pytest.raises(UserError, match="belongs to the member"):
        await drafts.take("repeat", kept, MAX)
    assert await drafts.take("repeat", kept, MIA) == CONTENT


async def test_another_purpose_or_an_unknown_one(drafts: Drafts) -> None:
    """A draft can only be used for its purpose."""
    kept = await drafts.keep("repeat", MIA, CONTENT)
    for purpose, draft_id in (("mask", kept), ("repeat", "unknown")):
        with pytest.raises(UserError, match="too old"):
            await drafts.take(purpose, draft_id, MIA)
    assert await drafts.take("repeat", kept, MIA) == CONTENT


async def test_expired(drafts: Drafts, store: DraftStore) -> None:
    """An expired draft can't be taken, even while it is still stored."""
    old = await aged(store, LIFE + timedelta(seconds=1))
    with pytest.raises(UserError, match="too old"):
        await drafts.take("repeat", old, MIA)


async def test_shortly_before_expiry(drafts: Drafts, store: DraftStore) -> None:
    """It is still usable shortly before it expires."""
    assert await drafts.take("repeat", await aged(store, LIFE - timedelta(minutes=1)), MIA) == CONTENT


async def test_concurrent_presses(drafts: Drafts) -> None:
    """Of concurrent presses one gets the content, and all others an error."""
    kept = await drafts.keep("repeat", MIA, CONTENT)
    results = await asyncio.gather(*(drafts.take("repeat", kept, MIA) for _ in range(8)), return_exceptions=True)
    refused = [str(result) for result in results if isinstance(result, UserError)]
    assert [result for result in results if not isinstance(result, BaseException)] == [CONTENT]
    assert refused == ["This was used already."] * 7


async def test_keep_deletes_expired_drafts(drafts: Drafts, store: DraftStore) -> None:
    """So no cleanup is needed, and no token is stored longer than necessary."""
    old = await aged(store, LIFE + timedelta(seconds=1))
    kept = await drafts.keep("repeat", MIA, CONTENT)
    assert await store.get(old) is None
    assert await store.get(kept) is not None


async def test_draft_survives_a_restart(drafts: Drafts, database: Database) -> None:
    """Another process finds the draft."""
    kept = await drafts.keep("repeat", MIA, CONTENT)
    assert await Drafts(DraftStore(database)).take("repeat", kept, MIA) == CONTENT
