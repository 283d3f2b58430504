"""A discord.py bot that serves some of the shards while other processes serve the rest."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from discord.ext import commands
from discord.gateway import DiscordWebSocket
from yarl import URL

from bot.client.login_budget import FewLogins, LoginBudget
from bot.client.requests.errors import is_away
from bot.client.requests.retries import DiscordOutage, until_answered
from bot.client.shard_log import ShardLog
from bot.settings.shards import Shards
from bot.timings import Timings

_RECONNECT_DOUBLINGS = 6
"""Shards that lose Discord try again after up to 2, 4, 8 … seconds, doubled this often. The library's ten doublings
would let members wait a quarter of an hour after a long outage."""


_CANCEL_SECONDS = 0.1


class ShardLoginGate(Protocol):
    """Coordinates shard logins with other processes: Discord allows one per bucket every five seconds."""

    async def acquire(self, bucket: int) -> None:
        """Return when a shard of this bucket may log in."""
        ...


class _NotConnected(Exception):
    """A shard could not connect; the context of this error is the reason."""


class ShardedBot(commands.AutoShardedBot):
    """Connects its shards to the gateway URL of the settings and takes turns with other processes to log in.

    Shards that can't connect try again with growing pauses, however long it takes.

    Args:
        shards: the shards to serve.
        login_gate: coordinates logins with other processes; None for a single process.
        timings: how long a lost session waits for its turn, and how soon a failed connection is repeated.
        options: passed on to discord.py.
    """

    def __init__(self, *, shards: Shards, login_gate: ShardLoginGate | None, timings: Timings, **options: Any) -> None:
        super().__init__(
            shard_ids=shards.ids,  # pyright: ignore[reportArgumentType]  # a tuple works too
            shard_count=shards.count,
            **options,
        )
        self._login_gate = login_gate
        self._timings = timings
        self._login_buckets = 1
        self._login_budget = LoginBudget(self.fetch_session_start_limits, timings)
        self._stopped = False
        self._launching: asyncio.Task[None] | None = None
        self._connecting: set[int] = set()
        self._gateway_outage = DiscordOutage("Discord's gateway", "the bot keeps trying")
        self._shard_log = ShardLog(self._gateway_outage)

    async def connect(self, *, reconnect: bool = True) -> None:
        """Connect the shards and serve their events until the bot is closed."""
        with self._shard_log.in_use():
            serving = asyncio.create_task(super().connect(reconnect=reconnect))
            try:
                await asyncio.shield(serving)
            finally:
                await _cancel(serving)

    async def on_shard_connect(self, shard_id: int) -> None:
        """Note a new session."""
        self._shard_log.connected(shard_id)

    async def on_shard_resumed(self, shard_id: int) -> None:
        """Note a session that goes on."""
        self._shard_log.connected(shard_id)

    async def launch_shards(self) -> None:
        """Connect every shard of this process; ends early when the bot is closed."""
        if self._stopped:
            return
        self._launching = asyncio.create_task(self._launch())
        await asyncio.wait({self._launching})
        if not self._launching.cancelled():
            self._launching.result()

    async def _launch(self) -> None:
        await self._until_connected(self._launch_all, is_away)

    async def _launch_all(self) -> None:
        if self._login_gate is not None:
            self._login_buckets = (await self.fetch_session_start_limits()).max_concurrency
        # Fails before the first shard or not at all.
        await super().launch_shards()

    def stop_launching(self) -> None:
        """Connect no more shards; discord.py itself would go on after `close`."""
        self._stopped = True
        if self._launching is not None:
            self._launching.cancel()

    async def launch_shard(self, gateway: URL, shard_id: int, *, initial: bool = False) -> None:
        """Connect a shard, at DISCORD_GATEWAY_URL instead of the gateway that Discord recommends."""
        if shard_id in self._connecting:
            # After a failure discord.py calls this from within, a level deeper each time, until Python's stack is full.
            raise _NotConnected
        self._connecting.add(shard_id)
        try:
            # On any error, as in discord.py: the gateway may also close a connection that it has just accepted.
            await self._until_connected(partial(self._connect_shard, shard_id, initial=initial), lambda _: True)
        finally:
            self._connecting.discard(shard_id)

    async def _connect_shard(self, shard_id: int, *, initial: bool) -> None:
        await self._login_budget.wait()
        if self._login_gate is not None:
            # Before connecting, since Discord drops a connection that stays silent for a minute.
            await self._login_gate.acquire(shard_id % self._login_buckets)
            initial = True
        failure: BaseException | None = None
        try:
            await super().launch_shard(DiscordWebSocket.DEFAULT_GATEWAY, shard_id, initial=initial)
        except _NotConnected as error:
            failure = error.__context__ or error
        if failure is not None:
            raise failure
        shard = self.get_shard(shard_id)
        if shard is not None:
            shard._parent._backoff._max = _RECONNECT_DOUBLINGS  # noqa: SLF001

    async def _until_connected(self, connect: Callable[[], Awaitable[None]], on: Callable[[Exception], bool]) -> None:
        await until_answered(
            connect,
            outage=self._gateway_outage,
            on=on,
            first_pause=self._timings.discord_retry,
            longest_pause=self._timings.discord_retry_longest,
        )

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait until a shard that has lost its session may log in again. Raises `FewLogins` if that takes long."""
        if not initial and await self._login_budget.pause() > 0:
            # Discord drops a connection that stays silent, and other shards would wait as well.
            raise FewLogins("few logins of the day are left")
        self._login_budget.spend()
        if self._login_gate is None:
            await super().before_identify_hook(shard_id, initial=initial)
        elif not initial:
            # A shard that logs in too early is rejected by Discord and comes here again.
            with suppress(TimeoutError):
                async with asyncio.timeout(self._timings.shard_login):
                    await self._login_gate.acquire((shard_id or 0) % self._login_buckets)


async def _cancel(serving: "asyncio.Task[None]") -> None:
    """Cancel the task until it has ended.

    While a shard logs in again, discord.py takes a cancellation for the end of that login, and goes on.
    """
    while not serving.done():
        serving.cancel()
        await asyncio.wait({serving}, timeout=_CANCEL_SECONDS)
    if not serving.cancelled():
        serving.exception()
