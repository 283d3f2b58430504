"""A bot with a probe and its servers, for measurements with many jobs or Discord servers."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.probe import FILE, READS_PER_SECOND, figures_of
from benchmarks.running import KEY, connected, environment, started
from benchmarks.unfinished import record_running_jobs, refresh_submission_times
from playground.discord_server import DiscordServer, Limits
from playground.discord_server.state.bulk_seed import add_channels, add_guilds, add_people
from playground.imaginepro import Simulator
from playground.process.bot_process import BotProcess

MODULE = "benchmarks.probed_bot"
MEMBERS, CHANNELS = 50, 20


@dataclass(frozen=True, slots=True)
class ProbeEnvironment:
    """Servers without rate limits and a folder, for starting a probed bot repeatedly with the same data."""

    discord: DiscordServer
    api: Simulator
    folder: Path
    reads_per_second: float

    @property
    def database(self) -> str:
        """The URL of the bot's database."""
        return f"sqlite:///{self.folder}/bot.db"

    @asynccontextmanager
    async def bot(self) -> AsyncGenerator["ProbedBot"]:
        """A started and connected bot."""
        await refresh_submission_times(self.database)
        probe = self.folder / "probe.json"
        probe.unlink(missing_ok=True)
        settings = {FILE: str(probe), READS_PER_SECOND: str(self.reads_per_second), "DATABASE_URL": self.database}
        variables = environment(self.discord, self.api, self.folder, **settings)
        begun = time.time()
        async with started(MODULE, variables, self.folder) as process:
            await connected(process, self.discord, 900)
            yield ProbedBot(process, probe, begun)


@dataclass(frozen=True, slots=True)
class ProbedBot:
    """A running bot with a probe; `begun` is the start of its process in seconds since 1970."""

    process: BotProcess
    file: Path
    started_at: float

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    async def figures(self) -> dict[str, Any]:
        """The figures that its probe has collected since the last call."""
        return await figures_of(self.pid, self.file)


@asynccontextmanager
async def probe_environment(
    *, jobs: int = 0, guilds: int = 0, reads_per_second: float = 8.0
) -> AsyncGenerator[ProbeEnvironment]:
    """A local Discord with this many additional servers, and a database with this many unfinished jobs."""
    async with (
        Simulator(key=KEY, limits=False, side=256) as api,
        DiscordServer(limits=Limits.lifted()) as discord,
    ):
        add_people(discord.world, MEMBERS)
        add_channels(discord.world, CHANNELS)
        add_guilds(discord.world, guilds)
        with TemporaryDirectory() as folder:
            made = ProbeEnvironment(discord, api, Path(folder), reads_per_second)
            await record_running_jobs(made.database, discord, api, jobs)
            yield made
