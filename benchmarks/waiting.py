"""Waiting for what others do."""

import asyncio
import time
from collections.abc import Callable

_GLANCE = 0.02


async def until(true: Callable[[], bool], seconds: float, glance: float = _GLANCE) -> bool:
    """Whether that became true within so many seconds; looked at every `glance` seconds."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(glance)
    return True
