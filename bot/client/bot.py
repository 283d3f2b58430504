"""The Discord client: opens the services, loads the cogs, registers the commands."""

import asyncio
import logging
import pkgutil
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bot.client.answers import Arrivals
from bot.client.command_registration import CommandRegistration, is_known_type
from bot.client.other_process import OtherProcess
from bot.client.requests.errors import UnreadableAnswer, is_away
from bot.client.requests.retries import DiscordOutage, until_answered
from bot.client.requests.uncancelled import protect
from bot.client.requests.watchdog import Watchdog
from bot.client.services import Services
from bot.client.sharding import ShardedBot, ShardLoginGate
from bot.errors import UserError
from bot.http_session import connector
from bot.settings.shards import ALL_SHARDS, Shards
from bot.timings import DEFAULT_TIMINGS, Timings

log = logging.getLogger(__name__)

ErrorReporter = Callable[[discord.Interaction, BaseException], Awaitable[None]]
OpenServices = Callable[["Bot"], AbstractAsyncContextManager[Services]]
_UNREADABLE = (TypeError, KeyError, ValueError, AttributeError)
"""What the library raises at a login for an answer that is no JSON object of Discord's."""

_LAST_REQUESTS_SECONDS = 1.0
"""How long a shutdown waits for requests that have no waiter left."""

_NO_ACTIVITY = "This bot has no Activity to launch. Type / to see its commands."

_ELSEWHERE = (
    "Discord sends all commands and presses to the Interactions Endpoint URL of the developer portal and none to this "
    "bot. Clear that field under General Information."
)

_COGS = Path(__file__).parents[2] / "cogs"


def cog_names() -> list[str]:
    """The names of the extensions in `cogs/`, sorted."""
    return sorted(f"cogs.{module.name}" for module in pkgutil.iter_modules([str(_COGS)]))


def use_discord_urls(api_url: str, gateway_url: str) -> None:
    """Set the URLs of Discord's API and gateway, which discord.py keeps in class attributes."""
    Route.BASE = api_url
    DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway_url)


class Bot(ShardedBot):
    """One process of the bot. `services` is set once it has logged in, which it tries until Discord answers.

    Args:
        open_services: opens the services after login.
        report: shows an error to the member.
        shards: the shards to serve; by default all, as many as Discord recommends.
        login_gate: coordinates logins with the processes that serve the other shards.
        timings: how long the client waits for Discord; other waits are those of `services`.
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
        self._requests = protect(self)
        self.arrivals = Arrivals(timings.defer_after)
        self.other_process = OtherProcess()
        self._registers_commands = shards.has_first
        self._open_services = open_services
        self._resources = AsyncExitStack()
        self._is_logged_in = False
        self._has_logged_in = asyncio.Event()
        self._stopping: asyncio.Task[None] | None = None

    async def login(self, token: str) -> None:
        """Log in as soon as Discord answers, then open the services; raises `discord.LoginFailure`."""
        outage = DiscordOutage("Discord", "the bot keeps trying to log in")
        # The library repeats some requests by itself, and waits minutes for an answer.
        notice = asyncio.get_running_loop().call_later(self._timings.login_notice, self._report_slow_login, outage)
        try:
            await until_answered(
                partial(self._log_in, token),
                outage=outage,
                on=self._may_log_in_later,
                first_pause=self._timings.discord_retry,
                longest_pause=self._timings.discord_retry_longest,
            )
        finally:
            notice.cancel()

    def _report_slow_login(self, outage: DiscordOutage) -> None:
        if not self._is_logged_in:
            outage.silent()

    async def _log_in(self, token: str) -> None:
        try:
            await super().login(token)
        except Exception as error:
            if self._is_logged_in:
                raise
            # Every login makes a session of its own; this one would stay open.
            await self.http.close()
            self.http.connector = connector(limit=0)
            if isinstance(error, _UNREADABLE):
                raise UnreadableAnswer from error
            raise

    def _may_log_in_later(self, error: Exception) -> bool:
        # The library logs in and opens what is ours in one call, which must not be opened twice.
        return not self._is_logged_in and is_away(error)

    async def setup_hook(self) -> None:
        """Open the services, load the cogs and register the commands; called by discord.py after login."""
        self._is_logged_in = True
        self._has_logged_in.set()
        if self.application is not None and self.application.interactions_endpoint_url:
            log.error(_ELSEWHERE)
        self.services = await self._resources.enter_async_context(self._open_services(self))
        for name in cog_names():
            await self.load_extension(name)
        if self._registers_commands:
            registration = CommandRegistration(self.tree, self._timings, self.services.operator_guild)
            self._resources.callback(registration.stop)
            await registration.start()

    def add_dynamic_items(self, *items: type[ui.DynamicItem[Any]]) -> None:
        """Register persistent buttons and menus."""
        self.arrivals.add_items(*items)
        super().add_dynamic_items(*items)

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:
        """Called by discord.py with each event: an interaction's deadline begins here, before its handler runs."""
        if event_name == "interaction":
            self.arrivals.received(args[0])
        super().dispatch(event_name, *args, **kwargs)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Serve a form that was sent: discord.py knows only those that this process has opened itself."""
        if interaction.type is discord.InteractionType.modal_submit:
            await self.arrivals.submit(interaction)

    async def on_ready(self) -> None:
        """Log that the shards are ready."""
        log.info("ready", extra={"shards": sorted(self.shards), "of": self.shard_count, "servers": len(self.guilds)})

    async def on_shard_ready(self, shard_id: int) -> None:
        """Drop what waits in servers that the bot has left while it was not connected: no event comes for them."""

        def is_lost(guild_id: int) -> bool:
            is_ours = (guild_id >> 22) % (self.shard_count or 1) == shard_id
            return is_ours and self.get_guild(guild_id) is None

        await self.services.lost_places.drop_guilds(is_lost)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Drop what waits in a server that the bot has left; one that is only unavailable has another event."""
        await self.services.lost_places.drop_guild(guild.id)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Drop what waits in a channel that was deleted; discord.py has an event for each of its threads."""
        await self.services.lost_places.drop_channel(channel.id)

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Drop what waits in a thread that was deleted."""
        await self.services.lost_places.drop_channel(payload.thread_id)

    async def silence(self) -> None:
        """Return when no request to Discord has ended for minutes, since the login or later."""
        await self._has_logged_in.wait()
        await Watchdog(self._requests, partial(self.http.request, Route("GET", "/gateway")), self._timings).silence()

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
        await self._requests.settle(_LAST_REQUESTS_SECONDS)
        await super().close()


def _reporting_command_tree(report: ErrorReporter) -> type[app_commands.CommandTree[Bot]]:
    class Tree(app_commands.CommandTree[Bot]):
        async def interaction_check(self, interaction: discord.Interaction[Bot], /) -> bool:
            # Called before the options are read, for suggestions too.
            if interaction.data is None:
                return True
            if not is_known_type(interaction.data.get("type")):
                # The library would break off without an answer.
                await report(interaction, UserError(_NO_ACTIVITY))
                return False
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
