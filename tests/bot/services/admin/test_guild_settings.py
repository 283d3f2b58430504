"""Changing what is set for a place."""

import asyncio

from bot.services.admin.guild_settings import Places
from bot.store import Database, PlaceSettings, PlaceStore

PLACE = 7


async def test_what_is_not_named_stays(database: Database) -> None:
    """A change returns everything that is set now."""
    places = Places(PlaceStore(database))
    assert await places.change(PLACE, boost=True) == PlaceSettings(boost=True)
    assert await places.change(PLACE, check_prompts=True) == PlaceSettings(boost=True, check_prompts=True)
    assert await places.change(PLACE, boost=False) == PlaceSettings(check_prompts=True)
    assert await places.change(PLACE) == await places.settings(PLACE) == PlaceSettings(check_prompts=True)


async def test_two_changes_at_once_both_count(database: Database) -> None:
    """Who changes one thing does not undo what another changes in the same moment."""
    places = Places(PlaceStore(database))
    await asyncio.gather(places.change(PLACE, boost=True), places.change(PLACE, check_prompts=True))
    assert await places.settings(PLACE) == PlaceSettings(boost=True, check_prompts=True)
