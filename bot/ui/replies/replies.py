"""The replies of jobs: opened by an interaction, edited while the job runs, ended with the result."""

import logging
from collections.abc import Awaitable

import discord

from bot.client.bot import Bot
from bot.errors import UserError
from bot.services.jobs.service import Opened
from bot.services.presenter import JobEnding, JobPhase, JobProgress
from bot.store import JobRecord, JobState, JobStore
from bot.ui.base.location import message_link
from bot.ui.base.message import Message, plain_view
from bot.ui.job.view import earlier_message, ended_message, running_message
from bot.ui.replies.connectivity import AWAY, DiscordConnectivity
from bot.ui.replies.delivery import UPLOAD_REFUSED, Delivery
from bot.ui.replies.discord_calls import ReplyCalls
from bot.ui.replies.edit_scheduler import EditScheduler
from bot.ui.replies.fallback import FallbackMessages
from bot.ui.replies.live_edits import LiveEdits

log = logging.getLogger(__name__)

_CLOSING_SECONDS = 5.0
_PHASES = {
    JobState.RECORDED: JobPhase.WAITING,
    JobState.WAITING: JobPhase.WAITING,
    JobState.DISPATCHED: JobPhase.SUBMITTING,
    JobState.SUBMITTING: JobPhase.SUBMITTING,
}


class Replies:
    """Implements `bot.services.presenter.Presenter` and `bot.client.bot.ReplyOpener` with Discord messages."""

    def __init__(self, bot: Bot, store: JobStore) -> None:
        self._bot = bot
        self._store = store
        self._calls = ReplyCalls(bot)
        self._scheduler = EditScheduler()
        contact = DiscordConnectivity()
        self._live_edits = LiveEdits(self._calls, self._scheduler, contact, self._parent)
        self._delivery = Delivery(self._calls, FallbackMessages(bot, store), self._scheduler, contact)

    async def open(self, interaction: discord.Interaction[Bot], opened: Opened) -> None:
        """Show the job as the answer to this interaction and begin it; an earlier job is only pointed to."""
        job = opened.job
        if not opened.is_new:
            await _say(interaction, earlier_message(job))
            return
        if job.reply.part > 0:
            await self.follow_up(job)
            return
        message = running_message(JobProgress(job=job, phase=JobPhase.WAITING), await self._parent(job))
        await self._begin(job, _answer(interaction, message))

    async def follow_up(self, job: JobRecord) -> None:
        """Show a new job as a further message of its interaction, by the token alone, and begin it."""
        message = running_message(JobProgress(job=job, phase=JobPhase.WAITING), await self._parent(job))
        await self._begin(job, self._calls.follow_up(job.reply, message))

    async def _begin(self, job: JobRecord, showing: Awaitable[tuple[int | None, int]]) -> None:
        """Submit the job once it is shown; `showing` gives the ids of channel and message."""
        try:
            channel_id, message_id = await showing
        except (discord.DiscordException, *AWAY) as error:
            await self._bot.services.jobs.drop(job, "The reply could not be shown, so nothing was sent.")
            raise UserError("Discord did not take the reply, so nothing was started. Try again.") from error
        await self._bot.services.jobs.begin(job, channel_id=channel_id, message_id=message_id)

    async def find(self, job: JobRecord) -> int | None:
        """The id of the message that an earlier process may have opened for this job, or None when there is none."""
        return await self._calls.find(job.reply)

    def show(self, frame: JobProgress) -> None:
        """Make the frame visible soon; a newer one replaces it."""
        self._live_edits.show(frame)

    async def show_again(self, interaction: discord.Interaction[Bot], ending: JobEnding) -> None:
        """Show a job that has ended as the answer to this interaction, which was deferred."""
        message = ended_message(ending, await self._parent(ending.job))
        try:
            await interaction.edit_original_response(view=message.view, attachments=message.files())
        except discord.HTTPException as error:
            if not message.uploads:
                raise
            log.warning("a job shown again was refused: %s", error, extra={"job": ending.job.id})
            await self.show_again(interaction, JobEnding(job=ending.job, note=UPLOAD_REFUSED))

    async def refresh_stale_reply(self, interaction: discord.Interaction[Bot], job: JobRecord) -> None:
        """Show that the job has ended, without a result, on the message whose button was pressed."""
        message = ended_message(JobEnding(job=job), await self._parent(job))
        # discord.py adds the client's own default to new messages only.
        await interaction.response.edit_message(view=message.view, allowed_mentions=discord.AllowedMentions.none())

    def newest(self, job: JobRecord) -> JobProgress:
        """How a job that has not ended stands: as it was last shown, or as its record says."""
        return self._live_edits.newest(job.id) or JobProgress(job=job, phase=_PHASES.get(job.state, JobPhase.RUNNING))

    async def deliver(self, ending: JobEnding) -> None:
        """Return once the ending is visible; raises `ReplyGone` when there is nowhere left to show it.

        Once `close` was called this waits until it is cancelled, so that the next process delivers.
        """
        async with self._live_edits.ending(ending.job.id):
            await self._delivery.deliver(ending, await self._parent(ending.job))

    async def close(self) -> None:
        """Let edits under way arrive, for some seconds; begin no more."""
        await self._scheduler.close(_CLOSING_SECONDS)

    async def _parent(self, job: JobRecord) -> str | None:
        parent = await self._store.get(job.parent_id) if job.parent_id is not None else None
        return message_link(parent) if parent is not None else None


async def _answer(interaction: discord.Interaction[Bot], message: Message) -> tuple[int | None, int]:
    if interaction.response.is_done():
        edited = await interaction.edit_original_response(view=message.view)
        return interaction.channel_id, edited.id
    sent = await interaction.response.send_message(view=message.view)
    if sent.message_id is None:
        raise discord.ClientException("Discord did not say which message it made")
    return interaction.channel_id, sent.message_id


async def _say(interaction: discord.Interaction[Bot], text: str) -> None:
    if interaction.response.is_done():
        await interaction.edit_original_response(view=plain_view(text))
    else:
        await interaction.response.send_message(text, ephemeral=True)
