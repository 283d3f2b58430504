"""The client: as small as it can be, its cogs loaded, its services closed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.client.bot import Bot, cog_names, use_discord_urls
from bot.client.services import Services
from playground.discord_server import DiscordServer, Limits
from tests.support.stage import Stage


async def nobody(_: discord.Interaction, error: BaseException) -> None:
    """Report to nobody."""
    raise AssertionError(error)


@pytest.fixture
def opened() -> list[str]:
    """What happened to the services."""
    return []


@pytest.fixture
async def bot(opened: list[str]) -> AsyncIterator[Bot]:
    """A bot that was not started."""

    @asynccontextmanager
    async def services(_: Bot) -> AsyncIterator[Services]:
        opened.append("opened")
        try:
            nobody_asks: dict[str, Any] = dict.fromkeys(field.name for field in fields(Services))
            yield Services(**nobody_asks)
        finally:
            opened.append("closed")

    async with Bot(open_services=services, report=nobody) as bot:
        yield bot


async def test_asks_discord_for_guilds_only(bot: Bot) -> None:
    """No privileged intent, no members or messages in memory."""
    assert bot.intents == discord.Intents(guilds=True)
    assert bot._connection.member_cache_flags == discord.MemberCacheFlags.none()
    assert bot._connection.max_messages is None
    assert bot._connection._chunk_guilds is False


async def test_pings_nobody_by_default(bot: Bot) -> None:
    """Whatever is sent without a word about mentions pings nobody."""
    assert bot.allowed_mentions is not None
    assert bot.allowed_mentions.to_dict() == {"parse": []}


async def test_services_are_closed_with_the_bot(bot: Bot, opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """They open after login, before the first command, and close once."""

    async def sync(*_: Any) -> list[Any]:
        return []

    monkeypatch.setattr(bot.tree, "sync", sync)
    await bot.setup_hook()
    assert opened == ["opened"]
    assert set(bot.extensions) == set(cog_names())
    await bot.close()
    await bot.close()
    assert opened == ["opened", "closed"]


async def test_who_asks_again_waits_for_the_end(bot: Bot) -> None:
    """Told to stop while it logs in, the start ends at once: its end must not come before the services'."""
    may_close, closed = asyncio.Event(), asyncio.Event()

    async def close_slowly() -> None:
        await may_close.wait()
        closed.set()

    bot._resources.push_async_callback(close_slowly)
    first, second = (asyncio.create_task(bot.close()) for _ in range(2))
    done, _ = await asyncio.wait({first, second}, timeout=0.1, return_when=asyncio.FIRST_COMPLETED)
    assert not done
    may_close.set()
    await asyncio.gather(first, second)
    assert closed.is_set()


async def test_services_that_do_not_open_end_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unusable database ends the start with its own error, and nothing stays open."""

    @asynccontextmanager
    async def services(_: Bot) -> AsyncIterator[Services]:
        raise RuntimeError("no database")
        yield

    async with DiscordServer(limits=Limits.lifted()) as discord_server:
        monkeypatch.setattr(Route, "BASE", discord_server.api_url)
        async with Bot(open_services=services, report=nobody) as bot:
            with pytest.raises(RuntimeError, match="no database"):
                await bot.start(discord_server.token)
        assert bot.is_closed()


async def test_refused_token_is_a_login_failure(bot: Bot, opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is opened for a bot that Discord does not know."""
    async with DiscordServer(limits=Limits.lifted()) as discord_server:
        monkeypatch.setattr(Route, "BASE", discord_server.api_url)
        with pytest.raises(discord.LoginFailure):
            await bot.start("no.such.token")
    assert opened == []


def test_addresses_are_set_for_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """discord.py keeps both addresses in its classes."""
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    use_discord_urls("http://discord.test/api/v10", "ws://gateway.test/")
    assert Route("GET", "/users/@me").url == "http://discord.test/api/v10/users/@me"
    assert str(DiscordWebSocket.DEFAULT_GATEWAY) == "ws://gateway.test/"


async def test_error_in_a_command_reaches_the_member(own_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something nobody foresaw is a sentence for the member and an error in the log."""

    async def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(own_stage.bot.services.jobs, "imagine", broken)
    assert "Something went wrong inside the bot" in await own_stage.refusal(prompt="a fox")
    own_stage.expect_error("an interaction failed")


async def test_command_that_comes_while_the_bot_stops(own_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library has forgotten it by then, which is nobody's mistake."""
    own_stage.bot.tree.remove_command("imagine")
    monkeypatch.setattr(own_stage.bot, "_stopping", asyncio.current_task())
    assert "is being restarted" in await own_stage.refusal(prompt="a fox")
    monkeypatch.undo()


async def test_runs_several_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every shard connects to the address in the settings, and commands arrive on theirs."""

    async def at_once(*_: Any, **__: Any) -> None:
        """The local Discord takes all shards at the same time."""

    monkeypatch.setattr(Bot, "before_identify_hook", at_once)
    async with Stage(tmp_path, shards=2) as stage:
        assert len(stage.bot.shards) == 2
        await stage.finished("a fox on a shard")


async def test_stops_while_discord_is_away(own_stage: Stage) -> None:
    """A bot whose gateway is down can be stopped."""
    own_stage.discord.faults.hold_gateway()
    await own_stage.discord.faults.drop_gateway()
    await own_stage.wait_until(lambda: any("gateway can't be reached" in line for line in own_stage.log.lines))
    await own_stage.stop()
    assert own_stage.bot.is_closed()
    with pytest.raises((aiohttp.ClientError, RuntimeError)):
        await own_stage.bot.fetch_channel(int(own_stage.channel.id))
