"""Discord calls for one reply: edit it by the interaction's token or by its channel, post a follow-up, find it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import discord
import stamina

from bot.client.bot import Bot
from bot.store import ReplyTarget
from bot.ui.base.message import Message
from bot.ui.job.details import job_ids_on
from bot.ui.replies.connectivity import NO_ANSWER, OLD_MESSAGE_LIMIT, is_temporary
from bot.ui.replies.edit_window import is_old

_FIND_TIMEOUT_SECONDS = 60.0

_FOLLOW_UPS_READ = 100
"""How many messages after an interaction are searched for its follow-ups: they are sent within a few seconds."""

_ORIGINAL = cast(int, "@original")
"""Stands for the id of an interaction's original response where it is not known."""

_EXPIRED_TOKEN_CODES = {10015, 50027}
# Unknown channel, server and message; no access; no permission; not in this channel type; archived or locked thread.
_UNREACHABLE_CODES = {10003, 10004, 10008, 50001, 50013, 50024, 50083, 160005}
_MISSING_PERMISSIONS = 50013


class TokenExpired(Exception):
    """The interaction's token has expired."""


class Unreachable(Exception):
    """The message or its channel no longer exists, or the bot has no access to it."""


class NotPermitted(Unreachable):
    """The bot lacks a permission for this request; without files the same may be accepted."""


class TooOld(Exception):
    """The message is older than an hour and Discord accepts no more edits of it for now."""


class ReplyCalls:
    """Edits, posts and finds replies. Errors not named here are raised as `discord.HTTPException`.

    `old_edit_timeout` is how many seconds an edit of an old message may take.
    """

    def __init__(self, bot: Bot, *, old_edit_timeout: float) -> None:
        self._bot = bot
        self._old_edit_timeout = old_edit_timeout

    def upload_limit(self, reply: ReplyTarget) -> int:
        """Bytes that a file may have by the channel's route: the server's limit, whatever the member's is."""
        guild = self._bot.get_guild(reply.guild_id) if reply.guild_id is not None and not reply.in_dm else None
        return guild.filesize_limit if guild is not None else discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES

    async def edit_by_token(self, reply: ReplyTarget, message: Message) -> None:
        """Edit the reply with the interaction's token. Raises `TokenExpired` and `Unreachable`."""
        if reply.message_id is None and reply.part > 0:
            # The answer to the interaction is another message than this follow-up.
            raise Unreachable
        message_id = reply.message_id if reply.message_id is not None else _ORIGINAL
        with translate_refusals():
            await self._webhook(reply).edit_message(message_id, view=message.view, attachments=message.attachments())

    async def edit_by_channel(self, reply: ReplyTarget, message: Message) -> None:
        """Edit the reply with the bot's own token. Raises `Unreachable` and `TooOld`."""
        if reply.channel_id is None or reply.message_id is None:
            raise Unreachable
        channel = self._bot.get_partial_messageable(reply.channel_id, guild_id=reply.guild_id)
        edit = channel.get_partial_message(reply.message_id).edit(
            view=message.view,
            attachments=message.attachments(),
            # discord.py sends the client's default only along with content.
            allowed_mentions=discord.AllowedMentions.none(),
        )
        with translate_refusals():
            if not is_old(reply):
                await edit
                return
            try:
                async with asyncio.timeout(self._old_edit_timeout):
                    await edit
            except TimeoutError as error:
                raise TooOld from error

    async def edit_text(self, reply: ReplyTarget, text: str) -> None:
        """Replace the text of the answer to an interaction. Raises `TokenExpired` and `Unreachable`."""
        with translate_refusals():
            await self._webhook(reply).edit_message(_ORIGINAL, content=text)

    async def follow_up(self, reply: ReplyTarget, message: Message) -> tuple[int, int]:
        """Send the message as a follow-up of the interaction; returns the ids of channel and message.

        Raises `discord.HTTPException`, also when the token has expired (after 15 minutes).
        """
        sent = await self._webhook(reply).send(view=message.view, files=message.files(), wait=True)
        return sent.channel.id, sent.id

    async def find(self, reply: ReplyTarget, job_id: str) -> int | None:
        """The id of the message that shows this job; None when there is none or Discord does not say.

        That is the interaction's original response, or else one of the messages in the channel after the interaction.
        """
        # Retried, since a job without a reply is dropped, and no answer does not mean that there is none.
        retries = stamina.AsyncRetryingCaller(
            attempts=None, timeout=_FIND_TIMEOUT_SECONDS, wait_initial=0.5, wait_max=10, wait_jitter=0.5
        )
        try:
            return await retries.on(is_temporary)(self._find_once, reply, job_id)
        except (discord.HTTPException, ValueError, *NO_ANSWER):
            return None

    async def _find_once(self, reply: ReplyTarget, job_id: str) -> int | None:
        if reply.part == 0:
            return (await self._webhook(reply).fetch_message(_ORIGINAL)).id
        # An interaction's token can't list its follow-ups, so this needs access to the channel's messages.
        if reply.channel_id is None or self._bot.user is None:
            return None
        channel = self._bot.get_partial_messageable(reply.channel_id, guild_id=reply.guild_id)
        after = discord.Object(reply.interaction_id)
        async for message in channel.history(limit=_FOLLOW_UPS_READ, after=after, oldest_first=True):
            if message.author.id == self._bot.user.id and job_id in job_ids_on(message):
                return message.id
        return None

    def _webhook(self, reply: ReplyTarget) -> discord.Webhook:
        webhook = discord.Webhook.partial(reply.application_id, reply.token, client=self._bot)
        # discord.py gives it the client's session, but not its proxy.
        webhook.proxy = self._bot.http.proxy
        return webhook


@contextmanager
def translate_refusals() -> Iterator[None]:
    """Raise Discord's error codes as `TokenExpired`, `Unreachable` and `TooOld`."""
    try:
        yield
    except discord.HTTPException as error:
        if error.code in _EXPIRED_TOKEN_CODES:
            raise TokenExpired from error
        if error.code == _MISSING_PERMISSIONS:
            raise NotPermitted from error
        if error.code in _UNREACHABLE_CODES:
            raise Unreachable from error
        if error.code == OLD_MESSAGE_LIMIT:
            raise TooOld from error
        raise
