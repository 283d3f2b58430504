"""How long a start takes, with thousands of unfinished jobs as well, and how much memory thousands of servers take."""

import asyncio
import os
import signal

from benchmarks.figures import Part, Row, limited, row
from benchmarks.probed import Ground, Probed, ground
from benchmarks.usage import memory

READS_PER_SECOND = 300.0
_PATIENCE = 900.0
_GLANCE = 0.25
_AT_REST = 5.0


async def measure(jobs: int, guilds: tuple[int, ...], starts: int) -> Part:
    """The figures of starts without jobs, of a restart with so many, and of starts in so many servers."""
    rows = [await _plain(starts), *await _restart(jobs), *[await _in_servers(count) for count in guilds]]
    notes = (
        "Ready is when the library says so, two seconds after the last server has arrived.",
        "A server has ten channels and five roles. Followed again: handed over to be read.",
    )
    return Part(4, "starts", ("this bot",), rows, notes)


async def _plain(starts: int) -> Row:
    took: list[float] = []
    async with ground() as place:
        for _ in range(starts):
            async with place.bot() as bot:
                took.append(await _ready(bot) - bot.begun)
    return row("start to ready, s", starts, sum(took) / starts)


async def _restart(jobs: int) -> list[Row]:
    async with ground(jobs=jobs, reads_per_second=READS_PER_SECOND) as place:
        async with place.bot() as first:
            adopted = await _all_followed(place, first, jobs)
            await asyncio.sleep(_AT_REST)
            # As a power cut does: nothing is put in order before the next start.
            os.kill(first.pid, signal.SIGKILL)
            await first.process.exited()
        async with place.bot() as second:
            ready = await _ready(second) - second.begun
            again = await _all_followed(place, second, jobs)
    return [
        row("jobs of an older database followed, s", jobs, adopted),
        row("restart with unfinished jobs to ready, s", jobs, ready),
        limited("restart to all jobs followed again, s", jobs, again, most=10),
    ]


async def _in_servers(count: int) -> Row:
    async with ground(guilds=count) as place, place.bot() as bot:
        await _ready(bot)
        await asyncio.sleep(_AT_REST)
        return row(f"memory in {count:,} servers, MB", count, memory(bot.pid) / 2**20)


async def _ready(bot: Probed) -> float:
    """When it said that it is ready, in seconds since 1970."""
    for _ in range(int(_PATIENCE / _GLANCE)):
        if (moment := (await bot.figures())["ready_at"]) is not None:
            return moment
        await asyncio.sleep(_GLANCE)
    raise RuntimeError("the bot did not become ready")


async def _all_followed(place: Ground, bot: Probed, jobs: int) -> float | None:
    """Seconds from its start until the last of the jobs was followed; None when some never were."""
    for _ in range(int(_PATIENCE / _GLANCE)):
        figures = await bot.figures()
        if figures["followed"] >= jobs:
            return figures["last_followed_at"] - bot.begun
        await asyncio.sleep(_GLANCE)
    return None
