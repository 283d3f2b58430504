"""A scripted far end and a client that talks to it."""

from collections.abc import AsyncIterator, Callable
from functools import partial

import aiohttp
import pytest
from pydantic import SecretStr

from bot.imaginepro.client import ImagineProClient
from bot.imaginepro.http.rate_limit import RateLimiter
from bot.imaginepro.http.retries import Retries
from tests.bot.imaginepro.far_end import FarEnd, running

KEY = "sk-test-0123456789abcdef"
IMPATIENT = Retries(attempts=3, initial=0.0, longest=0.0, jitter=0.0, busy=0.01, busy_reads=0.01, busy_longest=5.0)


@pytest.fixture
async def far_end() -> AsyncIterator[FarEnd]:
    async with running() as server:
        yield server


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def build(session: aiohttp.ClientSession, far_end: FarEnd) -> Callable[..., ImagineProClient]:
    """Builds clients for the far end; keyword arguments replace the defaults."""

    def client(**changes: object) -> ImagineProClient:
        arguments: dict[str, object] = {
            "key": SecretStr(KEY),
            "base_url": far_end.url,
            "rate_limiter": RateLimiter.unlimited(),
            "retries": IMPATIENT,
        }
        return partial(ImagineProClient, session, **(arguments | changes))()  # type: ignore[arg-type]

    return client


@pytest.fixture
def client(build: Callable[..., ImagineProClient]) -> ImagineProClient:
    """A client without limits that waits next to nothing before it tries again."""
    return build()
