"""Drafts: stored, used once, deleted when old."""

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
    """A draft of Mia's."""
    created = changes.get("created_at", NOW)
    return Draft(id=draft_id, purpose="repeat", user_id=2**63 - 1, content=CONTENT, created_at=created)


async def test_a_draft_is_read_as_stored(drafts: DraftStore) -> None:
    """A draft is read as stored; an unknown id gives None, and a duplicate id is refused."""
    await drafts.keep(draft())
    assert await drafts.get("draft") == draft()
    assert await drafts.get("another") is None
    with pytest.raises(IntegrityError):
        await drafts.keep(draft(created_at=NOW + timedelta(seconds=1)))


async def test_a_draft_is_used_once(drafts: DraftStore) -> None:
    """The first use is recorded with its time and deletes the content; later uses return false."""
    await drafts.keep(draft())
    assert await drafts.use("draft", NOW)
    assert not await drafts.use("draft", NOW + timedelta(seconds=1))
    assert not await drafts.use("another", NOW)
    used = await drafts.get("draft")
    assert used is not None
    assert (used.used_at, used.content) == (NOW, {})


async def test_a_use_can_be_undone(drafts: DraftStore) -> None:
    """By its own time only; the draft then has this content and can be used again."""
    await drafts.keep(draft())
    await drafts.use("draft", NOW)
    await drafts.release("draft", NOW + timedelta(seconds=1), CONTENT)
    assert not await drafts.use("draft", NOW + timedelta(seconds=2))
    await drafts.release("draft", NOW, CONTENT)
    assert await drafts.get("draft") == draft()
    assert await drafts.use("draft", NOW + timedelta(seconds=3))


def test_repr_hides_the_content() -> None:
    """A draft's repr hides its content."""
    assert "red fox" not in repr(draft())


async def test_one_of_many_uses_succeeds(drafts: DraftStore) -> None:
    """Of ten simultaneous uses one succeeds."""
    await drafts.keep(draft())
    assert sum(await asyncio.gather(*(drafts.use("draft", NOW) for _ in range(10)))) == 1


async def test_old_drafts_are_deleted(drafts: DraftStore) -> None:
    """Drafts older than a given time are deleted."""
    await drafts.keep(draft("old", created_at=NOW - timedelta(days=2)))
    await drafts.keep(draft("new"))
    assert await drafts.forget(NOW - timedelta(days=1)) == 1
    assert await drafts.forget(NOW - timedelta(days=1)) == 0
    assert await drafts.get("old") is None
    assert await drafts.get("new") is not None


async def test_a_draft_survives_a_restart(database_url: str) -> None:
    """A draft survives closing and opening the database."""
    async with Database(database_url) as database:
        await DraftStore(database).keep(draft())
    async with Database(database_url) as database:
        assert await DraftStore(database).get("draft") == draft()
