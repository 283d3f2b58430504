"""A scripted API server and a client for it."""

from collections.abc import AsyncIterator, Callable
from functools import partial

import aiohttp
import pytest
from pydantic import SecretStr

from bot.imaginepro.client import ImagineProClient
from bot.imaginepro.http.rate_limit import RateLimiter
from bot.imaginepro.http.retries import Retries
from tests.bot.imaginepro.scripted_server import ScriptedServer, running

KEY = "sk-test-0123456789abcdef"
FAST_RETRIES = Retries(
    attempts=3, initial=0.0, longest=0.0, jitter=0.0, busy=0.01, busy_reads=0.01, busy_longest=5.0, empty=0.0
)


@pytest.fixture
async def api_server() -> AsyncIterator[ScriptedServer]:
    async with running() as server:
        yield server


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def build(session: aiohttp.ClientSession, api_server: ScriptedServer) -> Callable[..., ImagineProClient]:
    """Builds clients for the scripted server; keyword arguments replace the defaults."""

    def client(**changes: object) -> ImagineProClient:
        arguments: dict[str, object] = {
            "key": SecretStr(KEY),
            "base_url": api_server.url,
            "rate_limiter": RateLimiter.unlimited(),
            "retries": FAST_RETRIES,
        }
        return partial(ImagineProClient, session, **(arguments | changes))()  # type: ignore[arg-type]

    return client


@pytest.fixture
def client(build: Callable[..., ImagineProClient]) -> ImagineProClient:
    """A client without rate limits and with almost no retry delay."""
    return build()
