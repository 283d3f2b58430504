"""Whether Discord takes what is sent to it, said in the log once for all replies together."""

import logging

import aiohttp
import discord

AWAY = (aiohttp.ClientError, OSError)
"""No answer at all."""

TOO_OLD = 30046
"""Discord's code for a message older than an hour that was edited too often; the status is that of a rate limit."""

_BLOCKED = 40333
"""Discord's shield refuses the request, whatever it asks for."""

log = logging.getLogger(__name__)


def is_temporary(error: Exception) -> bool:
    """Whether the same request may well be taken later."""
    if isinstance(error, discord.HTTPException):
        # 401 is no verdict on the request: it is the same for all, until somebody sees to it.
        passing = error.status >= 500 or error.status in (401, 429) or error.code == _BLOCKED
        return passing and error.code != TOO_OLD
    return isinstance(error, AWAY)


class DiscordConnectivity:
    """The line to Discord, as far as replies notice."""

    def __init__(self) -> None:
        self._lost = False

    @property
    def is_lost(self) -> bool:
        """Whether the last thing that was heard is that Discord is away."""
        return self._lost

    def lost(self, error: Exception) -> None:
        """Discord did not take a reply, for now."""
        if not self._lost:
            log.warning("Discord takes no edits at the moment, replies wait: %s", error)
        self._lost = True

    def found(self) -> None:
        """Discord took a reply."""
        if self._lost:
            log.info("Discord takes edits again")
        self._lost = False
