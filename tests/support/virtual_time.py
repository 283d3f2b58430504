"""Hours of waiting in a moment: a loop with a clock of its own."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_MOMENT = 1e-6


class VirtualTime(asyncio.SelectorEventLoop):
    """A loop whose clock stands still while anything can run, and jumps to the next timer when nothing can."""

    def __init__(self) -> None:
        self._now = 0.0
        selector = selectors.DefaultSelector()
        super().__init__(selector)
        real_select = selector.select

        def select(timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            ready = real_select(0 if timeout is not None else None)
            # As for a real clock, every turn of the loop takes a moment: who waits for less would wait for ever.
            self._now += max(timeout or 0.0, _MOMENT) if not ready else _MOMENT
            return ready

        selector.select = select  # pyright: ignore[reportAttributeAccessIssue]

    def time(self) -> float:
        """Seconds that were waited for."""
        return self._now


def in_virtual_time(story: Coroutine[Any, Any, T]) -> T:
    """What the story returns, told on a clock that begins at 0 and waits for nobody."""
    with asyncio.Runner(loop_factory=VirtualTime) as runner:
        return runner.run(story)
