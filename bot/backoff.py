"""Repeats what must not be given up: growing pauses, and one log line for each kind of failure in a row."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")

_GROWTH = 2.0
_WAKING_SECONDS = 0.1
"""Between two attempts during a shutdown, which waits only a few seconds."""


class Backoff:
    """Failures in a row of something that goes on afterwards.

    The first failure of each kind is logged as `message`, with its traceback; those of which `is_known` says that they
    are logged elsewhere are not. `first` and `longest` are pauses in seconds.
    """

    def __init__(
        self,
        log: logging.Logger,
        message: str,
        *,
        first: float = 1.0,
        longest: float = 60.0,
        is_known: Callable[[Exception], bool] = lambda _: False,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        self._log = log
        self._message = message
        self._first = self._pause = first
        self._longest = longest
        self._is_known = is_known
        self._extra = extra
        self._logged: type[Exception] | None = None

    def failed(self, error: Exception) -> float:
        """Note a failure; returns how many seconds to wait before the next attempt."""
        if type(error) is not self._logged and not self._is_known(error):
            self._logged = type(error)
            self._log.error(self._message, exc_info=error, extra=self._extra)
        pause, self._pause = self._pause, min(self._pause * _GROWTH, self._longest)
        return pause

    def worked(self) -> None:
        """Note a success: the next failure is logged again, and the pauses are short again."""
        if self._logged is not None:
            self._log.info("it works again: %s", self._message, extra=self._extra)
        self._logged, self._pause = None, self._first


async def keep_trying(
    work: Callable[[], Awaitable[T]],
    backoff: Backoff,
    *,
    raises: tuple[type[Exception], ...] = (),
    waking: asyncio.Event | None = None,
    until: Callable[[], bool] = lambda: False,
) -> T:
    """The result of the work, repeated after every failure; errors of the types in `raises` are raised.

    `waking` cuts the pauses short once it is set. When `until` is true, the next failure is raised.
    """
    while True:
        try:
            result = await work()
        except raises:
            raise
        except Exception as error:
            if until():
                raise
            await _pause(backoff.failed(error), waking)
        else:
            backoff.worked()
            return result


async def _pause(seconds: float, waking: asyncio.Event | None) -> None:
    if waking is None:
        await asyncio.sleep(seconds)
        return
    if waking.is_set():
        await asyncio.sleep(min(seconds, _WAKING_SECONDS))
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await waking.wait()
