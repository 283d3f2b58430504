"""What a member may still decide on: theirs, in time, for one purpose, once."""

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
    """Looking uses nothing up; whoever takes it gets its content, and the next one a sentence."""
    kept = await drafts.keep("repeat", MIA, CONTENT)
    assert await drafts.look("repeat", kept, MIA) == await drafts.look("repeat", kept, MIA) == CONTENT
    assert await drafts.take("repeat", kept, MIA) == CONTENT
    for again in (drafts.take, drafts.look):
        with pytest.raises(UserError, match="used already"):
            await again("repeat", kept, MIA)


async def test_somebody_elses(drafts: Drafts) -> None:
    """A foreign press is told so, and takes nothing from the member it belongs to."""
    kept = await drafts.keep("repeat", MIA, CONTENT)
    with pytest.raises(UserError, match="belongs to the member"):
        await drafts.take("repeat", kept, MAX)
    assert await drafts.take("repeat", kept, MIA) == CONTENT


async def test_another_purpose_or_an_unknown_one(drafts: Drafts) -> None:
    """An id opens nothing but what it was kept for."""
    kept = await drafts.keep("repeat", MIA, CONTENT)
    for purpose, draft_id in (("mask", kept), ("repeat", "unknown")):
        with pytest.raises(UserError, match="too old"):
            await drafts.take(purpose, draft_id, MIA)
    assert await drafts.take("repeat", kept, MIA) == CONTENT


async def test_too_old(drafts: Drafts, store: DraftStore) -> None:
    """After its time nobody can take it, though it is still there."""
    old = await aged(store, LIFE + timedelta(seconds=1))
    with pytest.raises(UserError, match="too old"):
        await drafts.take("repeat", old, MIA)


async def test_shortly_before_its_time_is_over(drafts: Drafts, store: DraftStore) -> None:
    """A slow member is served."""
    assert await drafts.take("repeat", await aged(store, LIFE - timedelta(minutes=1)), MIA) == CONTENT


async def test_two_at_the_same_time(drafts: Drafts) -> None:
    """A double click is one decision: one gets the content, all others the sentence."""
    kept = await drafts.keep("repeat", MIA, CONTENT)
    results = await asyncio.gather(*(drafts.take("repeat", kept, MIA) for _ in range(8)), return_exceptions=True)
    refused = [str(result) for result in results if isinstance(result, UserError)]
    assert [result for result in results if not isinstance(result, BaseException)] == [CONTENT]
    assert refused == ["This was used already."] * 7


async def test_keeping_forgets_what_is_over(drafts: Drafts, store: DraftStore) -> None:
    """Nobody has to clean up, and no token outlives its use by more than it must."""
    old = await aged(store, LIFE + timedelta(seconds=1))
    kept = await drafts.keep("repeat", MIA, CONTENT)
    assert await store.get(old) is None
    assert await store.get(kept) is not None


async def test_a_draft_outlives_the_bot(drafts: Drafts, database: Database) -> None:
    """Another process finds what this one has kept."""
    kept = await drafts.keep("repeat", MIA, CONTENT)
    assert await Drafts(DraftStore(database)).take("repeat", kept, MIA) == CONTENT
