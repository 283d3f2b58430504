"""Where an ending goes when its reply can't be edited: a new message in the same channel, or the member's own one."""

from dataclasses import replace

import discord

from bot.client.bot import Bot
from bot.store import JobRecord, JobStore, ReplyTarget
from bot.ui.base.location import channel_link
from bot.ui.base.message import Message
from bot.ui.base.text import escape, shorten
from bot.ui.replies.discord_calls import Unreachable, refusals

_MAX_NAME = 100
_NO_HISTORY = 160002
"""The bot may write in the channel but not read it, and so not refer to a message."""

# Direct messages refused; the same without a server in common; no such user.
_CLOSED = {50007, 50278, 10013}


class FallbackMessages:
    """Posts endings anew and remembers where.

    A message is sent with a name of its own: when it was sent already by a request that broke off, or by a process
    that died before it could note that, Discord gives back the first one for a few minutes.
    """

    def __init__(self, bot: Bot, store: JobStore) -> None:
        self._bot = bot
        self._store = store

    async def in_channel(self, job: JobRecord, message: Message) -> JobRecord:
        """The job with its reply in a new message of the same channel, which refers to the old one.

        That it stands there is not remembered yet: see `remember`. Raises `Unreachable`, or `discord.HTTPException`
        when Discord refuses it for other reasons.
        """
        reply = job.reply
        if reply.channel_id is None:
            raise Unreachable
        channel = self._bot.get_partial_messageable(reply.channel_id, guild_id=reply.guild_id)
        with refusals():
            try:
                sent = await _send(channel, message, job.id, _reference(reply))
            except discord.HTTPException as error:
                if error.code != _NO_HISTORY:
                    raise
                sent = await _send(channel, message, job.id, None)
        return replace(job, reply=replace(reply, channel_id=sent.channel.id, message_id=sent.id))

    async def remember(self, moved: JobRecord) -> None:
        """Let the job lead to where its reply stands now; nobody finds the old message any more."""
        await self._store.update(moved.id, channel_id=moved.reply.channel_id, message_id=moved.reply.message_id)

    async def in_dm(self, job: JobRecord, message: Message) -> JobRecord:
        """The job with its reply in the member's direct messages. Raises as `in_channel` does."""
        try:
            with refusals():
                channel = await self._bot.create_dm(discord.Object(job.reply.user_id))
                sent = await _send(channel, message, f"{job.id}.dm", None)
        except discord.HTTPException as error:
            if error.code in _CLOSED:
                raise Unreachable from error
            raise
        return await self._store.update(job.id, channel_id=sent.channel.id, message_id=sent.id, in_dm=True)

    def heading(self, reply: ReplyTarget) -> str:
        """A line for a direct message: where the job was asked for, and why it is shown here."""
        guild = self._bot.get_guild(reply.guild_id) if reply.guild_id is not None else None
        if reply.guild_id is None or reply.channel_id is None:
            return "-# The earlier message about this can't be shown any more."
        place = f"[this channel]({channel_link(reply)})"
        if guild is not None:
            place = f"**{escape(shorten(guild.name, _MAX_NAME))}**, {place}"
        return f"-# You asked for this in {place}. Its reply there can't be shown any more."


async def _send(
    channel: discord.abc.Messageable, message: Message, nonce: str, reference: discord.MessageReference | None
) -> discord.Message:
    # Without a reference it is left out, which the declared types don't know.
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
