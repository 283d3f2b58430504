"""From a member's Enter to Discord's acknowledgement: this bot against a bare one, press by press in one run.

What is timed is the member's action until the callback has arrived at the local Discord: gateway, bot and REST
together. This bot has by then checked the prompt, written the job to disk and sent the whole reply; the bare one has
only deferred.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playground.discord_server import DiscordServer
from playground.discord_server.ratelimits import Limits
from playground.imaginepro import Simulator
from playground.presence import bot_online

ROOT = Path(__file__).parents[1]
KEY = "sk-benchmark"


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds to acknowledgement of one bot."""

    name: str
    median: float
    p99: float


async def compare(presses: int) -> list[Figures]:
    """The figures of both bots for that many commands each, taken in turn so that a noisy moment meets both."""
    times: dict[str, list[float]] = {"this bot": [], "bare bot": []}
    async with (
        Simulator(port=0, key=KEY, speed=1000, limits=False) as api,
        _bot("bot", api.url) as ours,
        _bot("benchmarks.bare_bot", api.url) as bare,
    ):
        for number in range(presses + 5):
            for name, server in (("this bot", ours), ("bare bot", bare)):
                times[name].append(await _once(server, number))
    # The first few warm up connections and caches.
    return [_figures(name, values[5:]) for name, values in times.items()]


async def _once(server: DiscordServer, number: int) -> float:
    begun = time.perf_counter()
    outcome = await server.member("mia").slash(server.world.channel("general"), "imagine", prompt=f"fox {number}")
    took = time.perf_counter() - begun
    if outcome.state != "acknowledged":
        raise RuntimeError(f"command {number} was not acknowledged: {outcome.error}")
    return took * 1000


def _figures(name: str, milliseconds: list[float]) -> Figures:
    return Figures(name, statistics.median(milliseconds), statistics.quantiles(milliseconds, n=100)[98])


@asynccontextmanager
async def _bot(module: str, api_url: str) -> AsyncGenerator[DiscordServer]:
    """A local Discord without rate limits and the bot of that module on it, as a process of its own."""
    async with DiscordServer(limits=Limits.lifted()) as server:
        with tempfile.TemporaryDirectory() as folder:
            environment = {
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "DISCORD_TOKEN": server.token,
                "DISCORD_API_URL": server.api_url,
                "DISCORD_GATEWAY_URL": server.gateway_url,
                "IMAGINEPRO_API_KEY": KEY,
                "IMAGINEPRO_BASE_URL": api_url,
                "DATABASE_URL": f"sqlite:///{folder}/bot.db",
                "LOG_LEVEL": "ERROR",
            }
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", module, env=environment, cwd=folder, stderr=asyncio.subprocess.DEVNULL
            )
            try:
                async with asyncio.timeout(30):
                    await bot_online(server.url)
                yield server
            finally:
                process.terminate()
                await process.wait()
