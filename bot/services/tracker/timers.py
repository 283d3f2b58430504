"""A timer that can be reset, and a priority queue by due time."""

import asyncio
import heapq
from collections.abc import Callable, Hashable
from itertools import count
from typing import Generic, TypeVar


class ResettableTimer:
    """Calls `callback` once, at the time it was last set to, by the loop's clock."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback = callback
        self._timer: asyncio.TimerHandle | None = None
        self._set_to = 0.0

    def set(self, time: float | None) -> None:
        """Call at this time instead of any earlier set one; None: not at all."""
        if self._timer is not None:
            if time == self._set_to:
                return
            self._timer.cancel()
            self._timer = None
        if time is not None:
            self._timer, self._set_to = asyncio.get_running_loop().call_at(time, self._fire), time

    def _fire(self) -> None:
        self._timer = None
        self._callback()


T = TypeVar("T", bound=Hashable)


class DeadlineQueue(Generic[T]):
    """A priority queue where each item has one due time, which can be changed. All calls take logarithmic time."""

    __slots__ = ("_due_at", "_heap", "_numbers")

    def __init__(self) -> None:
        self._due_at: dict[T, float] = {}
        self._heap: list[tuple[float, int, T]] = []
        self._numbers = count()

    def __len__(self) -> int:
        return len(self._due_at)

    def __contains__(self, item: object) -> bool:
        return item in self._due_at

    def put(self, item: T, due_at: float) -> None:
        """Add the item, or change when it is due."""
        if self._due_at.get(item) != due_at:
            self._due_at[item] = due_at
            heapq.heappush(self._heap, (due_at, next(self._numbers), item))
            self._tidy()

    def drop(self, item: T) -> None:
        """Remove the item, if it is in the queue."""
        if self._due_at.pop(item, None) is not None:
            self._tidy()

    def due_at(self, item: T) -> float | None:
        """When the item is due, None if it is not in the queue."""
        return self._due_at.get(item)

    @property
    def first(self) -> tuple[float, T] | None:
        """The earliest due time and its item, None if the queue is empty."""
        while self._heap:
            due_at, _, item = self._heap[0]
            if self._due_at.get(item) == due_at:
                return due_at, item
            heapq.heappop(self._heap)
        return None

    @property
    def next_due_at(self) -> float | None:
        """The earliest due time, None if the queue is empty."""
        return self.first[0] if self.first is not None else None

    def pop(self, now: float) -> T | None:
        """Remove and return the item that is due first; None if none is due by `now`."""
        first = self.first
        if first is None or first[0] > now:
            return None
        heapq.heappop(self._heap)
        del self._due_at[first[1]]
        return first[1]

    def _tidy(self) -> None:
        # Entries of dropped and changed items stay in the heap until they are due, which may take long.
        if len(self._heap) > 2 * len(self._due_at) + 32:
            self._heap = [(due_at, next(self._numbers), item) for item, due_at in self._due_at.items()]
            heapq.heapify(self._heap)
