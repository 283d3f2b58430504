"""Starting the measured bots, each as a process with its own local Discord and simulated API."""

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

# This bot's own limits are lifted, so that only those of the API and Discord are measured.
_LIFTED_LIMITS = {"JOBS_AT_ONCE": "1000"} | dict.fromkeys(
    ("MEMBER_RUNNING", "MEMBER_WAITING", "GUILD_RUNNING", "GUILD_WAITING"), "10000"
)


def environment(discord: DiscordServer, api: Simulator, folder: Path, **settings: str) -> dict[str, str]:
    """A bot's environment variables: the addresses of Discord and the API, and its database."""
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
            **_LIFTED_LIMITS,
            **settings,
        }
    )


@asynccontextmanager
async def running(
    module: str, discord: DiscordServer, api: Simulator, folder: Path, **settings: str
) -> AsyncGenerator[BotProcess]:
    """A running bot of this module, connected to Discord; `settings` are additional environment variables."""
    process = started(module, environment(discord, api, folder, **settings), folder)
    async with process:
        await connected(process, discord)
        yield process


def started(module: str, variables: dict[str, str], folder: Path) -> BotProcess:
    """The process of this module's bot, started when entered."""
    return BotProcess(variables, folder, lambda line: None, (sys.executable, "-m", module), stop_seconds=30)


async def connected(bot: BotProcess, discord: DiscordServer, seconds: float = 120) -> None:
    """Wait until the bot is connected; RuntimeError if it exits or needs longer than `seconds`."""
    exited = asyncio.create_task(bot.exited())
    online = await until(lambda: discord.core.gateway.online or exited.done(), seconds)
    ended = exited.done()
    exited.cancel()
    await asyncio.gather(exited, return_exceptions=True)
    if ended or not online:
        raise RuntimeError("the bot did not connect:\n" + "\n".join(bot.tail))
