"""Limits on what the web site holds in memory at the same time."""

from collections import Counter
from collections.abc import Generator, Hashable
from contextlib import contextmanager

from bot.web.error_pages import Refusal

BUSY = "Too much is being sent at once. Try again in a minute."


class InFlight:
    """Counts requests, and the bytes they may need, in all and by who sends them; refuses what would be too much.

    Args:
        most_bytes: of all together.
        most_each: requests of one sender; by default any number.
    """

    def __init__(self, *, most_bytes: int, most_each: int | None = None) -> None:
        self._most_bytes = most_bytes
        self._most_each = most_each
        self._bytes = 0
        self._each: Counter[Hashable] = Counter()

    @contextmanager
    def reserved(self, sender: Hashable, size: int) -> Generator[None]:
        """Count a request of `size` bytes while the context is open. Raises Refusal (429 or 503)."""
        if self._most_each is not None and self._each[sender] >= self._most_each:
            raise Refusal(429, BUSY)
        if self._bytes + size > self._most_bytes:
            raise Refusal(503, BUSY)
        self._bytes += size
        self._each[sender] += 1
        try:
            yield
        finally:
            self._bytes -= size
            self._each[sender] -= 1
            if not self._each[sender]:
                del self._each[sender]
