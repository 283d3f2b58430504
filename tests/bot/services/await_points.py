"""Points at which a test can hold or kill a process: before and after each external call of the services."""

import asyncio
from inspect import iscoroutinefunction
from typing import Any

READS = {"alive", "owned", "get", "quarantined", "history", "claimed", "progress", "positions", "download", "find"}
"""Read-only calls: the point after one is equivalent to the point before the next call."""


class AwaitPoints:
    """Counts the points before and after each external call of the services, and can hold the process at one of them.

    `held_at` is the name of that point.
    """

    def __init__(self, hold_at: int | None = None) -> None:
        self.names: list[str] = []
        self.reached, self.released = asyncio.Event(), asyncio.Event()
        self.dead = False
        self.held_at = ""
        self._hold_at = hold_at

    def hold_after(self, count: int) -> None:
        """Hold the process after this number of further points."""
        self._hold_at = len(self.names) + count

    async def reach(self, name: str) -> None:
        """Pass this point, after waiting for the release if the process is held here. Raises in a dead process."""
        if self.dead:
            raise asyncio.CancelledError
        self.names.append(name)
        if len(self.names) == self._hold_at:
            self.held_at = name
            self.reached.set()
            await self.released.wait()


class FailingPoints(AwaitPoints):
    """Raises an error at one of the points: before a call, as if it had failed, or after it, as if its answer was lost.

    `fail_after` says at which. `failed_at` is the name of that point.
    """

    def __init__(self) -> None:
        super().__init__()
        self.failed_at = ""
        self._remaining = 0

    def fail_after(self, count: int) -> None:
        """Raise at this one of the points from now on."""
        self._remaining = count

    async def reach(self, name: str) -> None:
        if self.dead:
            raise asyncio.CancelledError
        self.names.append(name)
        # The points of the fake engine are no calls of the services.
        if not name.endswith(ENGINE_POINTS):
            self._remaining -= 1
            if self._remaining == 0:
                self.failed_at = name
                raise RuntimeError(f"failed on purpose: {name}")


ENGINE_POINTS = ("it is begun", "its end is remembered")
"""How the names of the fake workflow engine's points end."""


class Port:
    """Wraps a dependency of the services: a point before each coroutine, and after each that changes something."""

    def __init__(self, inner: Any, await_points: AwaitPoints) -> None:
        self._inner, self._await_points = inner, await_points

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not iscoroutinefunction(found):
            return found

        async def call(*arguments: Any, **named: Any) -> Any:
            await self._await_points.reach(f"before {name}")
            try:
                return await found(*arguments, **named)
            finally:
                if name not in READS:
                    await self._await_points.reach(f"after {name}")

        return call
