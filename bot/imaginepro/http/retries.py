"""Which failed requests are retried, and after which wait."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import stamina

from bot.imaginepro.errors import Busy, ImagineProError, ServerFault, Unreachable
from bot.imaginepro.http.rate_limit import LimitClass
from bot.timings import DEFAULT_TIMINGS

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Retries:
    """Retries of failed requests with back-off; all times in seconds.

    A request is sent up to `attempts` times, and not again after `total`. Waits grow from `initial` to `longest`, with
    up to `jitter` added. After a 429 the wait is that of Retry-After; without one `busy`, or `busy_reads` for progress,
    whose limit is per second. When the API asks for more than `busy_longest`, the error is raised at once. `empty` is
    the wait after a picture without a byte.
    """

    attempts: int = 4
    total: float = 90.0
    initial: float = 0.5
    longest: float = 8.0
    jitter: float = 1.0
    busy: float = DEFAULT_TIMINGS.api_busy_pause
    busy_reads: float = DEFAULT_TIMINGS.api_busy_reads_pause
    busy_longest: float = 60.0
    empty: float = DEFAULT_TIMINGS.empty_picture_pause

    def busy_wait(self, lane: LimitClass, error: Busy) -> float:
        """Seconds to hold this lane after this 429."""
        if error.retry_after is not None:
            return error.retry_after
        return self.busy if lane is LimitClass.GENERAL else self.busy_reads

    def backoff(self, lane: LimitClass, error: Exception) -> bool | float:
        """Whether to retry after `error`, or the seconds to wait before the retry.

        Never when the first attempt may have created a job: there is no idempotency key, and a job costs credits.
        """
        if not isinstance(error, ImagineProError) or error.may_have_created:
            return False
        if isinstance(error, Busy):
            wait = self.busy_wait(lane, error)
            return wait if wait <= self.busy_longest else False
        return isinstance(error, Unreachable | ServerFault)

    async def run(self, lane: LimitClass, attempt: Callable[[], Awaitable[T]]) -> T:
        """The result of the first attempt that succeeds; raises the error of the last one."""
        caller = stamina.AsyncRetryingCaller(
            attempts=self.attempts,
            timeout=self.total,
            wait_initial=self.initial,
            wait_max=self.longest,
            wait_jitter=self.jitter,
        )
        return await caller(partial(self.backoff, lane), attempt)


DEFAULT_RETRIES = Retries()
