"""A job's reply on Discord: opened by an interaction, edited while the job runs, finished with the result."""

import logging
from collections.abc import Awaitable

import discord

from bot.client.answers import Unconfirmed
from bot.client.bot import Bot
from bot.errors import UserError
from bot.services.cluster.lease import Lease
from bot.services.jobs.batches import BatchResult
from bot.services.jobs.recording import Opened
from bot.services.jobs.service import Jobs
from bot.services.presenter import JobEnding, JobPhase, JobProgress
from bot.store import DirectMessageStore, JobRecord, JobState, JobStore, ReplyTarget
from bot.timings import Timings
from bot.ui.base.location import message_link
from bot.ui.base.message import Message
from bot.ui.confirm import result_text
from bot.ui.job.view import already_started_text, ended_message, running_message
from bot.ui.replies.connectivity import NO_ANSWER, DiscordConnectivity
from bot.ui.replies.delivery import Delivery
from bot.ui.replies.direct_messages import DirectMessages
from bot.ui.replies.discord_calls import ReplyCalls, TokenExpired, Unreachable
from bot.ui.replies.edits.scheduler import EditScheduler
from bot.ui.replies.ending_draft import EndingDraft, is_blocked
from bot.ui.replies.fallback import FallbackMessages
from bot.ui.replies.live_edits import LiveEdits
from bot.ui.replies.previews import FetchPreview

log = logging.getLogger(__name__)

_CLOSING_SECONDS = 5.0
_WORDS_BLOCKED = (
    "The moderation of this channel refuses these words, so nothing was started. "
    "Change the prompt, or ask for it in direct messages with the bot."
)
_PHASE_OF_STATE = {
    JobState.RECORDED: JobPhase.WAITING,
    JobState.WAITING: JobPhase.WAITING,
    JobState.DISPATCHED: JobPhase.SUBMITTING,
    JobState.SUBMITTING: JobPhase.SUBMITTING,
}


class Replies:
    """Shows jobs in Discord messages; implements `Presenter` (services) and `ReplyOpener` (client).

    `direct_messages` counts those that are opened. `lease` says whether the jobs are still this process's; without one
    they always are. `fetch_preview` gets the previews of running jobs, which are not shown without it.
    """

    def __init__(
        self,
        bot: Bot,
        store: JobStore,
        direct_messages: DirectMessageStore,
        timings: Timings,
        lease: Lease | None = None,
        *,
        fetch_preview: FetchPreview | None = None,
    ) -> None:
        self._store = store
        self._calls = ReplyCalls(bot, old_edit_timeout=timings.old_message_edit_timeout)
        connectivity = DiscordConnectivity()
        self._scheduler = EditScheduler(timings, is_lost=lambda: connectivity.is_lost)
        self._live_edits = LiveEdits(
            self._calls,
            self._scheduler,
            connectivity,
            self._parent_url,
            fetch_preview=fetch_preview,
            lease=lease or Lease.forever(),
            timings=timings,
        )
        fallback = FallbackMessages(bot, store, DirectMessages(bot, direct_messages))
        self._delivery = Delivery(self._calls, fallback, self._scheduler, connectivity, timings)

    async def open(self, interaction: discord.Interaction[Bot], opened: Opened) -> None:
        """Answer the interaction with the job's message and submit the job; a job started before is only linked."""
        job = opened.job
        if not opened.is_new:
            await interaction.response.send_message(already_started_text(job), ephemeral=True)
            return
        if job.reply.part > 0:
            await self.follow_up(job, interaction.client.services.jobs)
            return
        message = running_message(JobProgress(job=job, phase=JobPhase.WAITING), await self._parent_url(job))
        await self._begin(job, _send_reply(interaction, message), interaction.client.services.jobs)

    async def follow_up(self, job: JobRecord, jobs: Jobs) -> None:
        """Show a new job in a follow-up message of its interaction and submit it; needs only the token."""
        message = running_message(JobProgress(job=job, phase=JobPhase.WAITING), await self._parent_url(job))
        await self._begin(job, self._calls.follow_up(job.reply, job.id, message), jobs)

    async def report(self, reply: ReplyTarget, result: BatchResult) -> None:
        """Say on the confirmation of a batch how many jobs were started, unless all were. Never raises."""
        if result.count == result.total:
            return
        try:
            await self._calls.edit_text(reply, result_text(result))
        except (discord.DiscordException, TokenExpired, Unreachable, *NO_ANSWER) as error:
            log.warning("the result of a batch could not be shown: %r", error)

    async def find(self, job: JobRecord) -> int | None:
        """The id of the message that an earlier process may have sent for this job; None when there is none."""
        return await self._calls.find(job.reply, job.id)

    def show(self, progress: JobProgress) -> None:
        """Edit the job's reply soon; newer progress replaces what was not sent yet."""
        self._live_edits.show(progress)

    def forget(self, job_id: str) -> None:
        """Show nothing more of a job that has ended, and whose end is not shown."""
        self._live_edits.forget(job_id)

    async def show_again(self, interaction: discord.Interaction[Bot], ending: JobEnding) -> None:
        """Answer with a job that has ended: in public if it has a result."""
        draft, parent_url = EndingDraft(ending), await self._parent_url(ending.job)
        public = ending.job.state is JobState.DONE
        while True:
            message = ended_message(draft.ending, parent_url)
            try:
                await interaction.response.send_message(view=message.view, files=message.files(), ephemeral=not public)
            except (discord.HTTPException, Unconfirmed) as error:
                if not await draft.reduce(error):
                    raise
                log.warning("a job shown again was refused: %s", error, extra={"job": ending.job.id})
            else:
                return

    async def refresh_stale_reply(self, interaction: discord.Interaction[Bot], job: JobRecord) -> None:
        """Edit the message whose button was pressed to show that its job ended without a result."""
        message = ended_message(JobEnding(job=job), await self._parent_url(job))
        # discord.py applies the client's default to new messages only.
        await interaction.response.edit_message(view=message.view, allowed_mentions=discord.AllowedMentions.none())

    def progress_of(self, job: JobRecord) -> JobProgress:
        """The progress of a job that has not ended: as last shown, or as its record says."""
        return self._live_edits.newest(job.id) or JobProgress(
            job=job, phase=_PHASE_OF_STATE.get(job.state, JobPhase.RUNNING)
        )

    async def deliver(self, ending: JobEnding) -> None:
        """Show the ending and return once it is visible. Raises `ReplyGone` when it can't be shown anywhere.

        Raises `FilesPending` if its files have to be added later, and `OutdatedEnding` if the job has ended otherwise
        while Discord could not be reached.
        After `close` this waits until it is cancelled, so that the next process delivers the ending.
        """
        async with self._live_edits.closing(ending.job.id):
            await self._delivery.deliver(ending, await self._parent_url(ending.job))

    async def add_files(self, ending: JobEnding) -> None:
        """Add the files to an ending that is visible without them. Raises as `Presenter.add_files`."""
        await self._delivery.add_files(ending, await self._parent_url(ending.job))

    async def close(self) -> None:
        """Start no more edits, and give those in flight a few seconds to finish."""
        self._live_edits.close()
        await self._scheduler.close(_CLOSING_SECONDS)

    async def _begin(self, job: JobRecord, send: Awaitable[tuple[int | None, int]], jobs: Jobs) -> None:
        """Queue the job once it is shown; `send` gives the ids of channel and message."""
        try:
            channel_id, message_id = await self._shown(job, send)
        except (discord.DiscordException, *NO_ANSWER) as error:
            await jobs.drop(job, "The reply could not be shown, so nothing was sent.")
            if is_blocked(error):
                raise UserError(_WORDS_BLOCKED) from error
            raise UserError("Discord did not take the reply, so nothing was started. Try again.") from error
        await jobs.begin(job, channel_id=channel_id, message_id=message_id)

    async def _shown(self, job: JobRecord, send: Awaitable[tuple[int | None, int]]) -> tuple[int | None, int]:
        """Where the job's reply is: as `send` says, or where it is found when Discord did not confirm it."""
        try:
            return await send
        except Unconfirmed:
            found = await self._calls.find(job.reply, job.id)
            if found is None:
                raise
            return job.reply.channel_id, found

    async def _parent_url(self, job: JobRecord) -> str | None:
        parent = await self._store.get(job.parent_id) if job.parent_id is not None else None
        return message_link(parent) if parent is not None else None


async def _send_reply(interaction: discord.Interaction[Bot], message: Message) -> tuple[int | None, int]:
    sent = await interaction.response.send_message(view=message.view)
    if sent.message_id is None:
        raise discord.ClientException("Discord did not say which message it made")
    return interaction.channel_id, sent.message_id
