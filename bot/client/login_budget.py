"""Logins of a day: Discord counts them over all processes, and resets the token of a bot that uses them up."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import discord

from bot.client.requests.errors import describe
from bot.timings import Timings

log = logging.getLogger(__name__)

_LOW = 0.05
"""Logins are spread over the rest of the day when less than this part of them is left."""

_ANSWER_SECONDS = 10.0
_FRESH_SECONDS = 5.0


class FewLogins(OSError):
    """A shard has to log in later. discord.py takes it for a failed connection, and tries again after a pause."""


class LoginBudget:
    """Delays logins while few are left, so that they last until Discord's count begins again.

    Each then waits its share of the remaining time, by `session_start_limit` of GET /gateway/bot, which `ask` returns
    (https://docs.discord.com/developers/events/gateway#session-start-limit-object). `clock` returns seconds.
    """

    def __init__(
        self,
        ask: Callable[[], Awaitable[discord.SessionStartLimits]],
        timings: Timings,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._recheck = timings.login_recheck
        self._clock = clock
        self._waiting_since: float | None = None
        self._allowed_until = float("-inf")

    async def wait(self) -> None:
        """Return when a shard may log in."""
        while (pause := await self.pause()) > 0:  # noqa: ASYNC110  # Discord announces nothing
            await asyncio.sleep(min(pause, self._recheck))

    async def pause(self) -> float:
        """Seconds until a shard may log in, 0 for now. Without an answer of Discord's nothing is delayed."""
        now = self._clock()
        if now < self._allowed_until:
            return 0.0
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                limits = await self._ask()
        except Exception as error:
            log.info("Discord does not say how many logins are left: %s", describe(error))
            return 0.0
        pause = self._pause(limits, now)
        if pause <= 0:
            self._allowed_until = self._clock() + _FRESH_SECONDS
        return pause

    def spend(self) -> None:
        """Note that a shard logs in: the next one waits its own share."""
        self._waiting_since = None

    def _pause(self, limits: discord.SessionStartLimits, now: float) -> float:
        if limits.remaining >= limits.total * _LOW:
            self._waiting_since = None
            return 0.0
        rest = limits.reset_after / 1000
        share = rest / (limits.remaining + 1)
        if self._waiting_since is None:
            self._waiting_since = now
            log.warning(
                "Of %d logins a day %d are left for the next %.1f hours, so the next one waits %.0f minutes: a bot "
                "that uses up all of them loses its token. Something restarts it too often, or two processes of one "
                "CLUSTER_ID use databases of their own.",
                limits.total,
                limits.remaining,
                rest / 3600,
                share / 60,
            )
        # With none left a login would cost the token.
        return share - (now - self._waiting_since) if limits.remaining > 0 else max(rest, self._recheck)
