"""Changing the settings of a server."""

import asyncio

from bot.services.admin.guild_settings import GuildSettingsService
from bot.store import Database, GuildSettings, GuildSettingsStore

GUILD = 7


async def test_other_settings_are_kept(database: Database) -> None:
    """A change keeps the other settings and returns all of them."""
    service = GuildSettingsService(GuildSettingsStore(database))
    assert await service.change(GUILD, boost=True) == GuildSettings(boost=True)
    assert await service.change(GUILD, check_prompts=True) == GuildSettings(boost=True, check_prompts=True)
    assert await service.change(GUILD, boost=False) == GuildSettings(check_prompts=True)
    assert await service.change(GUILD) == await service.settings(GUILD) == GuildSettings(check_prompts=True)


async def test_simultaneous_changes_are_kept(database: Database) -> None:
    """Simultaneous changes of different settings are both kept."""
    service = GuildSettingsService(GuildSettingsStore(database))
    await asyncio.gather(service.change(GUILD, boost=True), service.change(GUILD, check_prompts=True))
    assert await service.settings(GUILD) == GuildSettings(boost=True, check_prompts=True)
