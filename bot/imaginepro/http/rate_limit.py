"""Rate limits of the image API, applied before a request is sent."""

import asyncio
from enum import StrEnum
from typing import Protocol

from aiolimiter import AsyncLimiter

from bot.timings import DEFAULT_TIMINGS

# Requests may arrive closer together than they were sent. Each window is longer by this many seconds, so that the
# API's own count stays within the limit.
MARGIN_SECONDS = 0.1


class LimitClass(StrEnum):
    """The two limits the API counts separately (docs.imaginepro.ai/system-design)."""

    GENERAL = "general"
    PROGRESS = "progress"


class SharedLimit(Protocol):
    """A rate limit that all processes with the same key share."""

    async def reserve(self, seconds: float) -> float:
        """Seconds until the turn just taken; the one after it comes `seconds` later."""
        ...

    async def hold(self, seconds: float) -> None:
        """Give no turn for this many seconds."""
        ...


class RateLimiter:
    """Rate limits of one key: by default one general request every 3 s and 10 progress reads a second.

    Requests of one lane are evenly spaced, never in a burst: a bucket that allows ten at once and refills during the
    second lets nearly twenty through in the API's sliding second. The lanes do not wait for each other.
    With `shared`, general requests are spaced over all processes that use it; each process has its share of the reads.
    The requests of this process are spaced a second time as they leave: a slot in `shared` may be used late, and the
    next request must not follow too soon then.
    """

    def __init__(
        self,
        general_seconds: float = DEFAULT_TIMINGS.request_interval,
        progress_per_second: float = DEFAULT_TIMINGS.api_reads_per_second,
        *,
        shared: SharedLimit | None = None,
    ) -> None:
        general = general_seconds + MARGIN_SECONDS
        self._progress_per_second = progress_per_second
        self._lanes: dict[LimitClass, _LocalLimiter | _SharedLimiter] = {
            LimitClass.GENERAL: _SharedLimiter(shared, general) if shared is not None else _LocalLimiter(general),
            LimitClass.PROGRESS: _LocalLimiter((1 + MARGIN_SECONDS) / progress_per_second),
        }

    @classmethod
    def unlimited(cls) -> "RateLimiter":
        """A limiter that never waits, for servers without limits."""
        pace = cls()
        pace._lanes = {lane: _LocalLimiter(0) for lane in LimitClass}
        return pace

    @property
    def interval_seconds(self) -> float:
        """Seconds between two general requests."""
        return self._lanes[LimitClass.GENERAL].interval

    async def acquire(self, lane: LimitClass) -> None:
        """Return when a request of this lane may be sent, first come, first served."""
        await self._lanes[lane].take()

    async def depart(self, lane: LimitClass) -> None:
        """Return when a request may leave whose turn in `shared` was taken already."""
        await self._lanes[lane].depart()

    async def hold(self, lane: LimitClass, seconds: float) -> None:
        """Hold all requests of this lane for this many seconds, after a 429."""
        await self._lanes[lane].hold(seconds)

    def share(self, processes: int) -> None:
        """Take the share of one of this many processes of the reads."""
        reads = self._lanes[LimitClass.PROGRESS]
        if isinstance(reads, _LocalLimiter) and reads.interval > 0:
            reads.interval = (1 + MARGIN_SECONDS) * processes / self._progress_per_second


class _LocalLimiter:
    """Evenly spaced turns of one lane."""

    def __init__(self, interval_seconds: float) -> None:
        self._held_until = 0.0
        self.interval = interval_seconds

    @property
    def interval(self) -> float:
        return self._interval

    @interval.setter
    def interval(self, seconds: float) -> None:
        self._interval = seconds
        self._limiter = AsyncLimiter(1, seconds) if seconds > 0 else None

    async def take(self) -> None:
        while True:
            if self._limiter:
                await self._limiter.acquire()
            held = self._held_until - asyncio.get_running_loop().time()
            if held <= 0:
                return
            # Everyone who waited for the hold queues again, so that they are not all sent at once when it ends.
            await asyncio.sleep(held)

    async def depart(self) -> None:
        """Return at once: without other processes a turn is the departure."""

    async def hold(self, seconds: float) -> None:
        self._held_until = max(self._held_until, asyncio.get_running_loop().time() + seconds)


class _SharedLimiter:
    """Evenly spaced turns that all processes share."""

    def __init__(self, shared: SharedLimit, interval_seconds: float) -> None:
        self._shared = shared
        self.interval = interval_seconds
        # One at a time, so that a turn is reserved only shortly before it is used.
        self._next = asyncio.Lock()
        self._departures = _LocalLimiter(interval_seconds)
        self._held_until = 0.0

    async def take(self) -> None:
        async with self._next:
            while True:
                await asyncio.sleep(await self._shared.reserve(self.interval))
                if self._held_until <= asyncio.get_running_loop().time():
                    break
        await self.depart()

    async def depart(self) -> None:
        await self._departures.take()

    async def hold(self, seconds: float) -> None:
        self._held_until = asyncio.get_running_loop().time() + seconds
        await self._shared.hold(seconds)
