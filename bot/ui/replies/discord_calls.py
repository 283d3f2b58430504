"""Discord calls for one reply: edit it by the interaction's token or by its channel, post a follow-up, find it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import cast

import aiohttp
import discord
import stamina

from bot.client.answers import ConfirmingSession, Unconfirmed
from bot.client.bot import Bot
from bot.client.requests import codes
from bot.store import ReplyTarget
from bot.ui.base.message import Message
from bot.ui.job.details import job_ids_on
from bot.ui.replies.connectivity import NO_ANSWER, OLD_MESSAGE_LIMIT, is_temporary
from bot.ui.replies.edits.old_messages import OldMessageEdits
from bot.ui.replies.edits.window import is_old

_FIND_TIMEOUT_SECONDS = 60.0

_MESSAGES_READ = 100
"""How many messages after an interaction are searched for its replies: they are sent within a few seconds."""

_FOLLOW_UP_REPEATS = (0.5, 2.0)
"""Seconds before an unconfirmed follow-up is sent again."""

_ORIGINAL = cast(int, "@original")
"""Stands for the id of an interaction's original response where it is not known."""

_UNKNOWN_MESSAGE = 10008
# Unknown channel and server; no access; not a channel of messages; not in this channel type; locked thread.
_UNREACHABLE_CODES = {10003, 10004, 50001, 50008, 50024, codes.LOCKED_THREAD}

# Further a message without content or with an invalid part, and what AutoMod refuses.
_CONTENT_CODES = {50006, 50035, 50109, 200001, codes.EXPLICIT_CONTENT, *codes.TOO_LARGE, *codes.TEXT_BLOCKED}


class TokenExpired(Exception):
    """The interaction's token has expired."""


class Unreachable(Exception):
    """The message or its channel no longer exists, or the bot has no access to it."""


class ReplyDeleted(Unreachable):
    """The message was deleted, which in a server only its moderators can do."""


class Archived(Unreachable):
    """The message is in an archived thread: it takes no edits, and a new message opens it again unless it is locked."""


class NotPermitted(Unreachable):
    """The bot lacks a permission for this request; without files the same may be accepted."""


class TooOld(Exception):
    """The message is older than an hour and Discord accepts no more edits of it for now."""


class RouteRefused(discord.DiscordException):
    """Discord refuses this way to show the reply for a reason that is not known here; another way may work."""


class ReplyCalls:
    """Edits, posts and finds replies. Errors not named here are raised as `discord.HTTPException`.

    `old_edit_timeout` is how many seconds to wait for the edit of an old message.
    """

    def __init__(self, bot: Bot, *, old_edit_timeout: float) -> None:
        self._bot = bot
        self._old_edits = OldMessageEdits(old_edit_timeout)

    def upload_limit(self, reply: ReplyTarget) -> int:
        """Bytes that a file may have by the channel's route: the server's limit, not the member's."""
        guild = self._bot.get_guild(reply.guild_id) if reply.guild_id is not None and not reply.in_dm else None
        return guild.filesize_limit if guild is not None else discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES

    async def edit_by_token(self, reply: ReplyTarget, message: Message) -> None:
        """Edit the reply with the interaction's token. Raises `TokenExpired`, `Unreachable` and `RouteRefused`."""
        if reply.message_id is None and reply.part > 0:
            # The answer to the interaction is another message than this follow-up.
            raise Unreachable
        message_id = reply.message_id if reply.message_id is not None else _ORIGINAL
        with translate_refusals(by_token=True):
            await self._webhook(reply).edit_message(message_id, view=message.view, attachments=message.attachments())

    async def edit_by_channel(self, reply: ReplyTarget, message: Message) -> None:
        """Edit the reply with the bot's own token. Raises `Unreachable`, `TooOld`; without files `RouteRefused`."""
        if reply.channel_id is None or reply.message_id is None:
            raise Unreachable
        channel = self._bot.get_partial_messageable(reply.channel_id, guild_id=reply.guild_id)
        edit = partial(
            channel.get_partial_message(reply.message_id).edit,
            view=message.view,
            attachments=message.attachments(),
            # discord.py sends the client's default only along with content.
            allowed_mentions=discord.AllowedMentions.none(),
        )
        with translate_refusals(with_files=bool(message.uploads)):
            if not is_old(reply):
                await edit()
                return
            try:
                await self._old_edits.make(reply.message_id, edit)
            except TimeoutError as error:
                raise TooOld from error

    async def is_deleted(self, reply: ReplyTarget) -> bool:
        """Whether Discord says that the message was deleted; False if it does not say."""
        if reply.channel_id is None or reply.message_id is None:
            return False
        channel = self._bot.get_partial_messageable(reply.channel_id, guild_id=reply.guild_id)
        try:
            await channel.fetch_message(reply.message_id)
        except discord.NotFound as error:
            return error.code == _UNKNOWN_MESSAGE
        except (discord.HTTPException, *NO_ANSWER):
            return False
        return False

    async def edit_text(self, reply: ReplyTarget, text: str) -> None:
        """Replace the text of the answer to an interaction. Raises `TokenExpired` and `Unreachable`."""
        with translate_refusals(by_token=True):
            await self._webhook(reply).edit_message(_ORIGINAL, content=text)

    async def follow_up(self, reply: ReplyTarget, job_id: str, message: Message) -> tuple[int, int]:
        """Send the job's message as a follow-up of the interaction; returns the ids of channel and message.

        One whose confirmation is lost is looked for, and sent again unless it is there. Raises `Unconfirmed`, and
        `discord.HTTPException`, also when the token has expired (after 15 minutes).
        """
        webhook = self._webhook(reply)
        webhook.session = cast("aiohttp.ClientSession", ConfirmingSession(webhook.session))
        for pause in (*_FOLLOW_UP_REPEATS, None):
            try:
                sent = await webhook.send(view=message.view, files=message.files(), wait=True)
            except Unconfirmed:
                found = await self.find(reply, job_id)
                if found is not None and reply.channel_id is not None:
                    return reply.channel_id, found
                if pause is None:
                    raise
                await asyncio.sleep(pause)
            else:
                return sent.channel.id, sent.id
        raise AssertionError

    async def find(self, reply: ReplyTarget, job_id: str) -> int | None:
        """The id of the message that shows this job; None when there is none or Discord does not say.

        That is the interaction's original response, or else one of the messages in the channel after the interaction:
        a follow-up, or any reply whose token has expired.
        """
        # Retried, since a job without a reply is dropped, and no answer does not mean that there is none.
        retries = stamina.AsyncRetryingCaller(
            attempts=None, timeout=_FIND_TIMEOUT_SECONDS, wait_initial=0.5, wait_max=10, wait_jitter=0.5
        )
        try:
            return await retries.on(_may_be_found_later)(self._find_once, reply, job_id)
        except (discord.HTTPException, ValueError, *NO_ANSWER):
            return None

    async def _find_once(self, reply: ReplyTarget, job_id: str) -> int | None:
        if reply.part == 0:
            try:
                return (await self._webhook(reply).fetch_message(_ORIGINAL)).id
            except discord.HTTPException as error:
                if error.code not in codes.EXPIRED_TOKEN:
                    raise
        # No token lists follow-ups, and an expired one nothing at all, so this needs access to the channel's messages.
        if reply.channel_id is None or self._bot.user is None:
            return None
        channel = self._bot.get_partial_messageable(reply.channel_id, guild_id=reply.guild_id)
        after = discord.Object(reply.interaction_id)
        async for message in channel.history(limit=_MESSAGES_READ, after=after, oldest_first=True):
            if message.author.id == self._bot.user.id and job_id in job_ids_on(message):
                return message.id
        return None

    def _webhook(self, reply: ReplyTarget) -> discord.Webhook:
        webhook = discord.Webhook.partial(reply.application_id, reply.token, client=self._bot)
        # discord.py gives it the client's session, but not its proxy.
        webhook.proxy = self._bot.http.proxy
        return webhook


def _may_be_found_later(error: Exception) -> bool:
    # An interaction that was never answered has no valid token, and gets none by waiting.
    is_answered = not isinstance(error, discord.HTTPException) or error.code not in codes.EXPIRED_TOKEN
    return is_answered and is_temporary(error)


@contextmanager
def translate_refusals(*, by_token: bool = False, with_files: bool = False) -> Iterator[None]:
    """Raise Discord's error codes as `TokenExpired`, `Unreachable`, `TooOld` and `RouteRefused`, and subclasses.

    A refusal of a message `with_files` stays as it is, as the files may be the reason; `by_token` it is still worth
    trying the channel with them.
    """
    try:
        yield
    except discord.HTTPException as error:
        if error.code in codes.EXPIRED_TOKEN:
            raise TokenExpired from error
        if error.code == _UNKNOWN_MESSAGE:
            raise ReplyDeleted from error
        if error.code == codes.ARCHIVED_THREAD:
            raise Archived from error
        if error.code == codes.MISSING_PERMISSIONS:
            raise NotPermitted from error
        if error.code in _UNREACHABLE_CODES:
            raise Unreachable from error
        if error.code == OLD_MESSAGE_LIMIT:
            raise TooOld from error
        # The routes of a token need no other authorisation, so 401 is about the token there.
        refused_token = by_token and error.status == 401
        if refused_token or ((by_token or not with_files) and _is_unknown_refusal(error)):
            raise RouteRefused(f"{error.status} (error code {error.code})") from error
        raise


def _is_unknown_refusal(error: discord.HTTPException) -> bool:
    is_about_content = error.code in _CONTENT_CODES or error.status == codes.TOO_LARGE_STATUS
    return 400 <= error.status < 500 and not is_about_content and not is_temporary(error)
