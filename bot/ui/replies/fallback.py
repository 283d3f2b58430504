"""Posts a job's ending when its reply can't be edited: in a new message in the channel, or by direct message."""

from dataclasses import replace

import discord

from bot.client.bot import Bot
from bot.store import JobRecord, JobStore, ReplyTarget
from bot.ui.base.location import channel_link
from bot.ui.base.message import Message
from bot.ui.base.text import escape, shorten
from bot.ui.replies.direct_messages import DirectMessages
from bot.ui.replies.discord_calls import RouteRefused, Unreachable, translate_refusals

_MAX_NAME = 100
_NO_HISTORY = 160002
"""Discord's error code for replying to a message without the permission to read the channel's history."""

# The user accepts no direct messages; the same without a shared server; unknown user.
_DM_REFUSED_CODES = {50007, 50278, 10013}


class FallbackMessages:
    """Posts endings in new messages and saves where.

    Each message is sent with a nonce made from the job's id: when an earlier request or process sent it already but
    could not save that, Discord returns the existing message, for a few minutes.
    """

    def __init__(self, bot: Bot, store: JobStore, direct_messages: DirectMessages) -> None:
        self._bot = bot
        self._direct_messages = direct_messages
        self._store = store

    async def post_in_channel(self, job: JobRecord, message: Message) -> JobRecord:
        """Post the message in the job's channel, as a reply to the old one; returns the job with its new reply.

        The new reply is not saved yet: see `remember`. Raises `Unreachable`, or `discord.HTTPException` when Discord
        refuses for another reason.
        """
        reply = job.reply
        if reply.channel_id is None:
            raise Unreachable
        channel = self._bot.get_partial_messageable(reply.channel_id, guild_id=reply.guild_id)
        with translate_refusals(with_files=bool(message.uploads)):
            try:
                sent = await _send(channel, message, job.id, _reference(reply))
            except discord.HTTPException as error:
                if error.code != _NO_HISTORY:
                    raise
                sent = await _send(channel, message, job.id, None)
        return replace(job, reply=replace(reply, channel_id=sent.channel.id, message_id=sent.id))

    async def remember(self, moved: JobRecord) -> None:
        """Save the new message as the job's reply."""
        await self._store.update(moved.id, channel_id=moved.reply.channel_id, message_id=moved.reply.message_id)

    async def send_dm(self, job: JobRecord, message: Message) -> JobRecord:
        """Send the message to the member and save it as the job's reply. Raises as `post_in_channel` does.

        Also raises `OpenedTooMany`.
        """
        try:
            with translate_refusals(with_files=bool(message.uploads)):
                channel = await self._direct_messages.channel(job.reply.user_id)
                sent = await _send(channel, message, f"{job.id}.dm", None)
        except (discord.HTTPException, RouteRefused) as error:
            refusal = error.__cause__ if isinstance(error, RouteRefused) else error
            if isinstance(refusal, discord.HTTPException):
                if refusal.code in _DM_REFUSED_CODES:
                    raise Unreachable from error
                await self._direct_messages.check_refusal(refusal)
            raise
        return await self._store.update(job.id, channel_id=sent.channel.id, message_id=sent.id, in_dm=True)

    def heading(self, reply: ReplyTarget) -> str:
        """A line for a direct message that says where the job was started and why it is shown here."""
        guild = self._bot.get_guild(reply.guild_id) if reply.guild_id is not None else None
        if reply.guild_id is None or reply.channel_id is None:
            return "-# The earlier message about this can't be shown any more."
        location = f"[this channel]({channel_link(reply)})"
        if guild is not None:
            location = f"**{escape(shorten(guild.name, _MAX_NAME))}**, {location}"
        return f"-# You asked for this in {location}. Its reply there can't be shown any more."


async def _send(
    channel: discord.abc.Messageable, message: Message, nonce: str, reference: discord.MessageReference | None
) -> discord.Message:
    # discord.py accepts None and leaves the reference out; its type hints don't know that.
    return await channel.send(  # pyright: ignore[reportCallIssue]
        view=message.view,
        files=message.files(),
        nonce=nonce,
        allowed_mentions=discord.AllowedMentions.none(),
        reference=reference,  # pyright: ignore[reportArgumentType]
    )


def _reference(reply: ReplyTarget) -> discord.MessageReference | None:
    if reply.message_id is None or reply.channel_id is None:
        return None
    return discord.MessageReference(
        message_id=reply.message_id, channel_id=reply.channel_id, guild_id=reply.guild_id, fail_if_not_exists=False
    )
