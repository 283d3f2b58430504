"""The settings of a server, or of the direct messages with one member."""

import asyncio
from dataclasses import replace

from bot.store import GuildSettings, GuildSettingsStore


class GuildSettingsService:
    """Reads and changes settings; `place_id` is the id of a server, or of a channel of direct messages."""

    def __init__(self, store: GuildSettingsStore) -> None:
        self._store = store
        self._changing = asyncio.Lock()

    async def settings(self, place_id: int) -> GuildSettings:
        """The settings of the place."""
        return await self._store.get(place_id)

    async def change(
        self, place_id: int, *, boost: bool | None = None, check_prompts: bool | None = None
    ) -> GuildSettings:
        """The settings after the change; a value of None leaves a setting as it is."""
        # Two members who change different settings at the same time must not undo each other's change.
        async with self._changing:
            settings = await self._store.get(place_id)
            if boost is not None:
                settings = replace(settings, boost=boost)
            if check_prompts is not None:
                settings = replace(settings, check_prompts=check_prompts)
            await self._store.put(place_id, settings)
        return settings
