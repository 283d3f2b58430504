"""The replies of jobs: opened by an interaction, edited while the job runs, ended with the result."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import aiohttp
import discord
import stamina

from bot.client import Bot
from bot.errors import UserError
from bot.services.frames import Ending, Frame, Phase, ReplyGone
from bot.services.jobs import Opened
from bot.store import JobRecord, JobState, JobStore
from bot.ui.address import message_link
from bot.ui.job_view import Message, earlier_message, ended_message, running_message
from bot.ui.plain import plain_view
from bot.ui.routes import Routes

log = logging.getLogger(__name__)

EDIT_PAUSE = 1.5
"""Seconds between two edits of one reply. A reply's token allows five in two seconds, and members read slower."""

_DELIVERY_SECONDS = 24 * 3600.0
"""How long an ending is offered to a Discord that is away. Its picture and buttons live about as long."""

_AWAY = (aiohttp.ClientError, OSError)
_PHASES = {JobState.RECORDED: Phase.IN_LINE, JobState.SUBMITTING: Phase.SUBMITTING}
_UPLOAD_REFUSED = "The result could not be uploaded here; open the original."


class Replies:
    """Implements `bot.services.frames.Presenter` and `bot.client.ReplyOpener` with Discord messages."""

    def __init__(self, bot: Bot, store: JobStore) -> None:
        self._bot = bot
        self._store = store
        self._routes = Routes(bot)
        self._editors: dict[str, _Editor] = {}

    async def open(self, interaction: discord.Interaction[Bot], opened: Opened) -> None:
        """Show the job as the answer to this interaction and begin it; an earlier job is only pointed to."""
        job = opened.job
        if not opened.is_new:
            await _say(interaction, earlier_message(job))
            return
        if job.reply.part > 0:
            await self.follow_up(job)
            return
        message = running_message(Frame(job=job, phase=Phase.IN_LINE), await self._parent(job))
        await self._begin(job, _answer(interaction, message))

    async def follow_up(self, job: JobRecord) -> None:
        """Show a new job as a further message of its interaction, by the token alone, and begin it."""
        message = running_message(Frame(job=job, phase=Phase.IN_LINE), await self._parent(job))
        await self._begin(job, self._routes.follow_up(job.reply, message))

    async def _begin(self, job: JobRecord, showing: Awaitable[tuple[int | None, int]]) -> None:
        """Submit the job once it is shown; `showing` gives the ids of channel and message."""
        try:
            channel_id, message_id = await showing
        except (discord.DiscordException, *_AWAY) as error:
            await self._bot.jobs.drop(job, "The reply could not be shown, so nothing was sent.")
            raise UserError("Discord did not take the reply, so nothing was started. Try again.") from error
        await self._bot.jobs.begin(job, channel_id=channel_id, message_id=message_id)

    async def find(self, job: JobRecord) -> int | None:
        """The id of the message that an earlier process may have opened for this job, or None when there is none."""
        return await self._routes.find(job.reply)

    def show(self, frame: Frame) -> None:
        """Make the frame visible soon; a newer one replaces it."""
        editor = self._editors.get(frame.job.id)
        if editor is None:
            editor = self._editors[frame.job.id] = _Editor(frame.job, self._edit_running)
        editor.show(frame)

    async def show_again(self, interaction: discord.Interaction[Bot], ending: Ending) -> None:
        """Show a job that has ended as the answer to this interaction, which was deferred."""
        message = ended_message(ending, await self._parent(ending.job))
        try:
            await interaction.edit_original_response(view=message.view, attachments=message.files())
        except discord.HTTPException as error:
            if not message.uploads:
                raise
            log.warning("a job shown again was refused: %s", error, extra={"job": ending.job.id})
            await self.show_again(interaction, Ending(job=ending.job, note=_UPLOAD_REFUSED))

    async def put_right(self, interaction: discord.Interaction[Bot], job: JobRecord) -> None:
        """Show that the job has ended, without a result, on the message whose button was pressed."""
        message = ended_message(Ending(job=job), await self._parent(job))
        # discord.py adds the client's own default to new messages only.
        await interaction.response.edit_message(view=message.view, allowed_mentions=discord.AllowedMentions.none())

    def newest(self, job: JobRecord) -> Frame:
        """How a job that has not ended stands: as it was last shown, or as its record says."""
        editor = self._editors.get(job.id)
        shown = editor.newest if editor is not None else None
        return shown or Frame(job=job, phase=_PHASES.get(job.state, Phase.RUNNING))

    async def deliver(self, ending: Ending) -> None:
        """Return once the ending is visible; raises `ReplyGone` when there is nothing left to show it on."""
        job = ending.job
        if editor := self._editors.pop(job.id, None):
            await editor.stop()
        parent = await self._parent(job)
        message = ended_message(ending, parent)
        try:
            await self._insist(job, message)
        except discord.HTTPException as error:
            log.log(
                logging.WARNING if message.uploads else logging.ERROR,
                "the ending of a job was refused: %s",
                error,
                extra={"job": job.id},
            )
            if not message.uploads:
                # Asking again would change nothing, and the job itself has ended all the same.
                raise ReplyGone from error
            await self.deliver(Ending(job=job, note=_UPLOAD_REFUSED))

    async def close(self) -> None:
        """Stop editing."""
        editors, self._editors = tuple(self._editors.values()), {}
        await asyncio.gather(*(editor.stop() for editor in editors))

    async def _edit_running(self, frame: Frame) -> None:
        await self._routes.edit(frame.job.reply, running_message(frame, await self._parent(frame.job)))

    async def _insist(self, job: JobRecord, message: Message) -> None:
        """Edit until Discord takes it; only a temporary failure is met with patience."""
        retries = stamina.AsyncRetryingCaller(
            attempts=None, timeout=_DELIVERY_SECONDS, wait_initial=1, wait_max=30, wait_jitter=1
        )
        await retries.on(_is_temporary)(self._routes.edit, job.reply, message)

    async def _parent(self, job: JobRecord) -> str | None:
        parent = await self._store.get(job.parent_id) if job.parent_id is not None else None
        return message_link(parent) if parent is not None else None


class _Editor:
    """Edits one running job's reply: the newest frame only, never two at once, nothing that looks the same."""

    def __init__(self, job: JobRecord, edit: Callable[[Frame], Awaitable[None]]) -> None:
        self._job = job
        self._edit = edit
        self.newest: Frame | None = None
        self._changed = asyncio.Event()
        self._busy = asyncio.Lock()
        self._failing = False
        self._task = asyncio.create_task(self._work())

    def show(self, frame: Frame) -> None:
        if frame != self.newest:
            self.newest = frame
            self._changed.set()

    async def stop(self) -> None:
        # An edit under way is awaited: it must not arrive after the final one.
        async with self._busy:
            self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _work(self) -> None:
        shown: object = None
        while True:
            await self._changed.wait()
            self._changed.clear()
            frame = self.newest
            if frame is None:
                continue
            looks = running_message(frame).view.to_components()
            if looks == shown:
                continue
            async with self._busy:
                try:
                    shown = looks if await self._tried(frame) else shown
                except ReplyGone:
                    log.info("a running job has lost its reply", extra={"job": self._job.id})
                    return
            await asyncio.sleep(EDIT_PAUSE)

    async def _tried(self, frame: Frame) -> bool:
        try:
            await self._edit(frame)
        except (discord.HTTPException, *_AWAY) as error:
            if not self._failing:
                log.warning("a reply can't be edited: %s", error, extra={"job": self._job.id})
            self._failing = True
            return False
        if self._failing:
            log.info("a reply can be edited again", extra={"job": self._job.id})
        self._failing = False
        return True


def _is_temporary(error: Exception) -> bool:
    if isinstance(error, discord.HTTPException):
        return error.status >= 500 or error.status == 429
    return isinstance(error, _AWAY)


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
