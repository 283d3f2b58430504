"""What is set for a server, or for the direct messages with one member."""

import asyncio
from dataclasses import replace

from bot.store import GuildSettings, GuildSettingsStore


class GuildSettingsService:
    """Reads and changes what is set for places; `place_id` is a server's id, or a channel's of direct messages."""

    def __init__(self, store: GuildSettingsStore) -> None:
        self._store = store
        self._changing = asyncio.Lock()

    async def settings(self, place_id: int) -> GuildSettings:
        """What is set there."""
        return await self._store.get(place_id)

    async def change(
        self, place_id: int, *, boost: bool | None = None, check_prompts: bool | None = None
    ) -> GuildSettings:
        """What is set there after the change; what is None stays as it was."""
        # Two who change different things at the same time must not undo each other.
        async with self._changing:
            settings = await self._store.get(place_id)
            if boost is not None:
                settings = replace(settings, boost=boost)
            if check_prompts is not None:
                settings = replace(settings, check_prompts=check_prompts)
            await self._store.put(place_id, settings)
        return settings
