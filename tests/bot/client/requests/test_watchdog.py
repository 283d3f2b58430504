"""The watchdog ends a process whose requests to Discord hang, and no other."""

import asyncio
import logging
from typing import Any

import discord
import pytest
from discord.http import Route

from bot.__main__ import ExitCode, _run_until_signal
from bot.client.requests.uncancelled import UncancelledRequests, protect
from bot.client.requests.watchdog import Watchdog
from bot.timings import DEFAULT_TIMINGS, Timings
from playground.discord_server import DiscordServer, Limits

TEN_LOOKS = int(DEFAULT_TIMINGS.watchdog_limit / DEFAULT_TIMINGS.watchdog_check)


class Looks:
    """Sleeps that take no time; `before` is called before each look, with its number. The last one never ends."""

    def __init__(self, last: int, before: Any = lambda _: None) -> None:
        self.last = last
        self.before = before
        self.made = 0
        self.over = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        assert seconds == DEFAULT_TIMINGS.watchdog_check
        self.made += 1
        self.before(self.made)
        if self.made > self.last:
            self.over.set()
            await asyncio.Event().wait()
        for _ in range(5):
            await asyncio.sleep(0)


async def never() -> None:
    """A request that hangs."""
    await asyncio.Event().wait()


async def at_once() -> None:
    """A request that is answered."""


async def refused() -> None:
    """A request that fails, as all do while Discord is away."""
    raise OSError("away")


async def test_requests_that_hang(caplog: pytest.LogCaptureFixture) -> None:
    """Once the question has had no answer for ten minutes, the log says so and the process is to end."""
    requests, looks = UncancelledRequests(), Looks(1000)
    await Watchdog(requests, requests.wrap(never), DEFAULT_TIMINGS, sleep=looks.sleep).silence()
    assert looks.made == TEN_LOOKS + 1
    [line] = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert "for 10 minutes" in line.getMessage()


@pytest.mark.parametrize("question", [at_once, refused])
async def test_nothing_to_do(question: Any) -> None:
    """A question now and then shows that all is well, or that Discord is away: neither is a reason to end."""
    requests, looks = UncancelledRequests(), Looks(100)
    watching = asyncio.create_task(
        Watchdog(requests, requests.wrap(question), DEFAULT_TIMINGS, sleep=looks.sleep).silence()
    )
    await looks.over.wait()
    assert not watching.done()
    assert 40 <= requests.ended <= 60
    watching.cancel()


async def test_nothing_is_asked_while_requests_go_through() -> None:
    """The question is for quiet times."""
    requests = UncancelledRequests()
    asked: list[int] = []

    def busy(_: int) -> None:
        requests.ended += 1

    async def ask() -> None:
        asked.append(1)

    looks = Looks(50, busy)
    watching = asyncio.create_task(Watchdog(requests, ask, DEFAULT_TIMINGS, sleep=looks.sleep).silence())
    await looks.over.wait()
    assert asked == []
    watching.cancel()


async def test_a_lost_global_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """What discord.py does when a request is cancelled inside a global limit is noticed by the question."""
    async with DiscordServer(limits=Limits.lifted()) as server:
        monkeypatch.setattr(Route, "BASE", server.api_url)
        async with discord.Client(intents=discord.Intents.none()) as client:
            await client.login(server.token)
            requests = protect(client)
            client.http._global_over.clear()
            soon = Timings(watchdog_check=0.01, watchdog_limit=0.05)
            async with asyncio.timeout(60):
                await Watchdog(requests, lambda: client.http.request(Route("GET", "/gateway")), soon).silence()
            client.http._global_over.set()
            await requests.settle(60)


async def test_the_process_ends_with_a_code_of_its_own() -> None:
    """After what was started is cancelled, and has closed."""
    closed: list[int] = []

    async def start() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            closed.append(1)

    assert await _run_until_signal(start(), at_once()) is ExitCode.SILENCE
    assert closed == [1]


async def test_a_bot_that_ends_by_itself() -> None:
    """The watchdog does not keep it."""
    assert await _run_until_signal(at_once(), never()) is ExitCode.DONE
    with pytest.raises(OSError, match="away"):
        await _run_until_signal(refused(), never())
