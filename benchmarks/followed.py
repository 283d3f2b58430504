"""The cost of each job when one process follows thousands, without rate limits of Discord and the API."""

import asyncio
from dataclasses import dataclass
from typing import Any

from benchmarks.figures import Part, limited, row
from benchmarks.probed import ProbedBot, ProbeEnvironment, probe_environment
from benchmarks.usage import cpu_seconds, memory, threads

READ_EVERY = 30.0
"""Seconds between two polls of a job, on average."""

_TIMEOUT_SECONDS = 900.0
_CHECK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Load:
    """A process's memory in bytes, threads, processor time and polls per second, and its probe."""

    memory: int
    threads: int
    cpu: float
    reads: float
    probe: dict[str, Any]


async def measure(jobs: int, seconds: float) -> Part:
    """The figures of this many jobs, compared with the same process without jobs."""
    rate = jobs / READ_EVERY
    idle, busy = await _load(0, seconds / 4, rate), await _load(jobs, seconds, rate)
    followed = int(busy.probe["followed"])
    each = (busy.memory - idle.memory) / 1024 / jobs
    cpu = (busy.cpu - idle.cpu) * 60 * 1000 / jobs
    lag = busy.probe["lag_p99"]
    rows = [
        limited("jobs not followed", jobs, float(jobs - followed), most=0),
        row("reads a second", jobs, busy.reads),
        row("CPU per job and minute, ms", jobs, cpu),
        row("CPU of the process, % of a core", jobs, busy.cpu * 100),
        limited("memory per job, kB", jobs, each, most=12),
        row("memory without jobs, MB", 1, idle.memory / 2**20),
        limited("threads", 1, float(busy.threads), most=50),
        limited("loop lag p99, ms", busy.probe["lags"], lag * 1000, most=20),
        row("loop lag at most, ms", busy.probe["lags"], busy.probe["lag_most"] * 1000),
    ]
    return Part(2, f"{jobs} jobs followed at once by one process, no limits", ("this bot",), rows)


async def _load(jobs: int, seconds: float, reads_per_second: float) -> Load:
    async with (
        probe_environment(jobs=jobs, reads_per_second=max(reads_per_second, 1)) as environment,
        environment.bot() as bot,
    ):
        await _all_read(environment, bot, jobs)
        await bot.figures()
        cpu, reads = cpu_seconds(bot.pid), len(environment.api.request_log)
        await asyncio.sleep(seconds)
        return Load(
            memory(bot.pid),
            threads(bot.pid),
            (cpu_seconds(bot.pid) - cpu) / seconds,
            (len(environment.api.request_log) - reads) / seconds,
            await bot.figures(),
        )


async def _all_read(environment: ProbeEnvironment, bot: ProbedBot, jobs: int) -> None:
    """Wait until the bot is ready, every job was polled and no edits follow."""
    loop = asyncio.get_running_loop()
    end = loop.time() + _TIMEOUT_SECONDS
    while loop.time() < end:
        edits = len(environment.discord.request_log)
        await asyncio.sleep(_CHECK_SECONDS)
        read = {entry.path for entry in environment.api.request_log if entry.method == "GET"}
        ready = (await bot.figures())["ready_at"] is not None
        if ready and len(read) >= jobs and len(environment.discord.request_log) == edits:
            return
    raise RuntimeError(f"not every job was read within {_TIMEOUT_SECONDS:g} s")
