"""Rate limits of the image API, applied before a request is sent."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from enum import IntEnum, StrEnum
from heapq import heapify, heappop, heappush
from typing import Protocol

from aiolimiter import AsyncLimiter

from bot.imaginepro.errors import NoTurn
from bot.timings import DEFAULT_TIMINGS

# Requests may arrive closer together than they were sent. Each window is longer by this many seconds, so that the
# API's own count stays within the limit.
MARGIN_SECONDS = 0.1

_LOOKUP_SECONDS = 15.0
"""How long a read that a job waits for makes do with turns that no job wants."""


class LimitClass(StrEnum):
    """The two limits the API counts separately (docs.imaginepro.ai/system-design)."""

    GENERAL = "general"
    PROGRESS = "progress"


class Priority(IntEnum):
    """Which of several waiting general requests is sent first, the lowest number before all others.

    `JOB` creates a job. `LOOKUP` is a free read that a job waits for, `FREE` any other free call.
    """

    CANCEL = 0
    JOB = 1
    LOOKUP = 2
    FREE = 3


class SharedLimit(Protocol):
    """A rate limit that all processes with the same key share."""

    async def reserve(self, seconds: float) -> float:
        """Seconds until the turn just taken; the one after it comes `seconds` later."""
        ...

    async def take_spare(self, seconds: float) -> float:
        """0 if the present turn was taken, because no job wants it; otherwise the seconds until the next try.

        The turn after it comes `seconds` later. Nothing is reserved in advance.
        """
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
    General requests are sent in the order of their `Priority`. Free calls use only turns that no job wants, and give up
    after `free_patience` seconds.
    """

    def __init__(
        self,
        general_seconds: float = DEFAULT_TIMINGS.request_interval,
        progress_per_second: float = DEFAULT_TIMINGS.api_reads_per_second,
        *,
        shared: SharedLimit | None = None,
        free_patience: float = DEFAULT_TIMINGS.free_call_patience,
    ) -> None:
        general = general_seconds + MARGIN_SECONDS
        self._progress_per_second = progress_per_second
        self._free_patience = free_patience
        self._lanes: dict[LimitClass, _LocalLimiter | _SharedLimiter] = {
            LimitClass.GENERAL: _SharedLimiter(shared, general) if shared is not None else _RankedLimiter(general),
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

    async def acquire(self, lane: LimitClass, priority: Priority = Priority.JOB) -> None:
        """Return when a request of this lane may be sent; those of the same priority first come, first served.

        Raises `NoTurn` when a free call had to wait too long.
        """
        patience = self._free_patience if priority is Priority.FREE and lane is LimitClass.GENERAL else None
        limit = asyncio.timeout(patience)
        try:
            async with limit:
                await self._lanes[lane].take(priority)
        except TimeoutError:
            if limit.expired():
                raise NoTurn from None
            raise

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
    """Evenly spaced turns of one lane, first come, first served."""

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

    async def take(self, priority: Priority = Priority.JOB) -> None:
        """Wait for the next turn; without a line no request is more urgent than another."""
        del priority
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


class _RankedLimiter(_LocalLimiter):
    """Evenly spaced turns of one lane, for the most urgent request first."""

    def __init__(self, interval_seconds: float) -> None:
        super().__init__(interval_seconds)
        self._line = _Line(super().take)

    async def take(self, priority: Priority = Priority.JOB) -> None:
        await self._line.turn(priority)


class _SharedLimiter:
    """Evenly spaced turns that all processes share.

    Cancels and jobs reserve their turn in advance. Free calls only take a turn that has begun and that nothing else
    wants, in this process or another, so any number of them delays a job by at most one turn.
    """

    def __init__(self, shared: SharedLimit, interval_seconds: float) -> None:
        self._shared = shared
        self.interval = interval_seconds
        # One at a time, so that a turn is reserved only shortly before it is used.
        self._reserving = _Line(self._reserve)
        self._spare = _Line(self._take_spare)
        self._departures = _LocalLimiter(interval_seconds)
        self._held_until = 0.0

    async def take(self, priority: Priority = Priority.JOB) -> None:
        match priority:
            case Priority.CANCEL | Priority.JOB:
                await self._reserving.turn(priority)
            case Priority.LOOKUP:
                await self._look_up()
            case Priority.FREE:
                await self._spare.turn(priority)
        await self.depart()

    async def depart(self) -> None:
        await self._departures.take()

    async def hold(self, seconds: float) -> None:
        self._held_until = asyncio.get_running_loop().time() + seconds
        await self._shared.hold(seconds)

    async def _look_up(self) -> None:
        # Where jobs use every turn, none is ever spare; a job that was never confirmed must be found nevertheless.
        limit = asyncio.timeout(_LOOKUP_SECONDS)
        try:
            async with limit:
                await self._spare.turn(Priority.LOOKUP)
        except TimeoutError:
            if not limit.expired():
                raise
            await self._reserving.turn(Priority.LOOKUP)

    async def _reserve(self) -> None:
        while True:
            await asyncio.sleep(await self._shared.reserve(self.interval))
            if self._held_until <= asyncio.get_running_loop().time():
                return

    async def _take_spare(self) -> None:
        while (pause := await self._shared.take_spare(self.interval)) > 0:  # noqa: ASYNC110  # others take turns too
            await asyncio.sleep(pause)


class _Line:
    """Requests that wait. Each turn goes to the most urgent one among those that wait when the turn begins."""

    def __init__(self, next_turn: Callable[[], Awaitable[None]]) -> None:
        self._next_turn = next_turn
        self._waiting: list[tuple[Priority, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._serving: asyncio.Task[None] | None = None

    async def turn(self, priority: Priority) -> None:
        """Return when it is this request's turn."""
        waiter = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (priority, next(self._numbers), waiter))
        if self._serving is None or self._serving.done():
            self._serving = asyncio.create_task(self._serve())
        try:
            await waiter
        finally:
            self._forget_cancelled()

    async def _serve(self) -> None:
        while self._waiting:
            failure = None
            try:
                await self._next_turn()
            except Exception as error:
                failure = error
            self._forget_cancelled()
            if not self._waiting:
                return
            _, _, waiter = heappop(self._waiting)
            if failure is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(failure)

    def _forget_cancelled(self) -> None:
        if any(waiter.done() for _, _, waiter in self._waiting):
            self._waiting = [entry for entry in self._waiting if not entry[2].done()]
            heapify(self._waiting)
        if not self._waiting and self._serving is not None and asyncio.current_task() is not self._serving:
            # A turn that no request waits for any more is left to other processes.
            self._serving.cancel()
            self._serving = None
