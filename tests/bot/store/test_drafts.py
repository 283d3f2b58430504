"""Drafts: kept as they were given, used by one, forgotten in time."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from bot.store import Database, Draft, DraftStore

NOW = datetime.now(UTC)
CONTENT = {"prompts": ["a red fox", "Ä 🦊"], "mode": None, "count": 3, "deep": {"yes": True}}


@pytest.fixture
def drafts(database: Database) -> DraftStore:
    return DraftStore(database)


def draft(draft_id: str = "draft", **changes: datetime) -> Draft:
    """Something of Mia's to decide on."""
    created = changes.get("created_at", NOW)
    return Draft(id=draft_id, purpose="repeat", user_id=2**63 - 1, content=CONTENT, created_at=created)


async def test_a_draft_reads_back_as_it_was_kept(drafts: DraftStore) -> None:
    """Its JSON included; an unknown one is None, and another one with its id is refused."""
    await drafts.keep(draft())
    assert await drafts.get("draft") == draft()
    assert await drafts.get("another") is None
    with pytest.raises(IntegrityError):
        await drafts.keep(draft(created_at=NOW + timedelta(seconds=1)))


async def test_a_draft_is_used_once(drafts: DraftStore) -> None:
    """The first use is noted with its moment and leaves nothing of the content; any other one is told no."""
    await drafts.keep(draft())
    assert await drafts.use("draft", NOW)
    assert not await drafts.use("draft", NOW + timedelta(seconds=1))
    assert not await drafts.use("another", NOW)
    used = await drafts.get("draft")
    assert used is not None
    assert (used.used_at, used.content) == (NOW, {})


def test_a_printed_draft_keeps_its_secrets() -> None:
    """Whatever prints one, a log or an error, shows nothing of what it holds."""
    assert "red fox" not in repr(draft())


async def test_one_of_many_at_once_uses_it(drafts: DraftStore) -> None:
    """Ten presses in the same moment: one gets it."""
    await drafts.keep(draft())
    assert sum(await asyncio.gather(*(drafts.use("draft", NOW) for _ in range(10)))) == 1


async def test_old_drafts_are_forgotten(drafts: DraftStore) -> None:
    """Those from before the moment, used or not; the others stay."""
    await drafts.keep(draft("old", created_at=NOW - timedelta(days=2)))
    await drafts.keep(draft("new"))
    assert await drafts.forget(NOW - timedelta(days=1)) == 1
    assert await drafts.forget(NOW - timedelta(days=1)) == 0
    assert await drafts.get("old") is None
    assert await drafts.get("new") is not None


async def test_a_draft_survives_a_restart(database_url: str) -> None:
    """It is on disk, not in the process."""
    async with Database(database_url) as database:
        await DraftStore(database).keep(draft())
    async with Database(database_url) as database:
        assert await DraftStore(database).get("draft") == draft()
