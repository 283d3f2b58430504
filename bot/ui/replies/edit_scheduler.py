"""Whose turn it is to ask Discord for an edit: evenly within what it counts together, and never too much at once."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiolimiter import AsyncLimiter

from bot.ui.replies.buckets import SPACING, Begin, Bucket, BucketKey, Work

T = TypeVar("T")
log = logging.getLogger(__name__)


PER_SECOND = 40
"""All budgets together. Discord takes 50 requests a second from a bot, which has more to do than to edit."""

AT_ONCE = 40
"""Requests under way. More would only wait elsewhere."""


class EditScheduler:
    """Hands out turns: within a budget one at a time, what is urgent first, the others round robin."""

    def __init__(self) -> None:
        self._lanes: dict[BucketKey, Bucket] = {}
        self._sooner: deque[Bucket] = deque()
        self._later: deque[Bucket] = deque()
        self._news = asyncio.Event()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._pace = AsyncLimiter(1, 1 / PER_SECOND)
        self._under_way: set[asyncio.Task[None]] = set()
        self._handing_out: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether no turn is handed out any more."""
        return self._closed

    def enqueue(self, budget: BucketKey, begin: Begin) -> None:
        """Have the work done after whatever waits for the same budget already."""
        lane = self._lane(budget)
        lane.others.append(begin)
        self._offer(lane)

    async def run_urgent(self, budget: BucketKey, request: Callable[[], Awaitable[T]]) -> T:
        """What the urgent request gave or raised, made before everything that is not urgent.

        A caller that is cancelled does not cut a request off. Once `close` was called this never returns.
        """
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        lane = self._lane(budget)
        lane.urgent.append(lambda: None if answer.done() else _relay(request, answer))
        self._offer(lane)
        return await answer

    async def close(self, seconds: float) -> None:
        """Hand out no more turns; what is under way has so many seconds to end."""
        self._closed = True
        if self._handing_out is not None:
            self._handing_out.cancel()
            await asyncio.gather(self._handing_out, return_exceptions=True)
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=seconds)
        late = tuple(self._under_way)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _lane(self, budget: BucketKey) -> Bucket:
        lane = self._lanes.get(budget)
        if lane is None:
            lane = self._lanes[budget] = Bucket(budget)
        return lane

    def _offer(self, lane: Bucket) -> None:
        """Put the lane up for its next turn as soon as it is due; one that has nothing more to do is forgotten."""
        if lane.busy or self._closed:
            return
        wait = lane.free_at - asyncio.get_running_loop().time()
        if wait > 0:
            if not lane.timed:
                lane.timed = True
                asyncio.get_running_loop().call_later(wait, self._due, lane)
        elif lane.urgent:
            self._list(lane, urgent=True)
        elif lane.others:
            self._list(lane, urgent=False)
        elif self._lanes.get(lane.budget) is lane:
            del self._lanes[lane.budget]

    def _due(self, lane: Bucket) -> None:
        lane.timed = False
        self._offer(lane)

    def _list(self, lane: Bucket, *, urgent: bool) -> None:
        if urgent and not lane.sooner:
            lane.sooner = True
            self._sooner.append(lane)
        elif not urgent and not lane.later:
            lane.later = True
            self._later.append(lane)
        self._news.set()
        if self._handing_out is None:
            self._handing_out = asyncio.create_task(self._hand_out())

    async def _hand_out(self) -> None:
        while True:
            await self._room.acquire()
            await self._pace.acquire()
            lane, work = await self._next()
            lane.busy = True
            task = asyncio.create_task(self._carry_out(lane, work))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _next(self) -> tuple[Bucket, Work]:
        while True:
            lane = self._listed()
            if lane is None:
                self._news.clear()
                await self._news.wait()
                continue
            work = lane.take()
            if work is not None:
                return lane, work
            self._offer(lane)
            # A thousand frames that look like what is shown must not keep the loop for themselves.
            await asyncio.sleep(0)

    def _listed(self) -> Bucket | None:
        """The lane whose turn it is; one may be listed twice, and then counts once."""
        now = asyncio.get_running_loop().time()
        while self._sooner or self._later:
            if self._sooner:
                lane = self._sooner.popleft()
                lane.sooner = False
            else:
                lane = self._later.popleft()
                lane.later = False
            if not lane.busy and lane.free_at <= now and not lane.is_empty:
                return lane
        return None

    async def _carry_out(self, lane: Bucket, work: Work) -> None:
        started = asyncio.get_running_loop().time()
        try:
            await work
        except Exception:
            log.exception("an edit broke off")
        finally:
            lane.busy = False
            lane.free_at = started + SPACING[lane.budget.kind]
            self._room.release()
            self._offer(lane)


async def _relay(request: Callable[[], Awaitable[T]], answer: "asyncio.Future[T]") -> None:
    try:
        given = await request()
    except asyncio.CancelledError:
        answer.cancel()
        raise
    except Exception as error:
        if not answer.done():
            answer.set_exception(error)
    else:
        if not answer.done():
            answer.set_result(given)
