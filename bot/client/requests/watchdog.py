"""Notices that nothing goes through to Discord any more although the gateway looks well."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.client.requests.uncancelled import UncancelledRequests
from bot.timings import Timings

log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[object]]


class Watchdog:
    """Looks at the requests every `Timings.watchdog_check` seconds.

    When none has ended since the last look it asks something cheap, with `ask`. An error is an end as well: while
    Discord is away requests fail, and are repeated elsewhere.
    """

    def __init__(
        self,
        requests: UncancelledRequests,
        ask: Callable[[], Awaitable[object]],
        timings: Timings,
        *,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._requests = requests
        self._ask = ask
        self._timings = timings
        self._sleep = sleep
        self._question: asyncio.Future[object] | None = None

    async def silence(self) -> None:
        """Return, after a line in the log, when no request has ended in `Timings.watchdog_limit` seconds of looking.

        Not by the clock: a process that was stopped, with its machine or alone, has missed nothing.
        """
        check, silent = self._timings.watchdog_check, 0.0
        try:
            while silent < self._timings.watchdog_limit:
                ended = self._requests.ended
                await self._sleep(check)
                if self._requests.ended != ended:
                    silent = 0.0
                elif self._question is None or self._question.done():
                    self._question = asyncio.ensure_future(self._asked())
                else:
                    silent += check
        finally:
            if self._question is not None:
                self._question.cancel()
        log.critical(
            "No request to Discord has been answered or refused for %.0f minutes, so this process ends. Its "
            "supervisor should start it again.",
            silent / 60,
        )

    async def _asked(self) -> object:
        try:
            return await self._ask()
        except Exception as error:
            return error
