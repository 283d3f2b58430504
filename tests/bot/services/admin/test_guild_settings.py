"""Changing what is set for a place."""

import asyncio

from bot.services.admin.guild_settings import GuildSettingsService
from bot.store import Database, GuildSettings, GuildSettingsStore

PLACE = 7


async def test_what_is_not_named_stays(database: Database) -> None:
    """A change returns everything that is set now."""
    places = GuildSettingsService(GuildSettingsStore(database))
    assert await places.change(PLACE, boost=True) == GuildSettings(boost=True)
    assert await places.change(PLACE, check_prompts=True) == GuildSettings(boost=True, check_prompts=True)
    assert await places.change(PLACE, boost=False) == GuildSettings(check_prompts=True)
    assert await places.change(PLACE) == await places.settings(PLACE) == GuildSettings(check_prompts=True)


async def test_two_changes_at_once_both_count(database: Database) -> None:
    """Who changes one thing does not undo what another changes in the same moment."""
    places = GuildSettingsService(GuildSettingsStore(database))
    await asyncio.gather(places.change(PLACE, boost=True), places.change(PLACE, check_prompts=True))
    assert await places.settings(PLACE) == GuildSettings(boost=True, check_prompts=True)
