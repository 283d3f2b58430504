"""Things in the order of their moments."""

import asyncio
import heapq
from collections.abc import Callable, Hashable
from itertools import count
from typing import Generic, TypeVar


class ResettableTimer:
    """Calls `ring` at the moment it was last set to, once. Moments are those of the loop's clock."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._timer: asyncio.TimerHandle | None = None
        self._moment = 0.0

    def set(self, moment: float | None) -> None:
        """Ring at this moment instead of any other; None: not at all."""
        if self._timer is not None:
            if moment == self._moment:
                return
            self._timer.cancel()
            self._timer = None
        if moment is not None:
            self._timer, self._moment = asyncio.get_running_loop().call_at(moment, self._rings), moment

    def _rings(self) -> None:
        self._timer = None
        self._ring()


T = TypeVar("T", bound=Hashable)


class DeadlineQueue(Generic[T]):
    """Each thing has one moment, the last it was given. No call takes longer than the logarithm of their number."""

    __slots__ = ("_heap", "_moments", "_numbers")

    def __init__(self) -> None:
        self._moments: dict[T, float] = {}
        self._heap: list[tuple[float, int, T]] = []
        self._numbers = count()

    def __len__(self) -> int:
        return len(self._moments)

    def __contains__(self, thing: object) -> bool:
        return thing in self._moments

    def put(self, thing: T, moment: float) -> None:
        """Give the thing its moment, in place of an earlier one."""
        if self._moments.get(thing) != moment:
            self._moments[thing] = moment
            heapq.heappush(self._heap, (moment, next(self._numbers), thing))
            self._tidy()

    def drop(self, thing: T) -> None:
        """Forget the thing, if it is here."""
        if self._moments.pop(thing, None) is not None:
            self._tidy()

    def moment_of(self, thing: T) -> float | None:
        """The moment of this thing, None when it has none."""
        return self._moments.get(thing)

    @property
    def first(self) -> tuple[float, T] | None:
        """The earliest moment and its thing, None when there is nothing."""
        while self._heap:
            moment, _, thing = self._heap[0]
            if self._moments.get(thing) == moment:
                return moment, thing
            heapq.heappop(self._heap)
        return None

    @property
    def next_moment(self) -> float | None:
        """The earliest moment, None when there is nothing."""
        return self.first[0] if self.first is not None else None

    def pop(self, now: float) -> T | None:
        """The earliest thing whose moment has come, taken out; None when there is none."""
        first = self.first
        if first is None or first[0] > now:
            return None
        heapq.heappop(self._heap)
        del self._moments[first[1]]
        return first[1]

    def _tidy(self) -> None:
        # What was dropped or moved stays in the heap until its moment comes, which may be long.
        if len(self._heap) > 2 * len(self._moments) + 32:
            self._heap = [(moment, next(self._numbers), thing) for thing, moment in self._moments.items()]
            heapq.heapify(self._heap)
