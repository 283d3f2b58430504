"""Calls to Discord that are repeated with growing pauses until it answers, logged when the reason changes."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina

from bot.client.requests.errors import asked_pause, describe

log = logging.getLogger(__name__)

T = TypeVar("T")


class DiscordOutage:
    """Whether something of Discord's is away; logs that it is, each new reason, and that it is back, once each.

    Args:
        what: what is away, for example `Discord's gateway`.
        meanwhile: what the bot does about it.
    """

    def __init__(self, what: str, meanwhile: str) -> None:
        self._what = what
        self._meanwhile = meanwhile
        self._reason: str | None = None

    def failed(self, error: BaseException) -> None:
        """Note a failure."""
        reason, pause = describe(error), asked_pause(error)
        if reason != self._reason:
            asked = f" It asks for a pause of {pause:.0f} seconds." if pause else ""
            log.warning("%s can't be reached (%s): %s.%s", self._what, reason, self._meanwhile, asked)
        self._reason = reason

    def silent(self) -> None:
        """Note that there was no answer yet; nothing if a failure was noted."""
        if self._reason is None:
            self.failed(TimeoutError())

    def worked(self) -> None:
        """Note a success."""
        if self._reason is not None:
            log.info("%s can be reached again.", self._what)
        self._reason = None


async def until_answered(
    call: Callable[[], Awaitable[T]],
    *,
    outage: DiscordOutage,
    on: Callable[[Exception], bool],
    first_pause: float,
    longest_pause: float,
) -> T:
    """What the call returns, repeated while `on` holds for its error.

    Pauses are in seconds and double; an answer that asks for another pause gets it.
    """

    def pause(error: BaseException) -> bool | float:
        # stamina asks about a cancellation as well.
        if not isinstance(error, Exception) or not on(error):
            return False
        outage.failed(error)
        return asked_pause(error) or True

    retries = stamina.AsyncRetryingCaller(
        attempts=None,
        timeout=None,
        wait_initial=first_pause,
        wait_max=longest_pause,
        wait_jitter=first_pause / 2,
    )
    result = await retries(pause, call)
    outage.worked()
    return result
