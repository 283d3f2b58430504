"""Waiting for a condition."""

import asyncio
import time
from collections.abc import Callable

_CHECK_SECONDS = 0.02


async def until(condition: Callable[[], bool], seconds: float, interval: float = _CHECK_SECONDS) -> bool:
    """Whether the condition became true within `seconds`; checked every `interval` seconds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(interval)
    return True
