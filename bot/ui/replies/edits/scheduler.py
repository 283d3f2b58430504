"""Schedules message edits so that they stay within Discord's rate limits and every reply gets its share."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiolimiter import AsyncLimiter

from bot.backoff import Backoff
from bot.timings import Timings
from bot.ui.replies.edits.buckets import Bucket, BucketKey, BucketKind, StartWork, Work

T = TypeVar("T")
log = logging.getLogger(__name__)


MAX_PER_SECOND = 40
"""Edits per second over all buckets. Discord allows a bot 50 requests a second, and edits are not its only ones."""

OUTAGE_PER_SECOND = 5
"""The same while Discord refuses edits: after 10,000 refusals in ten minutes its network protection blocks the machine
(https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans)."""

MAX_CONCURRENT = 40
"""Requests in flight. More would only wait inside discord.py."""


class EditScheduler:
    """Runs edits one at a time per bucket, urgent ones first, and serves the buckets round robin.

    While `is_lost` says that Discord refuses edits, few are tried.
    """

    def __init__(self, timings: Timings, *, is_lost: Callable[[], bool] = lambda: False) -> None:
        self._is_lost = is_lost
        self._spacing = {
            BucketKind.TOKEN: timings.token_edit_spacing,
            BucketKind.CHANNEL: timings.channel_edit_spacing,
        }
        self._buckets: dict[BucketKey, Bucket] = {}
        self._urgent_buckets: deque[Bucket] = deque()
        self._normal_buckets: deque[Bucket] = deque()
        self._has_work = asyncio.Event()
        self._concurrency = asyncio.Semaphore(MAX_CONCURRENT)
        self._rate_limit = AsyncLimiter(1, 1 / MAX_PER_SECOND)
        self._outage_limit = AsyncLimiter(1, 1 / OUTAGE_PER_SECOND)
        self._running: set[asyncio.Task[None]] = set()
        self._dispatcher: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def is_closed(self) -> bool:
        """Whether no more edits are started."""
        return self._closed

    def enqueue(self, key: BucketKey, start: StartWork) -> None:
        """Queue work behind what already waits for the same bucket."""
        bucket = self._bucket(key)
        bucket.normal.append(start)
        self._schedule(bucket)

    async def run_urgent(self, key: BucketKey, request: Callable[[], Awaitable[T]]) -> T:
        """The result of a request that goes before everything that is not urgent; raises what the request raises.

        Cancelling the caller does not abort a request already sent. After `close` this never returns.
        """
        result: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        bucket = self._bucket(key)
        bucket.urgent.append(lambda: None if result.done() else _relay(request, result))
        self._schedule(bucket)
        return await result

    async def close(self, seconds: float) -> None:
        """Start no more edits, and give those in flight `seconds` to finish."""
        self._closed = True
        if self._dispatcher is not None:
            self._dispatcher.cancel()
            await asyncio.gather(self._dispatcher, return_exceptions=True)
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
        unfinished = tuple(self._running)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    def _bucket(self, key: BucketKey) -> Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(key)
        return bucket

    def _schedule(self, bucket: Bucket) -> None:
        """Mark the bucket as ready as soon as its next slot is due, or drop it when its queue is empty."""
        if bucket.busy or self._closed:
            return
        wait = bucket.next_at - asyncio.get_running_loop().time()
        if wait > 0:
            if not bucket.has_timer:
                bucket.has_timer = True
                asyncio.get_running_loop().call_later(wait, self._on_timer, bucket)
        elif bucket.urgent:
            self._mark_ready(bucket, urgent=True)
        elif bucket.normal:
            self._mark_ready(bucket, urgent=False)
        elif self._buckets.get(bucket.key) is bucket:
            del self._buckets[bucket.key]

    def _on_timer(self, bucket: Bucket) -> None:
        bucket.has_timer = False
        self._schedule(bucket)

    def _mark_ready(self, bucket: Bucket, *, urgent: bool) -> None:
        if urgent and not bucket.ready_urgent:
            bucket.ready_urgent = True
            self._urgent_buckets.append(bucket)
        elif not urgent and not bucket.ready_normal:
            bucket.ready_normal = True
            self._normal_buckets.append(bucket)
        self._has_work.set()
        if self._dispatcher is None:
            self._dispatcher = asyncio.create_task(self._dispatch())

    async def _dispatch(self) -> None:
        backoff = Backoff(log, "edits can't be begun", first=0.1, longest=10.0)
        while True:
            await self._concurrency.acquire()
            try:
                await self._rate_limit.acquire()
                if self._is_lost():
                    await self._outage_limit.acquire()
                bucket, work = await self._next_work()
                bucket.busy = True
                task = asyncio.create_task(self._run(bucket, work))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            except Exception as error:
                self._concurrency.release()
                await asyncio.sleep(backoff.failed(error))
            else:
                backoff.worked()

    async def _next_work(self) -> tuple[Bucket, Work]:
        while True:
            bucket = self._next_ready()
            if bucket is None:
                self._has_work.clear()
                await self._has_work.wait()
                continue
            work = bucket.pop()
            if work is not None:
                return bucket, work
            self._schedule(bucket)
            # A thousand edits that would change nothing must not block the event loop.
            await asyncio.sleep(0)

    def _next_ready(self) -> Bucket | None:
        """The next bucket that may send; one that was marked twice is served once."""
        now = asyncio.get_running_loop().time()
        while self._urgent_buckets or self._normal_buckets:
            if self._urgent_buckets:
                bucket = self._urgent_buckets.popleft()
                bucket.ready_urgent = False
            else:
                bucket = self._normal_buckets.popleft()
                bucket.ready_normal = False
            if not bucket.busy and bucket.next_at <= now and not bucket.is_empty:
                return bucket
        return None

    async def _run(self, bucket: Bucket, work: Work) -> None:
        started = asyncio.get_running_loop().time()
        try:
            await work
        except Exception:
            log.exception("an edit broke off")
        finally:
            bucket.busy = False
            bucket.next_at = started + self._spacing[bucket.key.kind]
            self._concurrency.release()
            self._schedule(bucket)


async def _relay(request: Callable[[], Awaitable[T]], result: "asyncio.Future[T]") -> None:
    try:
        value = await request()
    except asyncio.CancelledError:
        result.cancel()
        raise
    except Exception as error:
        if not result.done():
            result.set_exception(error)
    else:
        if not result.done():
            result.set_result(value)
