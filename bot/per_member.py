"""How much each member may have of something at the same time."""

from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager


class PerMember:
    """Counts what each member has now; `most` is the limit, and beyond it what `refusal` makes is raised."""

    def __init__(self, most: int, refusal: Callable[[], Exception]) -> None:
        self._most = most
        self._refusal = refusal
        self._taken: Counter[int] = Counter()

    def __len__(self) -> int:
        """How many members have something now."""
        return len(self._taken)

    def take(self, member: int, count: int = 1) -> None:
        """Count so many more. Raises the refusal if the member would have too many."""
        if self._taken[member] + count > self._most:
            raise self._refusal()
        self._taken[member] += count

    def give_back(self, member: int, count: int = 1) -> None:
        """Count so many less."""
        self._taken[member] -= count
        if not self._taken[member]:
            del self._taken[member]

    @contextmanager
    def taken(self, member: int, count: int = 1) -> Generator[None]:
        """So many of the member's, while the context is open. Raises the refusal."""
        self.take(member, count)
        try:
            yield
        finally:
            self.give_back(member, count)
