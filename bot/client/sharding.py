"""A discord.py bot that serves some of the shards, beside other processes that serve the rest."""

import asyncio
from contextlib import suppress
from typing import Any, Protocol

from discord.ext import commands
from discord.gateway import DiscordWebSocket
from yarl import URL

from bot.settings.shards import Shards

_RECONNECT_PATIENCE = 30.0


class ShardLoginGate(Protocol):
    """Turns for logging in, shared with other processes."""

    async def acquire(self, bucket: int) -> None:
        """Return when a shard of this bucket may log in."""
        ...


class ShardedBot(commands.AutoShardedBot):
    """Connects its shards to the address of the settings, in turn with other processes.

    Args:
        shards: those it serves.
        turns: when its shards may log in, where other processes log in others.
        options: as discord.py has them.
    """

    def __init__(self, *, shards: Shards, login_gate: ShardLoginGate | None, **options: Any) -> None:
        super().__init__(
            shard_ids=shards.ids,  # pyright: ignore[reportArgumentType]  # a tuple or None is as good
            shard_count=shards.count,
            **options,
        )
        self._login_gate = login_gate
        self._buckets = 1
        self._stopped = False
        self._launching: asyncio.Task[None] | None = None

    async def launch_shards(self) -> None:
        """Connect every shard of this process, until it is closed."""
        if self._stopped:
            return
        self._launching = asyncio.create_task(self._launch())
        await asyncio.wait({self._launching})
        if not self._launching.cancelled():
            self._launching.result()

    async def _launch(self) -> None:
        if self._login_gate is not None:
            self._buckets = (await self.fetch_session_start_limits()).max_concurrency
        await super().launch_shards()

    def stop_launching(self) -> None:
        """Connect no more shards: the library itself would go on after it was closed."""
        self._stopped = True
        if self._launching is not None:
            self._launching.cancel()

    async def launch_shard(self, gateway: URL, shard_id: int, *, initial: bool = False) -> None:
        """Connect a shard. Discord recommends its own gateway, which would lead past DISCORD_GATEWAY_URL."""
        if self._login_gate is not None:
            # Before it connects: a connection that says nothing for a minute is given up.
            await self._login_gate.acquire(shard_id % self._buckets)
            initial = True
        await super().launch_shard(DiscordWebSocket.DEFAULT_GATEWAY, shard_id, initial=initial)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait until a shard that has lost its session may log in anew."""
        if self._login_gate is None:
            await super().before_identify_hook(shard_id, initial=initial)
        elif not initial:
            # Whoever is too early is sent away by Discord and comes here again.
            with suppress(TimeoutError):
                async with asyncio.timeout(_RECONNECT_PATIENCE):
                    await self._login_gate.acquire((shard_id or 0) % self._buckets)
