"""Starts while Discord is in trouble: the bot keeps trying in silence, and jobs go on meanwhile."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import fields, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import discord
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bot.client.bot import Bot
from bot.client.services import Services
from bot.store import Database, ProcessStore
from bot.timings import Timings
from playground.discord_server import DiscordServer, Limits, media
from playground.discord_server.observe.ban import ADDRESS
from tests.support.bot_log import BotLog
from tests.support.stage import Stage, ended, percent_of

COMMANDS = "PUT /applications/{application_id}/commands"
ME = "GET /users/@me"
SOON = Timings(discord_retry=0.01, discord_retry_longest=0.02, commands_wait=60.0)
LIBRARYS_PAUSE = 5.0
ATTEMPTS = 400
"""More than Python's stack has room for when each attempt is made inside the one before."""


@pytest.fixture
def log() -> BotLog:
    """The bot's lines."""
    return BotLog()


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DiscordServer]:
    """A Discord to which bots connect."""
    async with DiscordServer(limits=Limits.lifted()) as server:
        monkeypatch.setattr(Route, "BASE", server.api_url)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL(server.gateway_url))
        yield server


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that discord.py makes after a failed connection, none of which takes any time."""
    made: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float, *rest: Any) -> None:
        if seconds == LIBRARYS_PAUSE:
            made.append(seconds)
        await real(0 if seconds == LIBRARYS_PAUSE else seconds, *rest)

    patched = ModuleType("asyncio")
    patched.__dict__.update(asyncio.__dict__, sleep=sleep)
    monkeypatch.setattr("discord.shard.asyncio", patched)
    return made


async def fail(_: discord.Interaction, error: BaseException) -> None:
    """No interaction is expected."""
    raise AssertionError(error)


class NothingWaits:
    """No job waits in any server."""

    async def drop_guilds(self, _is_lost: Callable[[int], bool]) -> int:
        """Nothing to drop."""
        return 0


@asynccontextmanager
async def starting(server: DiscordServer, log: BotLog, timings: Timings = SOON) -> AsyncIterator[Bot]:
    """A bot without services that starts."""

    @asynccontextmanager
    async def services(_: Bot) -> AsyncIterator[Services]:
        none: dict[str, Any] = dict.fromkeys(field.name for field in fields(Services))
        none["lost_places"] = NothingWaits()
        yield Services(**none)

    with log.capturing():
        async with Bot(open_services=services, report=fail, timings=timings) as bot:
            bot._connection.guild_ready_timeout = 0.02
            task = asyncio.create_task(bot.start(server.token))
            try:
                yield bot
            finally:
                await bot.close()
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


async def until_logged(log: BotLog, words: str) -> str:
    """The line with these words, as soon as it is there."""
    async with asyncio.timeout(60):
        while not (found := [line for line in log.lines if words in line]):  # noqa: ASYNC110  # a log has no event
            await asyncio.sleep(0.01)
    return found[0]


def lines_about_the_gateway(log: BotLog) -> list[str]:
    """All lines about it, but the library's news, which some levels leave out."""
    about = [line for line in log.lines if "connect" in line or "gateway" in line]
    return [line for line in about if not line.startswith("INFO discord.")]


async def test_the_gateway_is_away_for_long(tmp_path: Path, attempts: list[float]) -> None:
    """The start goes on trying, with one line in the log, and a job that was running is finished without it."""
    async with Stage(tmp_path, timings={"discord_retry": 0.001, "discord_retry_longest": 0.001}) as stage:
        stage.hold(46)
        outcome = await stage.imagine("a fox under way")
        await outcome.wait_for(percent_of)
        await stage.stop()
        stage.discord.faults.hold_gateway()
        stage.log.lines.clear()
        start = asyncio.create_task(stage.start())
        await stage.wait_until(lambda: len(attempts) > ATTEMPTS)
        stage.release()
        assert media(await outcome.wait_for(ended))
        assert not start.done()
        stage.discord.faults.hold_gateway(False)
        await start
        about = lines_about_the_gateway(stage.log)
    assert about == [
        "WARNING bot.client.requests.retries: Discord's gateway can't be reached (the gateway answers 503): "
        "the bot keeps trying.",
        "INFO bot.client.requests.retries: Discord's gateway can be reached again.",
    ]


async def test_a_gateway_that_breaks_every_connection(
    server: DiscordServer, log: BotLog, attempts: list[float]
) -> None:
    """It is tried again like one that takes none."""

    async def broken(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.close(code=4000)
        return socket

    app = web.Application()
    app.router.add_get("/", broken)
    async with TestServer(app) as gateway:
        good = DiscordWebSocket.DEFAULT_GATEWAY
        DiscordWebSocket.DEFAULT_GATEWAY = URL(str(gateway.make_url("/")).replace("http", "ws", 1))
        async with starting(server, log) as bot, asyncio.timeout(60):
            while len(attempts) < 3:  # noqa: ASYNC110  # the library has no event for it
                await asyncio.sleep(0.01)
            DiscordWebSocket.DEFAULT_GATEWAY = good
            await bot.wait_for("shard_ready")
    assert log.errors == []


@pytest.mark.parametrize(("status", "code"), [(500, 0), (400, 50035), (400, 30034), (403, 50001)])
async def test_commands_that_discord_does_not_register(tmp_path: Path, status: int, code: int) -> None:
    """The bot starts without, finishes a job that was running, and registers them once they are taken."""
    timings = {"commands_wait": 0.01, "discord_retry": 0.01, "commands_retry": 0.01}
    async with Stage(tmp_path, timings=timings) as stage:
        stage.hold(46)
        outcome = await stage.imagine("a fox under way")
        await outcome.wait_for(percent_of)
        await stage.stop()
        stage.log.lines.clear()
        stage.discord.faults.refuse_next(COMMANDS, status, code=code, times=1000)
        await stage.start()
        stage.release()
        assert media(await outcome.wait_for(ended))
        stage.discord.faults.clear()
        await until_logged(stage.log, "commands are registered")
        refused = [line for line in stage.log.lines if "does not register the commands" in line]
        assert [f"({status}: Refused on purpose)" in line for line in refused] == ([True] if status < 500 else [])
        stage.log.errors = [line for line in stage.errors if line not in refused]


async def test_discord_is_away_before_the_login(
    server: DiscordServer, log: BotLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused connections are tried again; the outage has a line, and its end."""
    api_url = Route.BASE
    monkeypatch.setattr(Route, "BASE", "http://127.0.0.1:9/api/v10")
    async with starting(server, log) as bot:
        line = await until_logged(log, "Discord can't be reached")
        monkeypatch.setattr(Route, "BASE", api_url)
        await bot.wait_for("shard_ready", timeout=60)
    assert "Cannot connect to host 127.0.0.1:9" in line
    assert [each for each in log.lines if "be reached" in each] == [
        line,
        "INFO bot.client.requests.retries: Discord can be reached again.",
    ]
    assert log.errors == []


async def test_each_reason_has_a_line(server: DiscordServer, log: BotLog) -> None:
    """And repetitions of one have none."""
    server.faults.refuse_next(ME, 503, message="upstream connect error", times=3)
    server.faults.refuse_next("GET /oauth2/applications/@me", 503, message="service unavailable", times=2)
    async with starting(server, log) as bot:
        await bot.wait_for("shard_ready", timeout=60)
    reasons = [line.partition("(")[2].partition(")")[0] for line in log.lines if "can't be reached" in line]
    assert reasons == ["503: upstream connect error", "503: service unavailable"]


async def test_an_address_that_is_blocked(server: DiscordServer, log: BotLog) -> None:
    """The pause is the one that is asked for; neither the page nor the machine's address gets into the log."""
    ban = server.faults.ban(3600)
    async with starting(server, log):
        line = await until_logged(log, "can't be reached")
        await asyncio.sleep(0)
    assert "(429: its network protection refuses this machine's address for now)" in line
    assert "It asks for a pause of 3600 seconds." in line
    assert ban.requests == 1
    assert [each for each in log.lines if ADDRESS in each or "<" in each] == []


async def test_a_block_that_ends(server: DiscordServer, log: BotLog) -> None:
    """Then the start goes on."""
    server.faults.ban(0)
    async with starting(server, log) as bot:
        await until_logged(log, "can't be reached")
        server.faults.clear()
        await bot.wait_for("shard_ready", timeout=60)
    assert log.errors == []


async def test_something_else_answers_in_place_of_discord(
    server: DiscordServer, log: BotLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of a network that wants a login, with status 200."""

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>Welcome to the hotel</html>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/{path:.*}", page)
    async with TestServer(app) as hotel:
        api_url = Route.BASE
        monkeypatch.setattr(Route, "BASE", str(hotel.make_url("/api/v10")))
        async with starting(server, log) as bot:
            line = await until_logged(log, "can't be reached")
            monkeypatch.setattr(Route, "BASE", api_url)
            await bot.wait_for("shard_ready", timeout=60)
    assert "(what answers at its address is not Discord)" in line


async def test_a_login_without_an_answer(server: DiscordServer, log: BotLog) -> None:
    """It has a line long before the library gives up, and its end."""
    server.faults.delay = 0.5
    async with starting(server, log, replace(SOON, login_notice=0.01)):
        await until_logged(log, "Discord can't be reached (no answer in time): the bot keeps trying to log in.")
        server.faults.clear()
        await until_logged(log, "Discord can be reached again.")


async def test_how_many_shards_is_asked_until_it_is_known(server: DiscordServer, log: BotLog) -> None:
    """The library gives up when that request fails."""
    server.faults.refuse_next("GET /gateway/bot", 503, times=3)
    async with starting(server, log) as bot:
        await bot.wait_for("shard_ready", timeout=60)
    assert [line for line in log.lines if "Discord's gateway can't be reached (503: Refused on purpose)" in line]
    assert log.errors == []


async def test_services_are_opened_once(server: DiscordServer, log: BotLog) -> None:
    """What fails behind the login is no reason to log in again."""

    @asynccontextmanager
    async def services(_: Bot) -> AsyncIterator[Services]:
        opened.append(1)
        raise OSError("away")
        yield

    opened: list[int] = []
    with log.capturing():
        async with Bot(open_services=services, report=fail, timings=SOON) as bot:
            with pytest.raises(OSError, match="away"):
                await bot.start(server.token)
    assert opened == [1]


async def test_a_wrong_token_ends_the_start_at_once(server: DiscordServer, log: BotLog) -> None:
    """It is no outage: one request, and the error that has a sentence of its own."""

    @asynccontextmanager
    async def services(_: Bot) -> AsyncIterator[Services]:
        raise AssertionError
        yield

    with log.capturing():
        async with Bot(open_services=services, report=fail, timings=SOON) as bot:
            with pytest.raises(discord.LoginFailure):
                await bot.start("wrong")
    assert [entry.status for entry in server.request_log] == [401]


async def test_a_request_that_is_given_up(server: DiscordServer, log: BotLog) -> None:
    """The bot's later requests go through although one was cancelled inside a global limit."""
    async with starting(server, log) as bot:
        await bot.wait_for("shard_ready", timeout=60)
        server.faults.rate_limit_next("/users/{user_id}", 0.05, everywhere=True)
        mia = int(server.member("mia").id)
        asked = asyncio.create_task(bot.fetch_user(mia))
        await server.request_log.wait_for(lambda entry: entry.status == 429)
        asked.cancel()
        async with asyncio.timeout(60):
            assert (await bot.fetch_user(mia)).name == "mia"


async def test_another_process_of_the_same_cluster_is_alive(own_stage: Stage) -> None:
    """The start waits, says why, and logs in no shard until that one has ended."""
    await own_stage.stop()
    own_stage.log.lines.clear()
    logins = own_stage.discord.core.gateway.identify_limits.used
    async with Database(own_stage.settings.database_url.get_secret_value()) as database:
        other = ProcessStore(database)
        await other.enter("0", "the other one")
        start = asyncio.create_task(own_stage.start())
        await until_logged(own_stage.log, "another process with CLUSTER_ID=0 is alive, so this one waits for its end")
        assert not start.done()
        assert own_stage.discord.core.gateway.identify_limits.used == logins
        await other.leave("0", "the other one")
    await start
    assert own_stage.discord.core.gateway.identify_limits.used == logins + 1
    assert media(await own_stage.finished("a fox after the other"))


async def test_an_outage_later_has_two_lines(own_stage: Stage) -> None:
    """However often the library tries: that the gateway is away, and that it is back."""
    own_stage.log.lines.clear()
    own_stage.discord.faults.hold_gateway()
    await own_stage.discord.faults.drop_gateway()
    await until_logged(own_stage.log, "Discord's gateway can't be reached")
    own_stage.discord.faults.hold_gateway(False)
    await until_logged(own_stage.log, "Discord's gateway can be reached again")
    assert len(lines_about_the_gateway(own_stage.log)) == 2


async def test_an_outage_is_noticed_to_end_within_a_minute(server: DiscordServer, log: BotLog) -> None:
    """However long it was: the library's own pauses grow to a quarter of an hour."""
    async with starting(server, log) as bot:
        await bot.wait_for("shard_ready", timeout=60)
        shard = bot.get_shard(0)
        assert shard is not None
        assert max(shard._parent._backoff.delay() for _ in range(200)) <= 64


def test_attempts_are_more_than_the_stack_holds() -> None:
    """Each failed attempt of the library's own takes three calls or more."""
    assert sys.getrecursionlimit() < ATTEMPTS * 3
