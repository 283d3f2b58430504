"""Tracks whether Discord accepts edits; logs an outage and its end once, not per reply."""

import logging

import aiohttp
import discord

NO_ANSWER = (aiohttp.ClientError, OSError)
"""Errors that mean Discord did not answer."""

OLD_MESSAGE_LIMIT = 30046
"""Discord's error code for editing a message older than an hour too often; the status is 429."""

_BLOCKED = 40333
"""Discord's error code for a request that its network protection blocks, regardless of content."""

log = logging.getLogger(__name__)


def is_temporary(error: Exception) -> bool:
    """Whether the same request may succeed later."""
    if isinstance(error, discord.HTTPException):
        # 401 is about the bot's token, not about this request, and ends when the operator has fixed it.
        temporary = error.status >= 500 or error.status in (401, 429) or error.code == _BLOCKED
        return temporary and error.code != OLD_MESSAGE_LIMIT
    return isinstance(error, NO_ANSWER)


class DiscordConnectivity:
    """Whether Discord can be reached, judged by the results of edits."""

    def __init__(self) -> None:
        self._lost = False

    @property
    def is_lost(self) -> bool:
        """Whether the last edit failed because Discord could not be reached."""
        return self._lost

    def record_failure(self, error: Exception) -> None:
        """Note a temporary failure; the first in a row is logged."""
        if not self._lost:
            log.warning("Discord takes no edits at the moment, replies wait: %s", error)
        self._lost = True

    def record_success(self) -> None:
        """Note that Discord answered; the first after an outage is logged."""
        if self._lost:
            log.info("Discord takes edits again")
        self._lost = False
