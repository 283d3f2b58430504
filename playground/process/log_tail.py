"""The last lines of a log."""

from collections import deque
from itertools import islice

KEPT = 300


class LogTail:
    """Lines as they come, the oldest forgotten; `total` is how many there ever were."""

    def __init__(self) -> None:
        self.total = 0
        self._kept: deque[str] = deque(maxlen=KEPT)

    def add(self, line: str) -> None:
        """Note a line."""
        self._kept.append(line)
        self.total += 1

    def after(self, number: int) -> list[str]:
        """What came after the first `number` lines, as far as it is kept."""
        return list(islice(self._kept, max(0, len(self._kept) - (self.total - number)), None))
