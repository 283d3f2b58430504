"""Bots under measurement: each a process of its own on a local Discord and a simulated API of its own."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.waiting import until
from playground.discord_server import DiscordServer
from playground.imaginepro import Simulator
from playground.process.bot_process import BotProcess, bot_environment
from playground.process.ports import free_port

KEY = "sk-benchmark"
OURS = "bot"

# Nobody is to be held back by this bot's own rules: what is measured are the API's and Discord's.
_GENEROUS = {"JOBS_AT_ONCE": "1000"} | dict.fromkeys(
    ("MEMBER_RUNNING", "MEMBER_WAITING", "GUILD_RUNNING", "GUILD_WAITING"), "10000"
)


def environment(discord: DiscordServer, api: Simulator, folder: Path, **settings: str) -> dict[str, str]:
    """What a bot is told: where Discord and the API are, and where its own data goes."""
    return bot_environment(
        {
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
            "IMAGINEPRO_API_KEY": KEY,
            "IMAGINEPRO_BASE_URL": api.url,
            "DATABASE_URL": f"sqlite:///{folder}/bot.db",
            "WEB_PORT": str(free_port()),
            "LOG_LEVEL": "ERROR",
            **_GENEROUS,
            **settings,
        }
    )


@asynccontextmanager
async def running(
    module: str, discord: DiscordServer, api: Simulator, folder: Path, **settings: str
) -> AsyncGenerator[BotProcess]:
    """The bot of that module, connected to Discord; its settings besides the usual ones by their names."""
    process = started(module, environment(discord, api, folder, **settings), folder)
    async with process:
        await connected(process, discord)
        yield process


def started(module: str, variables: dict[str, str], folder: Path) -> BotProcess:
    """The bot of that module, to be entered."""
    return BotProcess(variables, folder, lambda line: None, (sys.executable, "-m", module), stop_seconds=30)


async def connected(bot: BotProcess, discord: DiscordServer, seconds: float = 120) -> None:
    """Return once it is connected; RuntimeError when it ends before, or takes longer than so many seconds."""
    exited = asyncio.create_task(bot.exited())
    online = await until(lambda: discord.core.gateway.online or exited.done(), seconds)
    ended = exited.done()
    exited.cancel()
    await asyncio.gather(exited, return_exceptions=True)
    if ended or not online:
        raise RuntimeError("the bot did not connect:\n" + "\n".join(bot.tail))
