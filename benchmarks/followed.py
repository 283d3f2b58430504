"""Thousands of jobs followed at once by one process, the limits of both ends lifted: what each of them costs."""

import asyncio
from dataclasses import dataclass
from typing import Any

from benchmarks.figures import Part, limited, row
from benchmarks.probed import Ground, Probed, ground
from benchmarks.usage import cpu_seconds, memory, threads

READ_EVERY = 30.0
"""Seconds in which each job is read about once."""

_PATIENCE = 900.0
_GLANCE = 1.0


@dataclass(frozen=True, slots=True)
class Load:
    """A process at rest: bytes, threads, seconds of processor time and reads in a second, and its loop's lag."""

    memory: int
    threads: int
    cpu: float
    reads: float
    probe: dict[str, Any]


async def measure(jobs: int, seconds: float) -> Part:
    """The figures of so many jobs, against the same process without any."""
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
    async with ground(jobs=jobs, reads_per_second=max(reads_per_second, 1)) as place, place.bot() as bot:
        await _all_read(place, bot, jobs)
        await bot.figures()
        cpu, reads = cpu_seconds(bot.pid), len(place.api.request_log)
        await asyncio.sleep(seconds)
        return Load(
            memory(bot.pid),
            threads(bot.pid),
            (cpu_seconds(bot.pid) - cpu) / seconds,
            (len(place.api.request_log) - reads) / seconds,
            await bot.figures(),
        )


async def _all_read(place: Ground, bot: Probed, jobs: int) -> None:
    """Return once every job was read and Discord is at rest; without jobs, once the bot is ready."""
    loop = asyncio.get_running_loop()
    end = loop.time() + _PATIENCE
    while loop.time() < end:
        edits = len(place.discord.request_log)
        await asyncio.sleep(_GLANCE)
        read = {entry.path for entry in place.api.request_log if entry.method == "GET"}
        ready = (await bot.figures())["ready_at"] is not None
        if ready and len(read) >= jobs and len(place.discord.request_log) == edits:
            return
    raise RuntimeError(f"not every job was read within {_PATIENCE:g} s")
