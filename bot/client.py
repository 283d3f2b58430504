"""The Discord client: carries the services, loads the cogs."""

import logging
import pkgutil
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import discord
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bot.fetch import PublicFetch
from bot.services.credits import Credits
from bot.services.drafts import Drafts
from bot.services.enhancement import Enhancement
from bot.services.frames import Ending, Frame
from bot.services.history import History
from bot.services.jobs import Jobs, Opened
from bot.services.places import Places
from bot.services.prompt_check import PromptChecks
from bot.services.result_files import ResultFiles
from bot.store import JobRecord, ReplyAddress

log = logging.getLogger(__name__)


class ReplyOpener(Protocol):
    """Shows a job as the answer to an interaction."""

    async def open(self, interaction: "discord.Interaction[Bot]", opened: Opened) -> None:
        """Show the job and begin it, or point to the reply it has already."""
        ...

    async def follow_up(self, job: JobRecord) -> None:
        """Show a new job as a further message of its interaction, and begin it."""
        ...

    async def show_again(self, interaction: "discord.Interaction[Bot]", ending: Ending) -> None:
        """Show a job that has ended as the answer to a deferred interaction."""
        ...

    def newest(self, job: JobRecord) -> Frame:
        """How a job that has not ended stands."""
        ...


class LinkMaker(Protocol):
    """Makes links to the mask editor."""

    async def address(self, job: JobRecord, index: int, reply: ReplyAddress) -> str:
        """A link to the editor of the job's picture; what is painted there is the button at `index`."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """What cogs and buttons work with.

    `mask_links` is None where the bot has no web side; `remix` says whether buttons may come with a new prompt.
    """

    jobs: Jobs
    replies: ReplyOpener
    drafts: Drafts
    places: Places
    files: ResultFiles
    history: History
    credits: Credits
    prompt_checks: PromptChecks
    enhancement: Enhancement
    fetch: PublicFetch
    mask_links: LinkMaker | None
    remix: bool


Report = Callable[[discord.Interaction, BaseException], Awaitable[None]]
OpenServices = Callable[["Bot"], AbstractAsyncContextManager[Services]]
_COGS = Path(__file__).parents[1] / "cogs"


def cog_names() -> list[str]:
    """The extensions in `cogs/`, in the order of their names."""
    return sorted(f"cogs.{module.name}" for module in pkgutil.iter_modules([str(_COGS)]))


def use_addresses(api_url: str, gateway_url: str) -> None:
    """Talk to Discord at these addresses from now on; discord.py keeps them in its classes."""
    Route.BASE = api_url
    DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway_url)


class Bot(commands.AutoShardedBot):
    """One process of the bot. Its services are there once it has logged in."""

    jobs: Jobs
    replies: ReplyOpener
    drafts: Drafts
    places: Places
    files: ResultFiles
    history: History
    credits: Credits
    prompt_checks: PromptChecks
    enhancement: Enhancement
    fetch: PublicFetch
    mask_links: LinkMaker | None
    remix: bool

    def __init__(self, *, open_services: OpenServices, report: Report) -> None:
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
        )
        self.report = report
        self._open_services = open_services
        self._resources = AsyncExitStack()

    async def setup_hook(self) -> None:
        """Open the services and register the commands; runs after login, so replies can be edited already."""
        services = await self._resources.enter_async_context(self._open_services(self))
        self.drafts, self.places, self.files = services.drafts, services.places, services.files
        self.history, self.credits = services.history, services.credits
        self.enhancement = services.enhancement
        self.prompt_checks, self.mask_links, self.remix = services.prompt_checks, services.mask_links, services.remix
        self.jobs, self.replies, self.fetch = services.jobs, services.replies, services.fetch
        for name in cog_names():
            await self.load_extension(name)
        synced = await self.tree.sync()
        log.info("commands are registered", extra={"commands": len(synced)})

    async def launch_shard(self, gateway: URL, shard_id: int, *, initial: bool = False) -> None:
        """Connect a shard. Discord recommends its own gateway, which would lead past DISCORD_GATEWAY_URL."""
        await super().launch_shard(DiscordWebSocket.DEFAULT_GATEWAY, shard_id, initial=initial)

    async def on_ready(self) -> None:
        """Say so in the log."""
        log.info("ready", extra={"shards": self.shard_count, "servers": len(self.guilds)})

    async def close(self) -> None:
        """Stop the services while Discord can still be reached, then disconnect."""
        await self._resources.aclose()
        await super().close()


def _tree_that_reports(report: Report) -> type[app_commands.CommandTree[Bot]]:
    class Tree(app_commands.CommandTree[Bot]):
        async def on_error(self, interaction: discord.Interaction[Bot], error: app_commands.AppCommandError, /) -> None:
            await report(interaction, error)

    return Tree
