"""Whether the bot is there: waited for in both directions."""

import asyncio

import aiohttp
import pytest

from playground.discord_server import DiscordServer
from playground.script import bot_watch
from playground.script.errors import BotOffline


async def test_it_comes_and_goes() -> None:
    """Each wait ends with the change of the connection; without a change to wait for it returns at once."""
    async with DiscordServer() as discord, aiohttp.ClientSession() as http:
        await bot_watch.wait_until_offline(discord)
        coming = asyncio.create_task(bot_watch.wait_until_online(discord))
        async with http.ws_connect(f"{discord.gateway_url}/?v=10&encoding=json") as bot:
            await bot.receive_json()
            assert not coming.done()
            await bot.send_json({"op": 2, "d": {"token": discord.token, "intents": 1, "properties": {}}})
            await coming
            await bot_watch.wait_until_online(discord)
            going = asyncio.create_task(bot_watch.wait_until_offline(discord))
            await bot.receive_json()
            assert not going.done()
        await going
        assert not discord.core.gateway.online


async def test_who_does_not_come_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the timeout it raises with a sentence."""
    monkeypatch.setattr(bot_watch, "ONLINE_SECONDS", 0.05)
    async with DiscordServer() as discord:
        with pytest.raises(BotOffline, match=r"the bot did not come online within 0\.05 s"):
            await bot_watch.wait_until_online(discord)
