"""Defers an interaction when its work takes longer than Discord waits."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import discord

T = TypeVar("T")

DEFER_AFTER_SECONDS = 1.5
"""Seconds of work before the interaction is deferred; Discord wants an answer within three."""


async def defer_if_slow(interaction: discord.Interaction, work: Awaitable[T]) -> T:
    """Return what the work returns, and defer the interaction meanwhile when it takes long.

    Once deferred, "thinking" is shown and every answer is public, errors too; before that errors are private. The work
    is cancelled together with the caller.
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=DEFER_AFTER_SECONDS)
        if not done and not interaction.response.is_done():
            await interaction.response.defer(thinking=True)
        return await task
    finally:
        task.cancel()
