"""Bot and server as processes of their own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import hikari
import pytest

from playground.discord_server import DiscordServer, texts
from tests.playground.discord_server.tabs import tab

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.process


@asynccontextmanager
async def process(module: str, *arguments: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A Python process that is killed in the end."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments,
        cwd=ROOT, env=os.environ | environment, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


def bot_environment(server: DiscordServer) -> dict[str, str]:
    """How a bot is pointed at the server."""
    addresses = {"DISCORD_API_URL": server.api_url, "DISCORD_GATEWAY_URL": server.gateway_url}
    return {**addresses, "DISCORD_TOKEN": server.token}


async def test_a_killed_bot_is_missed_and_its_successor_goes_on(discord_server: DiscordServer) -> None:
    """Killed, it is seen to be offline and answers nothing; started again, it answers the old buttons."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    environment = bot_environment(discord_server)
    async with tab(discord_server) as page:
        async with process("tests.playground.discord_server.bot_process", **environment) as bot:
            assert await page.next("bot") == {"online": True}
            message = (await mia.slash(general, "count")).message
            assert message is not None
            bot.kill()
            assert await page.next("bot") == {"online": False}
            lost = asyncio.create_task(mia.press(message, label="Count 1"))
            await asyncio.sleep(0)
            discord_server.clock.advance(3)
            assert (await lost).state == "failed"
        async with process("tests.playground.discord_server.bot_process", **environment):
            assert await page.next("bot") == {"online": True}
            outcome = await mia.press(message, label="Count 1")
            assert outcome.message is not None
            assert texts(outcome.message) == "pressed 1"


async def test_the_server_stands_alone(unused_tcp_port: int) -> None:
    """Started from the command line it says where it is, serves, and ends when asked to."""
    arguments = ("--port", str(unused_tcp_port), "--token", "mine", "--shards", "2")
    async with process("playground.discord_server", *arguments) as server:
        assert server.stdout is not None
        lines = [(await server.stdout.readline()).decode().split() for _ in range(3)]
        assert dict(lines)["DISCORD_GATEWAY_URL"] == f"ws://127.0.0.1:{unused_tcp_port}/gateway"
        address = dict(lines)["DISCORD_API_URL"] + "/gateway/bot"
        headers = {"Authorization": "Bot mine"}
        async with aiohttp.ClientSession() as session, session.get(address, headers=headers) as response:
            assert (await response.json())["shards"] == 2
        server.terminate()
        assert await server.wait() == 0


async def test_the_documented_token_is_the_one_it_accepts(unused_tcp_port: int) -> None:
    """hikari, pointed at the server as the documentation says, logs in to it and to no other."""
    documented = (ROOT / "docs" / "playground.md").read_text()
    token = documented.partition('GatewayBot("')[2].partition('"')[0]
    async with process("playground.discord_server", "--port", str(unused_tcp_port)) as server:
        assert server.stdout is not None
        assert (await server.stdout.readline()).startswith(b"page")
        rest = hikari.RESTApp(url=f"http://127.0.0.1:{unused_tcp_port}/api/v10")
        await rest.start()
        async with rest.acquire(token, hikari.TokenType.BOT) as client:
            assert (await client.fetch_my_user()).username == "ImaginePro"
        await rest.close()


async def test_a_port_in_use_is_an_error(discord_server: DiscordServer) -> None:
    """The second server on a port does not start."""
    with pytest.raises(OSError, match="address already in use"):
        async with DiscordServer(discord_server.port):
            pass
