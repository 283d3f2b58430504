"""A local Discord for each test, and a discord.py bot that logs in to it."""

import asyncio
import inspect
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import yarl

with warnings.catch_warnings():  # discord.py imports a module that Python is about to drop
    warnings.simplefilter("ignore", DeprecationWarning)
    import discord.gateway
    import discord.http
    from discord.webhook.async_ import AsyncWebhookAdapter

from playground.discord_server import DiscordServer, Limits
from tests.playground.discord_server.raw_clients import Rest, rest_client
from tests.playground.discord_server.sample_bot import SampleBot

RunBot = Callable[..., Any]


@pytest.fixture
async def discord_server() -> AsyncIterator[DiscordServer]:
    """A server without rate limits."""
    async with DiscordServer(limits=Limits.lifted()) as server:
        yield server


@pytest.fixture
async def patient_server() -> AsyncIterator[DiscordServer]:
    """A server whose members wait for a minute: for bots that take their time to come back."""
    async with DiscordServer(limits=Limits.lifted(), answer_seconds=60) as server:
        yield server


@asynccontextmanager
async def pointed_at(server: DiscordServer) -> AsyncIterator[None]:
    """Let discord.py speak to the server for a while."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(discord.http.Route, "BASE", server.api_url)
        patch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))
        # A bot of this project, run earlier in this process, has protected the library's requests.
        patch.setattr(AsyncWebhookAdapter, "request", inspect.unwrap(AsyncWebhookAdapter.request))
        yield


@asynccontextmanager
async def running(server: DiscordServer, *commands: Any, **options: Any) -> AsyncIterator[SampleBot]:
    """A bot that is logged in and ready."""
    async with pointed_at(server), SampleBot(*commands, **options) as bot:
        task = asyncio.create_task(bot.start(server.token))
        ready: Awaitable[None] = asyncio.create_task(bot.wait_until_ready())
        await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED, timeout=60)
        if task.done():
            ready.cancel()
            await task
        try:
            yield bot
        finally:
            await bot.close()
            await task


@pytest.fixture
def run_bot() -> RunBot:
    """`async with run_bot(server, *commands) as bot`."""
    return running


@pytest.fixture
async def rest(discord_server: DiscordServer) -> AsyncIterator[Rest]:
    """A plain HTTP client with the bot's token."""
    async with rest_client(discord_server) as client:
        yield client
