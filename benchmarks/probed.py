"""The probed bot, its Discord and its API, for measurements that need more than a few jobs or servers."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.probe import FILE, READS_PER_SECOND, figures_of
from benchmarks.running import KEY, connected, environment, started
from benchmarks.unfinished import refresh, remember
from playground.discord_server import DiscordServer, Limits
from playground.discord_server.state.bulk_seed import add_channels, add_guilds, add_people
from playground.imaginepro import Simulator
from playground.process.bot_process import BotProcess

MODULE = "benchmarks.probed_bot"
PEOPLE, CHANNELS = 50, 20


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a probed bot can be started, again and again, with the same data. Nothing here has request limits."""

    discord: DiscordServer
    api: Simulator
    folder: Path
    reads_per_second: float

    @property
    def database(self) -> str:
        """Where the bot keeps its jobs."""
        return f"sqlite:///{self.folder}/bot.db"

    @asynccontextmanager
    async def bot(self) -> AsyncGenerator["Probed"]:
        """A bot from its start to its end, connected."""
        await refresh(self.database)
        probe = self.folder / "probe.json"
        probe.unlink(missing_ok=True)
        settings = {FILE: str(probe), READS_PER_SECOND: str(self.reads_per_second), "DATABASE_URL": self.database}
        variables = environment(self.discord, self.api, self.folder, **settings)
        begun = time.time()
        async with started(MODULE, variables, self.folder) as process:
            await connected(process, self.discord, 900)
            yield Probed(process, probe, begun)


@dataclass(frozen=True, slots=True)
class Probed:
    """A running bot with a probe; `begun` is when its process was started, in seconds since 1970."""

    process: BotProcess
    file: Path
    begun: float

    @property
    def pid(self) -> int:
        """Its process."""
        return self.process.pid

    async def figures(self) -> dict[str, Any]:
        """What its probe has collected since it was last asked."""
        return await figures_of(self.pid, self.file)


@asynccontextmanager
async def ground(*, jobs: int = 0, guilds: int = 0, reads_per_second: float = 8.0) -> AsyncGenerator[Ground]:
    """A Discord with so many servers besides its own, and so many unfinished jobs."""
    async with (
        Simulator(key=KEY, limits=False, side=256) as api,
        DiscordServer(limits=Limits.lifted()) as discord,
    ):
        add_people(discord.world, PEOPLE)
        add_channels(discord.world, CHANNELS)
        add_guilds(discord.world, guilds)
        with TemporaryDirectory() as folder:
            made = Ground(discord, api, Path(folder), reads_per_second)
            await remember(made.database, discord, api, jobs)
            yield made
