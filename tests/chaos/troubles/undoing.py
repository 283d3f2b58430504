"""Undoes troubles: each after its time, or all at the end of a run."""

import asyncio
from collections.abc import Callable

Undo = Callable[[], None]


class Undoing:
    """Calls that are due later."""

    def __init__(self) -> None:
        self._pending: dict[object, tuple[asyncio.TimerHandle, Undo]] = {}

    def after(self, seconds: float, undo: Undo) -> None:
        """Call `undo` once, after this many seconds or by `undo_all`."""
        key = object()

        def due() -> None:
            del self._pending[key]
            undo()

        self._pending[key] = asyncio.get_running_loop().call_later(seconds, due), undo

    def undo_all(self) -> None:
        """Make every call that is still due, now, in the order in which they were asked for."""
        while self._pending:
            handle, undo = self._pending.pop(next(iter(self._pending)))
            handle.cancel()
            undo()
