"""The two ways to a reply that is there: by the interaction's token while it lives, afterwards by the channel."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import discord
import stamina

from bot.client.bot import Bot
from bot.store import ReplyTarget
from bot.ui.base.message import Message
from bot.ui.replies.connectivity import AWAY, TOO_OLD, is_temporary
from bot.ui.replies.edit_window import is_old

OLD_EDIT_SECONDS = 10.0
"""How long an edit of an old message may take. When Discord has had enough of them, discord.py would wait for hours."""

_FINDING_SECONDS = 60.0

_ORIGINAL = cast(int, "@original")
"""Discord's name for the answer to an interaction, where its id is not known."""

_TOKEN_OVER = {10015, 50027}
# Unknown channel, server and message; no access; no permission; not in such a channel; archived and locked threads.
_UNREACHABLE = {10003, 10004, 10008, 50001, 50013, 50024, 50083, 160005}


class TokenExpired(Exception):
    """The interaction's token opens nothing any more."""


class Unreachable(Exception):
    """The message or its channel is gone, or closed to the bot."""


class TooOld(Exception):
    """The message is older than an hour, and Discord takes no more edits of it for now."""


class ReplyCalls:
    """Edits replies where they stand. Whatever else Discord refuses is raised as `discord.HTTPException`."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def by_token(self, reply: ReplyTarget, message: Message) -> None:
        """Show the message in the place of the reply. Raises `TokenExpired` and `Unreachable`."""
        message_id = reply.message_id if reply.message_id is not None else _ORIGINAL
        with refusals():
            await self._webhook(reply).edit_message(message_id, view=message.view, attachments=message.files())

    async def by_channel(self, reply: ReplyTarget, message: Message) -> None:
        """Show the message in the place of the reply. Raises `Unreachable` and `TooOld`."""
        if reply.channel_id is None or reply.message_id is None:
            raise Unreachable
        channel = self._bot.get_partial_messageable(reply.channel_id, guild_id=reply.guild_id)
        editing = channel.get_partial_message(reply.message_id).edit(
            view=message.view,
            attachments=message.files(),
            # discord.py sends the client's own default only along with content.
            allowed_mentions=discord.AllowedMentions.none(),
        )
        with refusals():
            if not is_old(reply):
                await editing
                return
            try:
                async with asyncio.timeout(OLD_EDIT_SECONDS):
                    await editing
            except TimeoutError as error:
                raise TooOld from error

    async def edit_text(self, reply: ReplyTarget, text: str) -> None:
        """Replace the text of the answer to an interaction. Raises `TokenExpired` and `Unreachable`."""
        with refusals():
            await self._webhook(reply).edit_message(_ORIGINAL, content=text)

    async def follow_up(self, reply: ReplyTarget, message: Message) -> tuple[int, int]:
        """The ids of channel and message, once the message was sent as a follow-up of the interaction.

        Raises `discord.HTTPException`, also when the interaction's fifteen minutes are over.
        """
        sent = await self._webhook(reply).send(view=message.view, files=message.files(), wait=True)
        return sent.channel.id, sent.id

    async def find(self, reply: ReplyTarget) -> int | None:
        """The id of the message that answered the interaction; None when nothing did, or nobody can tell any more."""
        if reply.part > 0:
            return None
        # A Discord that is away says nothing about the reply, and a job is dropped that has none.
        retries = stamina.AsyncRetryingCaller(
            attempts=None, timeout=_FINDING_SECONDS, wait_initial=0.5, wait_max=10, wait_jitter=0.5
        )
        try:
            return (await retries.on(is_temporary)(self._webhook(reply).fetch_message, _ORIGINAL)).id
        except (discord.HTTPException, ValueError, *AWAY):
            return None

    def _webhook(self, reply: ReplyTarget) -> discord.Webhook:
        return discord.Webhook.partial(reply.application_id, reply.token, client=self._bot)


@contextmanager
def refusals() -> Iterator[None]:
    """Raise what Discord says of a place or a token under its own name."""
    try:
        yield
    except discord.HTTPException as error:
        if error.code in _TOKEN_OVER:
            raise TokenExpired from error
        if error.code in _UNREACHABLE:
            raise Unreachable from error
        if error.code == TOO_OLD:
            raise TooOld from error
        raise
