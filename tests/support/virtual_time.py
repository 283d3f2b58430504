"""An event loop with a virtual clock, so that hours of waiting take no time."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_STEP_SECONDS = 1e-6


class VirtualTime(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to the next timer when nothing can run, and hardly advances otherwise."""

    def __init__(self) -> None:
        self._now = 0.0
        selector = selectors.DefaultSelector()
        super().__init__(selector)
        real_select = selector.select

        def select(timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            ready = real_select(0 if timeout is not None else None)
            # As with a real clock, every iteration takes some time: a timer shorter than that would never fire.
            self._now += max(timeout or 0.0, _STEP_SECONDS) if not ready else _STEP_SECONDS
            return ready

        selector.select = select  # pyright: ignore[reportAttributeAccessIssue]

    def time(self) -> float:
        """The virtual clock, in seconds."""
        return self._now


def in_virtual_time(coroutine: Coroutine[Any, Any, T]) -> T:
    """The coroutine's result, run on a virtual clock that begins at 0."""
    with asyncio.Runner(loop_factory=VirtualTime) as runner:
        return runner.run(coroutine)
