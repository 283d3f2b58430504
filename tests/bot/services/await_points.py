"""The moments in which a process can be caught: before and after each call that leaves the services."""

import asyncio
from inspect import iscoroutinefunction
from typing import Any

READS = {"alive", "owned", "get", "quarantined", "history", "claimed", "progress", "positions", "download", "find"}
"""Calls that change nothing: what comes after one is what comes before the next."""


class Moments:
    """Counts the moments before and after each call that leaves the services, and holds the process at one of them.

    `caught` is the name of that one.
    """

    def __init__(self, hold_at: int | None = None) -> None:
        self.names: list[str] = []
        self.reached, self.released = asyncio.Event(), asyncio.Event()
        self.dead = False
        self.caught = ""
        self._hold_at = hold_at

    def hold_after(self, moments: int) -> None:
        """Hold the process after so many more moments."""
        self._hold_at = len(self.names) + moments

    async def passes(self, name: str) -> None:
        """Return at once, at the moment to hold at when it is released, and never in a process that is dead."""
        if self.dead:
            raise asyncio.CancelledError
        self.names.append(name)
        if len(self.names) == self._hold_at:
            self.caught = name
            self.reached.set()
            await self.released.wait()


class Port:
    """Anything the services call, with a moment before each that takes time, and after each that changes something."""

    def __init__(self, inner: Any, moments: Moments) -> None:
        self._inner, self._moments = inner, moments

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not iscoroutinefunction(found):
            return found

        async def call(*arguments: Any, **named: Any) -> Any:
            await self._moments.passes(f"before {name}")
            try:
                return await found(*arguments, **named)
            finally:
                if name not in READS:
                    await self._moments.passes(f"after {name}")

        return call
