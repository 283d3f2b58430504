"""The documented request limits, kept per key in real time."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """How often a key may call: seconds between general requests, progress reads in any one second."""

    general_interval: float = 3.0
    progress_per_second: int = 10
    # A client that spaces its requests at exactly 3 s arrives a little early now and then: the network
    # delays one request more than the next. That client keeps the rule, so it is not refused.
    tolerance: float = 0.25


@dataclass(frozen=True)
class RemainingRequests:
    """What may pass now: seconds until the next general request, and progress reads left of those per second."""

    general_in: float
    reads_left: int
    reads: int


class RateLimiter:
    """Says whether a request may pass; a refused one does not count against the next."""

    def __init__(self, limits: Limits | None) -> None:
        self.limits = limits
        self._last: dict[str, float] = {}
        self._reads: dict[str, deque[float]] = defaultdict(deque)

    def allows(self, key: str, *, progress: bool) -> bool:
        """True, and counted, when the request is within the limits."""
        if self.limits is None:
            return True
        return self._allows_read(key, self.limits) if progress else self._allows_general(key, self.limits)

    def remaining(self, key: str) -> RemainingRequests | None:
        """What is left for this key now, without counting anything; None without limits."""
        if self.limits is None:
            return None
        now, most = time.monotonic(), self.limits.progress_per_second
        until = self._last.get(key, -self.limits.general_interval) + self.limits.general_interval
        recent = sum(now - read < 1.0 for read in self._reads.get(key, ()))
        return RemainingRequests(max(0.0, until - now), max(0, most - recent), most)

    def _allows_general(self, key: str, limits: Limits) -> bool:
        now, last = time.monotonic(), self._last.get(key)
        if last is not None and now - last < limits.general_interval - limits.tolerance:
            return False
        self._last[key] = now
        return True

    def _allows_read(self, key: str, limits: Limits) -> bool:
        now, reads = time.monotonic(), self._reads[key]
        window = 1.0 - min(limits.tolerance, 0.05)
        while reads and now - reads[0] >= window:
            reads.popleft()
        if len(reads) >= limits.progress_per_second:
            return False
        reads.append(now)
        return True
