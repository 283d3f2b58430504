"""A fast simulated API with small pictures and lifted limits, and a client for it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import aiohttp
import pytest

from playground.imaginepro import Simulator
from tests.playground.imaginepro.client import ApiClient

Started = Callable[..., AbstractAsyncContextManager[ApiClient]]


@asynccontextmanager
async def running(**options: Any) -> AsyncIterator[ApiClient]:
    """A simulator with these options, and its client."""
    settings = {"speed": 400.0, "limits": False, "side": 160, **options}
    async with Simulator(**settings) as api, aiohttp.ClientSession() as web:
        yield ApiClient(api, web)


class Clock:
    """Stands for the module `time` in the simulator: only the test moves it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        """Seconds since an arbitrary start."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which request limits are kept and scenarios end."""
    clock = Clock()
    for module in ("jobs.rate_limits", "jobs.credits", "jobs.fault", "faults.board"):
        monkeypatch.setattr(f"playground.imaginepro.{module}.time", clock)
    return clock


@pytest.fixture
def started() -> Started:
    """Starts a simulator with options of the test's own."""
    return running


@pytest.fixture
async def client() -> AsyncIterator[ApiClient]:
    """The usual simulator."""
    async with running() as client:
        yield client
