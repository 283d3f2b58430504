"""What the client carries for cogs and buttons."""

from dataclasses import dataclass
from typing import Any, Protocol

import discord

from bot.safe_fetch import PublicFetch
from bot.services.admin.guild_settings import GuildSettingsService
from bot.services.admin.operator import Operator
from bot.services.admin.usage import Credits
from bot.services.images.results import ResultFiles
from bot.services.jobs.batches import Batches
from bot.services.jobs.drafts import Drafts
from bot.services.jobs.history import History
from bot.services.jobs.service import Jobs, Opened
from bot.services.presenter import JobEnding, JobProgress
from bot.services.prompt.tools import PromptChecks, PromptEnhancer
from bot.store import JobRecord, ReplyTarget


class ReplyOpener(Protocol):
    """Shows a job as the answer to an interaction."""

    async def open(self, interaction: discord.Interaction[Any], opened: Opened) -> None:
        """Show the job and begin it, or point to the reply it has already."""
        ...

    async def follow_up(self, job: JobRecord) -> None:
        """Show a new job as a further message of its interaction, and begin it."""
        ...

    async def show_again(self, interaction: discord.Interaction[Any], ending: JobEnding) -> None:
        """Show a job that has ended as the answer to a deferred interaction."""
        ...

    async def refresh_stale_reply(self, interaction: discord.Interaction[Any], job: JobRecord) -> None:
        """Show that the job has ended on the message whose button was pressed."""
        ...

    def newest(self, job: JobRecord) -> JobProgress:
        """How a job that has not ended stands."""
        ...


class MaskLinkMaker(Protocol):
    """Makes links to the mask editor."""

    async def url(self, job: JobRecord, index: int, reply: ReplyTarget) -> str:
        """A link to the editor of the job's picture; what is painted there is the button at `index`."""
        ...


@dataclass(kw_only=True, eq=False, repr=False)
class Services:
    """What cogs and buttons work with; the client has all of it as attributes of its own.

    `mask_links` is None where the bot has no web side; `remix` says whether buttons may come with a new prompt.
    `operator` is None unless its commands are switched on. In the server `operator_guild` they are registered, or what
    an earlier process has registered there is removed.
    """

    jobs: Jobs
    replies: ReplyOpener
    drafts: Drafts
    batches: Batches
    guild_settings: GuildSettingsService
    files: ResultFiles
    history: History
    credits: Credits
    prompt_checks: PromptChecks
    enhancer: PromptEnhancer
    fetch: PublicFetch
    mask_links: MaskLinkMaker | None
    remix: bool
    operator: Operator | None
    operator_guild: int | None
