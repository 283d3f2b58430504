"""Whether the database is away or its disk is full: checked and logged once for all transactions that fail."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import psycopg
import stamina

from bot.store.db.errors import reason

log = logging.getLogger(__name__)

_SETTLING_SECONDS = 120.0
"""How long after an outage connections that it broke may still be found."""


Ask = Callable[[], Awaitable[None]]
"""Returns when the database works, and raises `psycopg.Error` or `OSError` otherwise."""


@dataclass(frozen=True, slots=True)
class _Trouble:
    """How to ask whether it has ended, and the lines for its start, its end, and a single failure without one."""

    ask: Ask
    begins: str
    ends: str
    passed: str


class Outage:
    """Asks a database that seems to be away until it answers; logs the start and the end of the outage, once each.

    `ask` asks for an answer, `ask_for_space` whether something can be written as well.
    """

    def __init__(self, ask: Ask, ask_for_space: Ask | None = None) -> None:
        self._away = _Trouble(
            ask,
            "The database does not answer (%s): the bot keeps trying.",
            "The database answers again.",
            "The database broke off a connection (%s). Others work.",
        )
        self._full = _Trouble(
            ask_for_space or ask,
            "The database's disk has no space left (%s): jobs wait until it has. Free some.",
            "The database's disk has space again.",
            "The database could not write (%s) for a short time.",
        )
        self._watching: asyncio.Task[None] | None = None
        self._quiet_until = 0.0
        self._closed = False

    @property
    def is_suspected(self) -> bool:
        """Whether it is unknown if the database answers."""
        return self._watching is not None and not self._watching.done()

    def suspect(self, why: str, *, full: bool = False) -> None:
        """Check whether the database answers, for this reason to believe that it does not.

        `full` means that its disk seems to be full.
        """
        if not self.is_suspected and not self._closed:
            self._watching = asyncio.create_task(self._watch(why, self._full if full else self._away))

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

    async def _watch(self, why: str, trouble: _Trouble) -> None:
        told = False
        async for attempt in stamina.retry_context(
            on=(psycopg.Error, OSError), attempts=None, timeout=None, wait_initial=0.05, wait_max=3.0, wait_jitter=0.1
        ):
            with attempt:
                try:
                    await trouble.ask()
                except (psycopg.Error, OSError) as error:
                    if not told:
                        log.warning(trouble.begins, reason(error))
                        told = True
                    raise
        if told:
            log.info(trouble.ends)
        elif time.monotonic() > self._quiet_until:
            log.warning(trouble.passed, why)
        self._quiet_until = time.monotonic() + _SETTLING_SECONDS
