"""The image API's request limits, kept before they are hit."""

import asyncio
from enum import StrEnum

from aiolimiter import AsyncLimiter

# Requests arrive a little closer together than they left. Each window is longer by this many seconds, so that
# the far end's own count stays within the limit.
MARGIN_SECONDS = 0.1


class Lane(StrEnum):
    """The two limits the API counts separately (docs.imaginepro.ai/system-design)."""

    GENERAL = "general"
    PROGRESS = "progress"


class Pace:
    """Turns for the requests of one key: by default one general request every 3 s and 10 progress reads a second.

    Requests of one lane leave evenly spaced, never in a burst: a bucket that allows ten at once and refills
    during the second lets nearly twenty through in the API's sliding second. The lanes do not wait for each other.
    """

    def __init__(self, general_seconds: float = 3.0, progress_per_second: float = 10.0) -> None:
        self._turns = {
            Lane.GENERAL: _Turns(general_seconds + MARGIN_SECONDS),
            Lane.PROGRESS: _Turns((1 + MARGIN_SECONDS) / progress_per_second),
        }

    @classmethod
    def unlimited(cls) -> "Pace":
        """A pace that never waits, for servers without limits."""
        pace = cls()
        pace._turns = {lane: _Turns(0) for lane in Lane}
        return pace

    async def turn(self, lane: Lane) -> None:
        """Return when a request of this lane may leave, in the order of asking."""
        await self._turns[lane].take()

    def hold(self, lane: Lane, seconds: float) -> None:
        """Let nothing of this lane leave for so many seconds: the API has said that it is too busy."""
        self._turns[lane].hold(seconds)


class _Turns:
    """Evenly spaced turns of one lane."""

    def __init__(self, interval_seconds: float) -> None:
        self._limiter = AsyncLimiter(1, interval_seconds) if interval_seconds > 0 else None
        self._held_until = 0.0

    async def take(self) -> None:
        while True:
            if self._limiter:
                await self._limiter.acquire()
            held = self._held_until - asyncio.get_running_loop().time()
            if held <= 0:
                return
            # Whoever waited for the hold queues again, so that they do not all leave at once when it ends.
            await asyncio.sleep(held)

    def hold(self, seconds: float) -> None:
        self._held_until = max(self._held_until, asyncio.get_running_loop().time() + seconds)
