"""Jobs that wait in a place that the bot has lost: their results could not be shown there."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from bot.services.lifecycle.lifecycle import JobLifecycle
from bot.store import JobState, JobStore

log = logging.getLogger(__name__)

_SERVER_LOST = "The bot was removed from the server before this was sent. It cost nothing."
_CHANNEL_LOST = "Its channel or thread was deleted before this was sent. It cost nothing."


class LostPlaces:
    """Drops unsent jobs. They cost nothing, so their members are not written to; those that were sent go on."""

    def __init__(self, store: JobStore, lifecycle: JobLifecycle) -> None:
        self._store = store
        self._lifecycle = lifecycle

    async def drop_guild(self, guild_id: int) -> int:
        """How many jobs of this server were dropped."""
        return await self._drop(await self._store.unsent_in(guild_id=guild_id), _SERVER_LOST)

    async def drop_guilds(self, is_lost: Callable[[int], bool]) -> int:
        """How many jobs of servers were dropped for whose ids this holds."""
        lost = [guild_id for guild_id in await self._store.guilds_with_unsent() if is_lost(guild_id)]
        return sum([await self.drop_guild(guild_id) for guild_id in lost])

    async def drop_channel(self, channel_id: int) -> int:
        """How many jobs of this channel or thread were dropped."""
        return await self._drop(await self._store.unsent_in(channel_id=channel_id), _CHANNEL_LOST)

    async def _drop(self, job_ids: list[str], reason: str) -> int:
        dropped = 0
        for job_id in job_ids:
            now = datetime.now(UTC)
            ended = await self._store.move(
                job_id,
                JobState.RECORDED,
                JobState.WAITING,
                JobState.DISPATCHED,
                state=JobState.CANCELLED,
                reason=reason,
                once_key=None,
                finished_at=now,
                delivered_at=now,
            )
            if ended is not None:
                dropped += 1
                await self._lifecycle.forget(ended)
        if dropped:
            log.info("unsent jobs of a place that the bot has lost were dropped", extra={"jobs": dropped})
        return dropped
