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


TICK_SECONDS = 0.05


class PatientTimer:
    """A scheduled call that counts only time in which this process was not kept from running.

    A machine that stands still for seconds stops the bot as well when both share a process. Each tick counts twice its
    length at most, so that after such a pause the bot still has the time that it had before.
    """

    def __init__(
        self, delay: float, callback: Callable[[], None], clock: "Clock", seconds: Callable[[], float]
    ) -> None:
        self.left = delay
        self._callback = callback
        self._clock = clock
        self._seconds = seconds
        self._begin_tick()

    @property
    def due(self) -> float:
        """When the call is made if nothing comes between."""
        return self._clock.now() + self.left

    def _begin_tick(self) -> None:
        self._at = self._seconds()
        self._handle = asyncio.get_running_loop().call_later(min(TICK_SECONDS, max(0.0, self.left)), self._tick)

    def _tick(self) -> None:
        self.left -= min(self._seconds() - self._at, 2 * TICK_SECONDS)
        if self.left > 0:
            self._begin_tick()
        else:
            self.fire()

    def advance(self, seconds: float) -> None:
        """Let so much time have passed."""
        self.left -= seconds

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
        self._timers: set[Timer | PatientTimer] = set()

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

    def call_patiently(
        self, delay: float, callback: Callable[[], None], seconds: Callable[[], float] = time.monotonic
    ) -> PatientTimer:
        """Call back once `delay` seconds have passed in which this process could run; `seconds` is the time."""
        timer = PatientTimer(delay, callback, self, seconds)
        self._timers.add(timer)
        return timer

    def advance(self, seconds: float) -> None:
        """Let so much time have passed; what has become due happens before this returns."""
        self._ahead += seconds
        for timer in self._timers:
            if isinstance(timer, PatientTimer):
                timer.advance(seconds)
        for timer in sorted(self._timers, key=lambda timer: timer.due):
            if timer.due <= self.now() and timer in self._timers:
                timer.fire()

    def forget(self, timer: Timer | PatientTimer) -> None:
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
