"""Logins while few of the day are left."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

import discord
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bot.client.login_budget import FewLogins, LoginBudget
from bot.client.sharding import ShardedBot
from bot.settings.shards import ALL_SHARDS
from bot.timings import DEFAULT_TIMINGS, Timings
from playground.discord_server import DiscordServer, IdentifyLimits, Limits

DAY = 86_400.0
TWENTY_HOURS = 72_000


class Day:
    """What Discord says about logins, and the time."""

    def __init__(self, remaining: int) -> None:
        self.remaining = remaining
        self.now = 0.0
        self.asked = 0

    async def ask(self) -> discord.SessionStartLimits:
        self.asked += 1
        rest = int((TWENTY_HOURS - self.now) * 1000)
        return discord.SessionStartLimits(total=1000, remaining=self.remaining, reset_after=rest, max_concurrency=1)

    def budget(self) -> LoginBudget:
        return LoginBudget(self.ask, DEFAULT_TIMINGS, clock=lambda: self.now)


async def test_plenty_are_left() -> None:
    """None waits, and those that follow at once ask no second time."""
    day = Day(50)
    budget = day.budget()
    assert [await budget.pause() for _ in range(3)] == [0.0, 0.0, 0.0]
    assert day.asked == 1


async def test_few_are_left(caplog: pytest.LogCaptureFixture) -> None:
    """Each waits its share of the day that is left, and the log says why, once."""
    day = Day(39)
    budget = day.budget()
    assert await budget.pause() == TWENTY_HOURS / 40
    day.now = 600.0
    assert 1100 < await budget.pause() < 1200
    day.now = 1801.0
    assert await budget.pause() <= 0
    budget.spend()
    day.now, day.remaining = 1900.0, 38
    assert await budget.pause() > 1700
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2


async def test_all_shares_fit_into_the_day() -> None:
    """However often something starts the bot, it never logs in with none left, and its logins are spread evenly."""
    day, gaps = Day(49), list[float]()
    while True:
        budget = day.budget()
        gaps.append(await budget.pause())
        day.now += gaps[-1] + 0.001
        if day.now >= TWENTY_HOURS:
            break
        assert day.remaining > 0
        assert await budget.pause() <= 0
        day.remaining -= 1
    assert len(gaps) == 50
    assert max(gaps) - min(gaps) < 1


async def test_none_are_left() -> None:
    """The next login waits for the new count, however long it has waited already."""
    day = Day(0)
    budget = day.budget()
    assert await budget.pause() == TWENTY_HOURS
    day.now = TWENTY_HOURS - 1.0
    assert await budget.pause() > 0
    day.remaining = 1000
    assert await budget.pause() == 0


async def test_no_answer() -> None:
    """Then nothing is delayed: Discord's REST API is away, not its gateway."""

    async def fails() -> discord.SessionStartLimits:
        raise discord.GatewayNotFound

    assert await LoginBudget(fails, DEFAULT_TIMINGS).pause() == 0


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DiscordServer]:
    """A Discord whose logins of today are nearly used up."""
    limits = IdentifyLimits(total=1000, used=999)
    async with DiscordServer(limits=Limits.lifted(), identify_limits=limits) as server:
        monkeypatch.setattr(Route, "BASE", server.api_url)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL(server.gateway_url))
        yield server


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that has no event."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_bot_waits_for_the_next_day(server: DiscordServer) -> None:
    """It looks again and again, logs in when the next day begins, and keeps its token."""
    timings = Timings(login_recheck=0.01)
    bot = ShardedBot(
        shards=ALL_SHARDS, login_gate=None, timings=timings, command_prefix="!", intents=discord.Intents(guilds=True)
    )
    async with bot:
        task = asyncio.create_task(bot.start(server.token))
        await until(lambda: len(server.request_log.of("/gateway/bot")) > 5)
        assert server.core.gateway.sessions == []
        server.clock.advance(DAY)
        await bot.wait_until_ready()
        assert server.core.gateway.identify_limits.used == 1
        assert server.core.token == server.token
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(server.core.gateway.identify_limits, "used", 999)
            bot._login_budget._allowed_until = 0.0
            with pytest.raises(FewLogins):
                await bot.before_identify_hook(0)
        await bot.close()
        await task
