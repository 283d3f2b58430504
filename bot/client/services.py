"""The services that cogs and buttons find at `bot.services`."""

from dataclasses import dataclass
from typing import Any, Protocol

import discord

from bot.safe_fetch import PublicFetch
from bot.services.admin.guild_settings import GuildSettingsService
from bot.services.admin.operator import Operator
from bot.services.admin.usage import Credits
from bot.services.images.results import ResultFiles
from bot.services.images.uploads import InputUploads
from bot.services.images.workers import ImageWorkers
from bot.services.jobs.batches import Batches
from bot.services.jobs.drafts import Drafts
from bot.services.jobs.history import History
from bot.services.jobs.lost_places import LostPlaces
from bot.services.jobs.recording import Opened
from bot.services.jobs.service import Jobs
from bot.services.presenter import JobEnding, JobProgress
from bot.services.prompt import Composer
from bot.services.prompt.tools import PromptChecks, PromptEnhancer
from bot.services.queue.member_buckets import MemberBuckets
from bot.store import JobRecord, ReplyTarget
from bot.timings import Timings


class ReplyOpener(Protocol):
    """Answers interactions with a job's reply."""

    async def open(self, interaction: discord.Interaction[Any], opened: Opened) -> None:
        """Show the job and submit it, or link to the reply of a job started before."""
        ...

    async def follow_up(self, job: JobRecord, jobs: Jobs) -> None:
        """Show a new job in a follow-up message of its interaction and submit it."""
        ...

    async def show_again(self, interaction: discord.Interaction[Any], ending: JobEnding) -> None:
        """Answer with a job that has ended: in public if it has a result."""
        ...

    async def refresh_stale_reply(self, interaction: discord.Interaction[Any], job: JobRecord) -> None:
        """Edit the message whose button was pressed to show that its job has ended."""
        ...

    def progress_of(self, job: JobRecord) -> JobProgress:
        """The progress of a job that has not ended."""
        ...


class MaskLinkMaker(Protocol):
    """Makes links to the mask editor."""

    async def url(self, job: JobRecord, index: int, reply: ReplyTarget) -> str:
        """A link to edit the job's picture; the mask goes to the button at `index`."""
        ...


@dataclass(kw_only=True, eq=False, repr=False)
class Services:
    """Everything that cogs and buttons call.

    `mask_links` is None when the bot has no web site. `remix` says whether a pressed button asks for a new prompt.
    `operator` is None unless the operator's commands are enabled. They are registered in the server `operator_guild`;
    when disabled, those that an earlier process registered there are removed. `uploads` is None unless inputs are
    uploaded to the image API.
    """

    jobs: Jobs
    lost_places: LostPlaces
    replies: ReplyOpener
    drafts: Drafts
    batches: Batches
    guild_settings: GuildSettingsService
    files: ResultFiles
    images: ImageWorkers
    history: History
    credits: Credits
    composer: Composer
    prompt_checks: PromptChecks
    enhancer: PromptEnhancer
    buckets: MemberBuckets
    fetch: PublicFetch
    uploads: InputUploads | None
    mask_links: MaskLinkMaker | None
    remix: bool
    operator: Operator | None
    operator_guild: int | None
    timings: Timings
