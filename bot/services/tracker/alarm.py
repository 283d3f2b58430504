"""One timer that can be set anew."""

import asyncio
from collections.abc import Callable


class Alarm:
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
