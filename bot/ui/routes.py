"""The two ways to a reply: by the interaction's token while it lives, afterwards by the channel."""

from datetime import UTC, datetime, timedelta
from typing import cast

import discord

from bot.client import Bot
from bot.services.frames import ReplyGone
from bot.store import ReplyAddress
from bot.ui.job_view import Message

_TOKEN_LIFE = timedelta(minutes=14)
"""Discord gives a token 15 minutes; the last one is left to clocks that differ."""

_ORIGINAL = cast(int, "@original")
"""Discord's name for the answer to an interaction, where its id is not known."""

_TOKEN_OVER = {10015, 50027}
_GONE = {10003, 10004, 10008, 50001, 50013}


class Routes:
    """Edits replies wherever they can still be reached."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def edit(self, reply: ReplyAddress, message: Message) -> None:
        """Show the message in the place of the reply.

        Raises `ReplyGone` when it was deleted or its channel is closed to the bot, `discord.HTTPException` otherwise.
        """
        try:
            if reply.token and datetime.now(UTC) - reply.opened_at < _TOKEN_LIFE:
                try:
                    await self._by_token(reply, message)
                except discord.HTTPException as error:
                    if error.code not in _TOKEN_OVER:
                        raise
                else:
                    return
            await self._by_channel(reply, message)
        except discord.HTTPException as error:
            if error.code in _GONE:
                raise ReplyGone from error
            raise

    async def follow_up(self, reply: ReplyAddress, message: Message) -> tuple[int, int]:
        """The ids of channel and message, once the message was sent as a follow-up of the interaction.

        Raises `discord.HTTPException`, also when the interaction's fifteen minutes are over.
        """
        sent = await self._webhook(reply).send(view=message.view, files=message.files(), wait=True)
        return sent.channel.id, sent.id

    async def find(self, reply: ReplyAddress) -> int | None:
        """The id of the message that answered the interaction; None when nothing did, or nobody can tell any more."""
        if reply.part > 0:
            return None
        try:
            return (await self._webhook(reply).fetch_message(_ORIGINAL)).id
        except (discord.HTTPException, ValueError):
            return None

    def _webhook(self, reply: ReplyAddress) -> discord.Webhook:
        return discord.Webhook.partial(reply.application_id, reply.token, client=self._bot)

    async def _by_token(self, reply: ReplyAddress, message: Message) -> None:
        message_id = reply.message_id if reply.message_id is not None else _ORIGINAL
        await self._webhook(reply).edit_message(message_id, view=message.view, attachments=message.files())

    async def _by_channel(self, reply: ReplyAddress, message: Message) -> None:
        if reply.channel_id is None or reply.message_id is None:
            raise ReplyGone
        channel = self._bot.get_partial_messageable(reply.channel_id, guild_id=reply.guild_id)
        await channel.get_partial_message(reply.message_id).edit(
            view=message.view,
            attachments=message.files(),
            # discord.py sends the client's own default only along with content.
            allowed_mentions=discord.AllowedMentions.none(),
        )
