"""Jobs as suggestions while a member types; an error can't be shown there."""

from collections.abc import Awaitable, Callable

import discord

from bot.client.bot import Bot
from bot.services.queue.member_buckets import FreeUse
from bot.store import JobRecord, is_outage


async def suggestions(
    interaction: discord.Interaction[Bot], search: Callable[[], Awaitable[list[JobRecord]]]
) -> list[JobRecord]:
    """What the search finds; nothing for a member who types too fast, and while the database is away."""
    if not await interaction.client.services.buckets.try_spend(interaction.user.id, FreeUse.SUGGESTION):
        return []
    try:
        return await search()
    except Exception as error:
        # The library would log a traceback for each letter; the outage has a line of its own.
        if not is_outage(error):
            raise
        return []
