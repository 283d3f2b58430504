"""When shards log in: each in its turn, at the start and whenever Discord has forgotten its session."""

import asyncio
import gc
import threading
import warnings
from collections.abc import AsyncIterator, Iterator

import discord
import pytest
from discord.gateway import DiscordWebSocket, KeepAliveHandler
from discord.http import Route
from yarl import URL

from bot.client.sharding import ShardedBot
from bot.settings.shards import Shards
from bot.timings import DEFAULT_TIMINGS, Timings
from playground.discord_server import DiscordServer, IdentifyLimits, Limits


class Counted:
    """Turns that come at once, unless `closed`; `taken` are the buckets they were for."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.closed = False

    async def acquire(self, bucket: int) -> None:
        """Note it."""
        self.taken.append(bucket)
        if self.closed:
            await asyncio.Event().wait()


def _end_heartbeats() -> None:
    for thread in threading.enumerate():
        if isinstance(thread, KeepAliveHandler):
            thread.stop()
            thread.join(5)


@pytest.fixture(autouse=True)
def ended_heartbeats() -> Iterator[None]:
    """Ends the heartbeats of connections that were given up during a login: discord.py leaves their threads running."""
    yield
    _end_heartbeats()
    # Their connections were never closed either, which would fail the test in which they are collected.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()


@pytest.fixture
def turns() -> Counted:
    """Whose turn it was."""
    return Counted()


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DiscordServer]:
    """A Discord that lets two shards log in together."""
    async with DiscordServer(limits=Limits.lifted(), identify_limits=IdentifyLimits(max_concurrency=2)) as server:
        monkeypatch.setattr(Route, "BASE", server.api_url)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL(server.gateway_url))
        yield server


def three_shards(turns: Counted, timings: Timings = DEFAULT_TIMINGS) -> ShardedBot:
    """Three of seven shards, not started."""
    return ShardedBot(
        shards=Shards((4, 5, 6), 7),
        login_gate=turns,
        timings=timings,
        command_prefix="!",
        intents=discord.Intents(guilds=True),
    )


@pytest.fixture
async def bot(turns: Counted) -> AsyncIterator[ShardedBot]:
    """Three of seven shards, not started."""
    async with three_shards(turns) as bot:
        yield bot


async def test_each_shard_takes_the_turn_of_its_bucket(server: DiscordServer, bot: ShardedBot, turns: Counted) -> None:
    """In the buckets that Discord has told, and without the library's own pauses."""
    task = asyncio.create_task(bot.start(server.token))
    await bot.wait_for("connect", timeout=60)
    await bot.wait_for("connect", timeout=60)
    await bot.wait_for("connect", timeout=60)
    assert turns.taken == [0, 1, 0]
    assert [session.shard for session in server.core.gateway.sessions] == [(4, 7), (5, 7), (6, 7)]
    await bot.close()
    await task


async def test_a_lost_session_takes_a_turn_as_well(bot: ShardedBot, turns: Counted) -> None:
    """Logging in anew counts like the first time, which has had its turn already."""
    await bot.before_identify_hook(5, initial=True)
    assert turns.taken == []
    await bot.before_identify_hook(5)
    assert turns.taken == [0]


async def test_an_open_connection_does_not_wait_for_ever(turns: Counted) -> None:
    """After a while it tries its luck, before it is given up."""
    turns.closed = True
    async with three_shards(turns, Timings(shard_login=0.01)) as bot:
        await bot.before_identify_hook(5)
    assert turns.taken == [0]


async def test_nothing_is_launched_after_the_stop(server: DiscordServer, bot: ShardedBot, turns: Counted) -> None:
    """A signal that comes while the services still open is not lost."""
    bot.stop_launching()
    await bot.login(server.token)
    await bot.launch_shards()
    assert turns.taken == []
    assert server.core.gateway.sessions == []


async def test_it_is_closed_while_it_asks_how_to_log_in(
    server: DiscordServer, bot: ShardedBot, turns: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor one that comes before its first turn."""
    asked = asyncio.Event()

    async def never() -> discord.SessionStartLimits:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(bot, "fetch_session_start_limits", never)
    task = asyncio.create_task(bot.start(server.token))
    await asked.wait()
    bot.stop_launching()
    await bot.close()
    async with asyncio.timeout(60):
        await task
    assert turns.taken == []


async def test_it_is_closed_while_it_waits(server: DiscordServer, bot: ShardedBot, turns: Counted) -> None:
    """Nothing goes on connecting shards of a bot that was closed."""
    turns.closed = True
    task = asyncio.create_task(bot.start(server.token))
    while not turns.taken:  # noqa: ASYNC110  # the bot tells nobody that it waits
        await asyncio.sleep(0.01)
    bot.stop_launching()
    await bot.close()
    async with asyncio.timeout(60):
        await task
    assert server.core.gateway.sessions == []


async def test_it_is_cancelled_while_shards_log_in_again(
    server: DiscordServer, bot: ShardedBot, turns: Counted
) -> None:
    """As by SIGTERM: discord.py alone would take that for the end of one login, and go on for good."""
    task = asyncio.create_task(bot.start(server.token))
    while len(server.core.gateway.sessions) < 3:  # noqa: ASYNC110  # the bot tells nobody that it is connected
        await asyncio.sleep(0.01)
    turns.closed, taken = True, len(turns.taken)
    await server.faults.drop_gateway(resumable=False)
    while len(turns.taken) == taken:  # noqa: ASYNC110  # nor that it waits
        await asyncio.sleep(0.01)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=60)
    assert done
    assert task.cancelled()
