"""The Discord client: carries the services, loads the cogs."""

import asyncio
import logging
import pkgutil
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import discord
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bot.client.services import Services
from bot.client.sharding import ShardedBot, ShardLoginGate
from bot.settings.shards import ALL, Shards

log = logging.getLogger(__name__)

Report = Callable[[discord.Interaction, BaseException], Awaitable[None]]
OpenServices = Callable[["Bot"], AbstractAsyncContextManager[Services]]
_COGS = Path(__file__).parents[2] / "cogs"


def cog_names() -> list[str]:
    """The extensions in `cogs/`, in the order of their names."""
    return sorted(f"cogs.{module.name}" for module in pkgutil.iter_modules([str(_COGS)]))


def use_discord_urls(api_url: str, gateway_url: str) -> None:
    """Talk to Discord at these addresses from now on; discord.py keeps them in its classes."""
    Route.BASE = api_url
    DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway_url)


class Bot(ShardedBot):
    """One process of the bot. `services` is set once it has logged in.

    Args:
        open_services: opens what the bot carries, after login.
        report: tells a member that something went wrong.
        shards: those it serves; all, as many as Discord recommends, when left out.
        login_gate: when its shards may log in, where other processes log in others.
    """

    services: Services

    def __init__(
        self,
        *,
        open_services: OpenServices,
        report: Report,
        shards: Shards = ALL,
        login_gate: ShardLoginGate | None = None,
    ) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=_tree_that_reports(report),
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            shards=shards,
            login_gate=login_gate,
        )
        self.report = report
        self._registers = shards.first
        self._open_services = open_services
        self._resources = AsyncExitStack()
        self._stopping: asyncio.Task[None] | None = None

    async def setup_hook(self) -> None:
        """Open the services and register the commands; runs after login, so replies can be edited already."""
        self.services = await self._resources.enter_async_context(self._open_services(self))
        for name in cog_names():
            await self.load_extension(name)
        if self._registers:
            await self._register_commands()

    async def _register_commands(self) -> None:
        synced = await self.tree.sync()
        log.info("commands are registered", extra={"commands": len(synced)})
        if self.services.operator_guild is not None:
            await self._sync_operator(self.services.operator_guild)

    async def _sync_operator(self, guild_id: int) -> None:
        """Register the operator's commands, or none; members are served though this server may be out of reach."""
        try:
            await self.tree.sync(guild=discord.Object(guild_id))
        except discord.HTTPException as error:
            log.warning("the operator's commands can't be set in the server OPERATOR_GUILD_ID: %s", error)

    async def on_ready(self) -> None:
        """Say so in the log."""
        log.info("ready", extra={"shards": sorted(self.shards), "of": self.shard_count, "servers": len(self.guilds)})

    async def close(self) -> None:
        """Stop the services while Discord can still be reached, then disconnect. Whoever asks again waits as well."""
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._stop())
        await asyncio.shield(self._stopping)

    @property
    def is_stopping(self) -> bool:
        """Whether `close` was called: commands are forgotten before the last of them have arrived."""
        return self._stopping is not None

    async def _stop(self) -> None:
        self.stop_launching()
        await self._resources.aclose()
        await super().close()


def _tree_that_reports(report: Report) -> type[app_commands.CommandTree[Bot]]:
    class Tree(app_commands.CommandTree[Bot]):
        async def on_error(self, interaction: discord.Interaction[Bot], error: app_commands.AppCommandError, /) -> None:
            await report(interaction, error)

    return Tree
