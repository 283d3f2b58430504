"""Defers an interaction when its work takes longer than Discord waits."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import discord

from bot.client.bot import Bot

T = TypeVar("T")


async def defer_if_slow(interaction: discord.Interaction[Bot], work: Awaitable[T]) -> T:
    """Return what the work returns, and defer the interaction meanwhile when it takes long.

    Once deferred, "thinking" is shown and every answer is public, errors too; before that errors are private. The work
    is cancelled together with the caller.
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=interaction.client.services.timings.defer_after)
        if not done and not interaction.response.is_done():
            await interaction.response.defer(thinking=True)
        return await task
    finally:
        task.cancel()
        # A failure of deferring is raised instead of one of the work, which then counts as seen.
        task.add_done_callback(lambda ended: None if ended.cancelled() else ended.exception())
