"""What is set for places."""

import asyncio

import pytest

from bot.store import Database, GuildSettings, GuildSettingsStore

PLACE, ANOTHER = 2**63 - 1, 7


@pytest.fixture
def places(database: Database) -> GuildSettingsStore:
    return GuildSettingsStore(database)


async def test_a_place_begins_with_the_defaults(places: GuildSettingsStore) -> None:
    """Where nothing was set, nothing is on."""
    assert await places.get(PLACE) == GuildSettings(boost=False, check_prompts=False)


async def test_what_is_set_stays_and_belongs_to_its_place(places: GuildSettingsStore) -> None:
    """The newest settings count; another place knows nothing of them."""
    for settings in (GuildSettings(boost=True), GuildSettings(check_prompts=True), GuildSettings(True, True)):
        await places.put(PLACE, settings)
        assert await places.get(PLACE) == settings
    assert await places.get(ANOTHER) == GuildSettings()


async def test_two_at_once_set_a_new_place(places: GuildSettingsStore) -> None:
    """Neither fails, and what is there afterwards is what one of them has set."""
    wishes = [GuildSettings(boost=True), GuildSettings(check_prompts=True)] * 5
    await asyncio.gather(*(places.put(PLACE, wish) for wish in wishes))
    assert await places.get(PLACE) in wishes
