"""The Discord client: opens the services, loads the cogs, registers the commands."""

import asyncio
import logging
import pkgutil
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bot.client.services import Services
from bot.client.sharding import ShardedBot, ShardLoginGate
from bot.http_session import connector
from bot.settings.shards import ALL_SHARDS, Shards
from bot.timings import DEFAULT_TIMINGS, Timings

log = logging.getLogger(__name__)

ErrorReporter = Callable[[discord.Interaction, BaseException], Awaitable[None]]
OpenServices = Callable[["Bot"], AbstractAsyncContextManager[Services]]
_COGS = Path(__file__).parents[2] / "cogs"


def cog_names() -> list[str]:
    """The names of the extensions in `cogs/`, sorted."""
    return sorted(f"cogs.{module.name}" for module in pkgutil.iter_modules([str(_COGS)]))


def use_discord_urls(api_url: str, gateway_url: str) -> None:
    """Set the URLs of Discord's API and gateway, which discord.py keeps in class attributes."""
    Route.BASE = api_url
    DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway_url)


class Bot(ShardedBot):
    """One process of the bot. `services` is set once it has logged in.

    Args:
        open_services: opens the services after login.
        report: shows an error to the member.
        shards: the shards to serve; by default all, as many as Discord recommends.
        login_gate: coordinates logins with the processes that serve the other shards.
        timings: how long shards wait; other waits are those of `services`.
        proxy: the HTTP proxy for Discord's API, its gateway and its files.
    """

    services: Services

    def __init__(
        self,
        *,
        open_services: OpenServices,
        report: ErrorReporter,
        shards: Shards = ALL_SHARDS,
        login_gate: ShardLoginGate | None = None,
        timings: Timings = DEFAULT_TIMINGS,
        proxy: URL | None = None,
    ) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=_reporting_command_tree(report),
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            shards=shards,
            login_gate=login_gate,
            timings=timings,
            proxy=None if proxy is None else str(proxy),
            connector=connector(limit=0),
        )
        self.report = report
        self._registers_commands = shards.has_first
        self._open_services = open_services
        self._resources = AsyncExitStack()
        self._stopping: asyncio.Task[None] | None = None

    async def setup_hook(self) -> None:
        """Open the services, load the cogs and register the commands; called by discord.py after login."""
        self.services = await self._resources.enter_async_context(self._open_services(self))
        for name in cog_names():
            await self.load_extension(name)
        if self._registers_commands:
            await self._register_commands()

    async def _register_commands(self) -> None:
        synced = await self.tree.sync()
        log.info("commands are registered", extra={"commands": len(synced)})
        if self.services.operator_guild is not None:
            await self._register_operator_commands(self.services.operator_guild)

    async def _register_operator_commands(self, guild_id: int) -> None:
        """Register the operator's commands in their server, or remove them; a failure does not stop the bot."""
        try:
            await self.tree.sync(guild=discord.Object(guild_id))
        except discord.HTTPException as error:
            log.warning("the operator's commands can't be set in the server OPERATOR_GUILD_ID: %s", error)

    async def on_ready(self) -> None:
        """Log that the shards are ready."""
        log.info("ready", extra={"shards": sorted(self.shards), "of": self.shard_count, "servers": len(self.guilds)})

    async def close(self) -> None:
        """Stop the services while Discord can still be reached, then disconnect; a second call waits for the first."""
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._stop())
        await asyncio.shield(self._stopping)

    @property
    def is_stopping(self) -> bool:
        """Whether `close` was called; interactions that arrive from then on can't be served."""
        return self._stopping is not None

    async def _stop(self) -> None:
        self.stop_launching()
        await self._resources.aclose()
        await super().close()


def _reporting_command_tree(report: ErrorReporter) -> type[app_commands.CommandTree[Bot]]:
    class Tree(app_commands.CommandTree[Bot]):
        async def interaction_check(self, interaction: discord.Interaction[Bot], /) -> bool:
            # Called before the options are read, for suggestions too.
            if interaction.data is not None:
                _make_storable(interaction.data)
            return True

        async def on_error(self, interaction: discord.Interaction[Bot], error: app_commands.AppCommandError, /) -> None:
            await report(interaction, error)

    return Tree


def _make_storable(options: Any) -> None:
    """Replace what neither databases nor JSON can hold in all texts of this JSON value: NUL, and lone surrogates."""
    entries = options.items() if isinstance(options, dict) else enumerate(options)
    for key, value in list(entries):
        if isinstance(value, str):
            options[key] = value.replace("\0", " ").encode("utf-8", "ignore").decode()
        elif isinstance(value, dict | list):
            _make_storable(value)
