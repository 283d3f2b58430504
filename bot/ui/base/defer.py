"""Work that usually takes a moment and sometimes longer than Discord waits."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import discord

T = TypeVar("T")

DEFER_AFTER_SECONDS = 1.5
"""Seconds to work before Discord is told to wait; it wants an answer within three."""


async def defer_if_slow(interaction: discord.Interaction, work: Awaitable[T]) -> T:
    """What the work returns; it is cancelled with its caller.

    When it takes long, "thinking" is shown, and everything that follows is public. Before that, errors are private.
    """
    doing = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({doing}, timeout=DEFER_AFTER_SECONDS)
        if not done and not interaction.response.is_done():
            await interaction.response.defer(thinking=True)
        return await doing
    finally:
        doing.cancel()
