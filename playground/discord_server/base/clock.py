"""The time as the local Discord sees it."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime


class Timer:
    """A scheduled call; cancelled or fired once."""

    def __init__(self, due: float, callback: Callable[[], None], clock: "Clock") -> None:
        self.due = due
        self._callback = callback
        self._clock = clock
        self._handle = asyncio.get_running_loop().call_later(max(0.0, due - clock.now()), self.fire)

    def cancel(self) -> None:
        """Forget the call."""
        self._handle.cancel()
        self._clock.forget(self)

    def fire(self) -> None:
        """Make the call now."""
        self.cancel()
        self._callback()


class Clock:
    """Real time that a test can push forward, so that 15 minutes pass at once."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._timers: set[Timer] = set()

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self._ahead

    def stamp(self) -> str:
        """Now, as Discord writes timestamps."""
        return datetime.fromtimestamp(self.now(), UTC).isoformat()

    def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call back once `delay` seconds of this clock have passed."""
        timer = Timer(self.now() + delay, callback, self)
        self._timers.add(timer)
        return timer

    def advance(self, seconds: float) -> None:
        """Let so much time have passed; what has become due happens before this returns."""
        self._ahead += seconds
        for timer in sorted(self._timers, key=lambda timer: timer.due):
            if timer.due <= self.now() and timer in self._timers:
                timer.fire()

    def forget(self, timer: Timer) -> None:
        """Drop a timer that will not be needed."""
        self._timers.discard(timer)

    def stop(self) -> None:
        """Cancel everything that is still due."""
        for timer in list(self._timers):
            timer.cancel()


class Snowflakes:
    """Ids that rise with time, as Discord makes them."""

    EPOCH_MS = 1_420_070_400_000

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def age(self, snowflake: str) -> float:
        """How many seconds ago an id was given."""
        return self._clock.now() - ((int(snowflake) >> 22) + self.EPOCH_MS) / 1000

    def next(self) -> str:
        """An id never given before."""
        moment = int(self._clock.now() * 1000) - self.EPOCH_MS
        self._last = max(moment << 22, self._last + 1)
        return str(self._last)
