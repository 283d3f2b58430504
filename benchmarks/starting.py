"""The duration of a start, also with thousands of unfinished jobs, and the memory for thousands of servers."""

import asyncio
import os
import signal

from benchmarks.figures import Part, Row, limited, row
from benchmarks.probed import ProbedBot, ProbeEnvironment, probe_environment
from benchmarks.usage import memory

READS_PER_SECOND = 300.0
_TIMEOUT_SECONDS = 900.0
_CHECK_SECONDS = 0.25
_AT_REST = 5.0


async def measure(jobs: int, guilds: tuple[int, ...], starts: int) -> Part:
    """The figures of starts without jobs, a restart with jobs, and starts in many servers."""
    rows = [await _plain(starts), *await _restart(jobs), *[await _in_servers(count) for count in guilds]]
    notes = (
        "Ready is when the library says so, two seconds after the last server has arrived.",
        "A server has ten channels and five roles. Followed again: handed over to be read.",
    )
    return Part(4, "starts", ("this bot",), rows, notes)


async def _plain(starts: int) -> Row:
    took: list[float] = []
    async with probe_environment() as environment:
        for _ in range(starts):
            async with environment.bot() as bot:
                took.append(await _ready(bot) - bot.started_at)
    return row("start to ready, s", starts, sum(took) / starts)


async def _restart(jobs: int) -> list[Row]:
    async with probe_environment(jobs=jobs, reads_per_second=READS_PER_SECOND) as environment:
        async with environment.bot() as first:
            adopted = await _all_followed(environment, first, jobs)
            await asyncio.sleep(_AT_REST)
            # Like a power cut: no cleanup before the next start.
            os.kill(first.pid, signal.SIGKILL)
            await first.process.exited()
        async with environment.bot() as second:
            ready = await _ready(second) - second.started_at
            again = await _all_followed(environment, second, jobs)
    return [
        row("jobs of an older database followed, s", jobs, adopted),
        row("restart with unfinished jobs to ready, s", jobs, ready),
        limited("restart to all jobs followed again, s", jobs, again, most=10),
    ]


async def _in_servers(count: int) -> Row:
    async with probe_environment(guilds=count) as environment, environment.bot() as bot:
        await _ready(bot)
        await asyncio.sleep(_AT_REST)
        return row(f"memory in {count:,} servers, MB", count, memory(bot.pid) / 2**20)


async def _ready(bot: ProbedBot) -> float:
    """When the bot became ready, in seconds since 1970."""
    for _ in range(int(_TIMEOUT_SECONDS / _CHECK_SECONDS)):
        if (ready_at := (await bot.figures())["ready_at"]) is not None:
            return ready_at
        await asyncio.sleep(_CHECK_SECONDS)
    raise RuntimeError("the bot did not become ready")


async def _all_followed(environment: ProbeEnvironment, bot: ProbedBot, jobs: int) -> float | None:
    """Seconds from the start until all jobs were followed; None if some never were."""
    for _ in range(int(_TIMEOUT_SECONDS / _CHECK_SECONDS)):
        figures = await bot.figures()
        if figures["followed"] >= jobs:
            return figures["last_followed_at"] - bot.started_at
        await asyncio.sleep(_CHECK_SECONDS)
    return None
