"""A request of discord.py without a waiter goes on, and takes no lock with it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest
from discord.http import Route
from discord.webhook.async_ import AsyncWebhookAdapter

from bot.client.requests.uncancelled import UncancelledRequests, protect
from playground.discord_server import DiscordServer, Limits


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DiscordServer]:
    """A Discord that requests go to."""
    async with DiscordServer(limits=Limits.lifted()) as server:
        monkeypatch.setattr(Route, "BASE", server.api_url)
        yield server


@pytest.fixture
async def client(server: DiscordServer) -> AsyncIterator[discord.Client]:
    """A client that is logged in."""
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login(server.token)
        yield client


async def given_up(server: DiscordServer, request: Any) -> None:
    """Cancel a request once it has met its limit."""
    task = asyncio.ensure_future(request)
    await server.request_log.wait_for(lambda entry: entry.status == 429)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_given_up_inside_a_global_limit(server: DiscordServer, client: discord.Client) -> None:
    """Later requests go through as soon as the limit has passed; the one that was given up is made as well."""
    requests = protect(client)
    server.faults.rate_limit_next("/users/@me", 0.05, everywhere=True)
    await given_up(server, client.http.request(Route("GET", "/users/@me")))
    assert len(requests) == 1
    async with asyncio.timeout(60):
        assert await client.fetch_user(int(server.member("mia").id))
        await requests.settle(60)
    assert [entry.status for entry in server.request_log.of("/users/@me")] == [200, 429, 200]
    assert (len(requests), requests.ended) == (0, 2)


async def test_given_up_while_a_token_rests(
    server: DiscordServer, client: discord.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock of an interaction's token is released too: discord.py holds it until its bucket is full again."""
    protect(client)
    adapter = AsyncWebhookAdapter()
    rested = asyncio.Event()

    async def sleep(_: float) -> None:
        rested.set()
        await asyncio.sleep(0.05)

    monkeypatch.setattr("discord.webhook.async_.utils._parse_ratelimit_header", lambda _: 1.0)
    monkeypatch.setattr("discord.webhook.async_.asyncio", _with(sleep))
    route = Route("GET", "/webhooks/{webhook_id}/{webhook_token}", webhook_id=1, webhook_token="t")
    session: Any = _Exhausted()
    first = asyncio.create_task(adapter.request(route, session))
    await rested.wait()
    first.cancel()
    async with asyncio.timeout(60):
        assert await adapter.request(route, session) == "done"


class _Exhausted:
    """A session whose every answer uses up the bucket."""

    status = 200
    headers = {"X-Ratelimit-Remaining": "0", "content-type": "text/plain"}  # noqa: RUF012

    def request(self, *_: Any, **__: Any) -> "_Exhausted":
        return self

    async def __aenter__(self) -> "_Exhausted":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def text(self, encoding: str) -> str:
        return "done"


def _with(sleep: Any) -> Any:
    """The asyncio that the library sees, with another sleep."""

    class Patched:
        Lock = asyncio.Lock

    Patched.sleep = staticmethod(sleep)  # pyright: ignore[reportAttributeAccessIssue]
    return Patched


async def test_errors_reach_who_waits() -> None:
    """Only who has given up misses them."""

    async def fails() -> None:
        raise ValueError("no")

    requests = UncancelledRequests()
    with pytest.raises(ValueError, match="no"):
        await requests.wrap(fails)()
    assert requests.ended == 1
