"""A discord.py bot that serves some of the shards while other processes serve the rest."""

import asyncio
from contextlib import suppress
from typing import Any, Protocol

from discord.ext import commands
from discord.gateway import DiscordWebSocket
from yarl import URL

from bot.settings.shards import Shards
from bot.timings import Timings


class ShardLoginGate(Protocol):
    """Coordinates shard logins with other processes: Discord allows one per bucket every five seconds."""

    async def acquire(self, bucket: int) -> None:
        """Return when a shard of this bucket may log in."""
        ...


class ShardedBot(commands.AutoShardedBot):
    """Connects its shards to the gateway URL of the settings and takes turns with other processes to log in.

    Args:
        shards: the shards to serve.
        login_gate: coordinates logins with other processes; None for a single process.
        timings: how long a lost session waits for its turn.
        options: passed on to discord.py.
    """

    def __init__(self, *, shards: Shards, login_gate: ShardLoginGate | None, timings: Timings, **options: Any) -> None:
        super().__init__(
            shard_ids=shards.ids,  # pyright: ignore[reportArgumentType]  # a tuple works too
            shard_count=shards.count,
            **options,
        )
        self._login_gate = login_gate
        self._login_timeout = timings.shard_login
        self._login_buckets = 1
        self._stopped = False
        self._launching: asyncio.Task[None] | None = None

    async def launch_shards(self) -> None:
        """Connect every shard of this process; ends early when the bot is closed."""
        if self._stopped:
            return
        self._launching = asyncio.create_task(self._launch())
        await asyncio.wait({self._launching})
        if not self._launching.cancelled():
            self._launching.result()

    async def _launch(self) -> None:
        if self._login_gate is not None:
            self._login_buckets = (await self.fetch_session_start_limits()).max_concurrency
        await super().launch_shards()

    def stop_launching(self) -> None:
        """Connect no more shards; discord.py itself would go on after `close`."""
        self._stopped = True
        if self._launching is not None:
            self._launching.cancel()

    async def launch_shard(self, gateway: URL, shard_id: int, *, initial: bool = False) -> None:
        """Connect a shard, at DISCORD_GATEWAY_URL instead of the gateway that Discord recommends."""
        if self._login_gate is not None:
            # Before connecting, since Discord drops a connection that stays silent for a minute.
            await self._login_gate.acquire(shard_id % self._login_buckets)
            initial = True
        await super().launch_shard(DiscordWebSocket.DEFAULT_GATEWAY, shard_id, initial=initial)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait until a shard that has lost its session may log in again."""
        if self._login_gate is None:
            await super().before_identify_hook(shard_id, initial=initial)
        elif not initial:
            # A shard that logs in too early is rejected by Discord and comes here again.
            with suppress(TimeoutError):
                async with asyncio.timeout(self._login_timeout):
                    await self._login_gate.acquire((shard_id or 0) % self._login_buckets)
