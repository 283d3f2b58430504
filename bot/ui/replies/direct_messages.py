"""Opens direct messages, few enough of them that Discord does not take the bot for a spammer.

Bots report a quarantine after 25 to 40 channels opened in a row; it ends when Discord's staff lifts it, and until
then the bot can join no server.
"""

import logging

import discord

from bot.client.bot import Bot
from bot.store import DirectMessageStore
from bot.ui.replies.discord_calls import Unreachable

_MOST = 10
_SECONDS = 600.0
"""All processes together open at most ten channels in ten minutes."""

_QUARANTINE_PAUSE = 3600.0
_QUARANTINE_CODES = {40003, 20026}
"""Discord's error codes for opening direct messages too fast, and for a bot that its anti-spam system has flagged."""

log = logging.getLogger(__name__)


class OpenedTooMany(Unreachable):
    """No direct message may be opened for this number of `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no direct message may be opened for {seconds:.0f} seconds")
        self.seconds = seconds


class DirectMessages:
    """Finds or opens the direct message channels of members."""

    def __init__(self, bot: Bot, store: DirectMessageStore) -> None:
        self._bot = bot
        self._store = store

    async def channel(self, user_id: int) -> discord.abc.Messageable:
        """The member's channel. Raises `OpenedTooMany`, or `discord.HTTPException` when Discord refuses to open it."""
        known = await self._store.channel_of(user_id)
        if known is not None:
            return self._bot.get_partial_messageable(known, type=discord.ChannelType.private)
        wait = await self._store.reserve(user_id, most=_MOST, seconds=_SECONDS)
        if wait > 0:
            raise OpenedTooMany(wait)
        try:
            channel = await self._bot.create_dm(discord.Object(user_id))
        except discord.HTTPException as error:
            await self.check_refusal(error)
            raise
        await self._store.remember(user_id, channel.id)
        return channel

    async def check_refusal(self, error: discord.HTTPException) -> None:
        """Open none for an hour if this refusal says that there were too many. Raises `OpenedTooMany` then."""
        if error.code not in _QUARANTINE_CODES:
            return
        await self._store.pause(_QUARANTINE_PAUSE)
        log.error(
            "Discord lets the bot open no direct messages (%s), so it opens none for an hour. If that goes on, the bot "
            "may be quarantined: look at its page in the developer portal.",
            error.text,
        )
        raise OpenedTooMany(_QUARANTINE_PAUSE) from error
