"""Whether the database is away: checked and logged once for all lost connections."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import psycopg
import stamina

from bot.store.db.errors import reason

log = logging.getLogger(__name__)

_SETTLING_SECONDS = 120.0
"""How long after an outage connections that it broke may still be found."""


class Outage:
    """Asks a database that seems to be away until it answers; logs the start and the end of the outage, once each.

    `ask` returns when the database answers, and raises `psycopg.Error` or `OSError` otherwise.
    """

    def __init__(self, ask: Callable[[], Awaitable[None]]) -> None:
        self._ask = ask
        self._watching: asyncio.Task[None] | None = None
        self._quiet_until = 0.0
        self._closed = False

    @property
    def is_suspected(self) -> bool:
        """Whether it is unknown if the database answers."""
        return self._watching is not None and not self._watching.done()

    def suspect(self, why: str) -> None:
        """Check whether the database answers, for this reason to believe that it does not."""
        if not self.is_suspected and not self._closed:
            self._watching = asyncio.create_task(self._watch(why))

    async def passed(self, seconds: float | None = None) -> None:
        """Return when the database answers, after this number of seconds, or when `close` is called."""
        if self._watching is not None:
            await asyncio.wait({self._watching}, timeout=None if seconds is None else max(seconds, 0))

    async def close(self) -> None:
        """Stop asking; every `passed` returns."""
        self._closed = True
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait({self._watching})

    async def _watch(self, why: str) -> None:
        told = False
        async for attempt in stamina.retry_context(
            on=(psycopg.Error, OSError), attempts=None, timeout=None, wait_initial=0.05, wait_max=3.0, wait_jitter=0.1
        ):
            with attempt:
                try:
                    await self._ask()
                except (psycopg.Error, OSError) as error:
                    if not told:
                        log.warning("The database does not answer (%s): the bot keeps trying.", reason(error))
                        told = True
                    raise
        if told:
            log.info("The database answers again.")
        elif time.monotonic() > self._quiet_until:
            log.warning("The database broke off a connection (%s). Others work.", why)
        self._quiet_until = time.monotonic() + _SETTLING_SECONDS
