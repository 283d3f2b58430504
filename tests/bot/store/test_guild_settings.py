"""Settings of servers and direct messages."""

import asyncio

import pytest

from bot.store import Database, GuildSettings, GuildSettingsStore

GUILD, OTHER_GUILD = 2**63 - 1, 7


@pytest.fixture
def store(database: Database) -> GuildSettingsStore:
    return GuildSettingsStore(database)


async def test_defaults(store: GuildSettingsStore) -> None:
    """A server without settings has the defaults."""
    assert await store.get(GUILD) == GuildSettings(boost=False, check_prompts=False)


async def test_settings_belong_to_one_guild(store: GuildSettingsStore) -> None:
    """The newest settings of a server are read, and another server is not affected."""
    for settings in (GuildSettings(boost=True), GuildSettings(check_prompts=True), GuildSettings(True, True)):
        await store.put(GUILD, settings)
        assert await store.get(GUILD) == settings
    assert await store.get(OTHER_GUILD) == GuildSettings()


async def test_simultaneous_first_writes(store: GuildSettingsStore) -> None:
    """Simultaneous first writes do not fail, and one of them is stored."""
    choices = [GuildSettings(boost=True), GuildSettings(check_prompts=True)] * 5
    await asyncio.gather(*(store.put(GUILD, choice) for choice in choices))
    assert await store.get(GUILD) in choices
