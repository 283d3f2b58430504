"""Who may use a worker and memory next."""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncGenerator, Hashable
from contextlib import asynccontextmanager

_Waiting = deque["asyncio.Future[None]"]


class Turns:
    """A number of slots that owners take in turn, each at most `of_one` of them at the same time."""

    def __init__(self, slots: int, of_one: int) -> None:
        self._free = slots
        self._of_one = of_one
        self._taken: Counter[Hashable] = Counter()
        self._waiting: OrderedDict[Hashable, _Waiting] = OrderedDict()

    @asynccontextmanager
    async def turn(self, owner: Hashable) -> AsyncGenerator[None]:
        """A slot, once it is this owner's turn."""
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, deque()).append(granted)
        self._grant()
        try:
            await granted
            yield
        finally:
            if granted.done() and not granted.cancelled():
                self._free += 1
                self._taken[owner] -= 1
                self._taken += Counter()
                if owner in self._waiting:
                    # Others come before this owner's next.
                    self._waiting.move_to_end(owner)
            else:
                granted.cancel()
            self._grant()

    def _grant(self) -> None:
        for owner in list(self._waiting):
            if not self._free:
                return
            waiting = self._waiting[owner]
            while waiting and waiting[0].cancelled():
                waiting.popleft()
            if waiting and self._taken[owner] < self._of_one:
                waiting.popleft().set_result(None)
                self._free -= 1
                self._taken[owner] += 1
            if not waiting:
                del self._waiting[owner]


class MemoryBudget:
    """A number of bytes that is shared in the order of asking; what is larger than all of it gets all."""

    def __init__(self, size: int) -> None:
        self._size = self._free = size
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def share(self, size: int) -> AsyncGenerator[None]:
        """That many bytes, once they are free."""
        size = min(size, self._size)
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((size, granted))
        self._grant()
        try:
            await granted
            yield
        finally:
            if granted.done() and not granted.cancelled():
                self._free += size
            else:
                granted.cancel()
            self._grant()

    @property
    def waiting(self) -> int:
        """How many wait for memory."""
        return sum(not granted.cancelled() for _, granted in self._waiting)

    def _grant(self) -> None:
        while self._waiting:
            size, granted = self._waiting[0]
            if not granted.cancelled():
                if size > self._free:
                    return
                self._free -= size
                granted.set_result(None)
            self._waiting.popleft()
