"""A burst of jobs under the API's real rate limits, by this bot and by two simple ones.

This bot runs twice: with polling, to which its goals apply, and with webhooks."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Part, Row, limited, number, percentile, row
from benchmarks.places import channels, members
from benchmarks.running import OURS, running
from benchmarks.trial import AT_ONCE, JobRequest, Trial, trial
from benchmarks.usage import cpu_seconds
from playground.discord_server.state.bulk_seed import add_channels, add_people
from playground.imaginepro import Limits
from playground.process.ports import free_port

BOTS = {
    "this bot": OURS,
    "with webhooks": OURS,
    "task per job": "benchmarks.naive_polling",
    "SDK in threads": "benchmarks.naive_threads",
}
WITH_WEBHOOKS, RIVAL = list(BOTS).index("with webhooks"), list(BOTS).index("task per job")
MEMBERS, CHANNELS = 20, 10


@dataclass
class Contender:
    """A bot with its own servers; `cpu` are seconds of processor time from the burst to the last result."""

    trial: Trial
    pid: int
    cpu: float = 0.0


async def measure(jobs: int) -> Part:
    """The figures of all bots for this many jobs each; they run in parallel, each with its own API."""
    async with AsyncExitStack() as stack:
        contenders = [
            await stack.enter_async_context(_contender(module, jobs, webhooks=position == WITH_WEBHOOKS))
            for position, module in enumerate(BOTS.values())
        ]
        for each in contenders:
            # One after the other, as all bursts together would overload the processor.
            await _ask(each, jobs)
        await asyncio.gather(*(_until_shown(each) for each in contenders))
        return Part(
            1,
            f"{jobs} jobs at the same moment, the API's and Discord's limits as they are",
            tuple(BOTS),
            _rows(contenders, jobs),
            (f"At best: one submission every {Limits().general_interval:g} s, {AT_ONCE} jobs at once.",),
        )


@asynccontextmanager
async def _contender(module: str, jobs: int, *, webhooks: bool) -> AsyncGenerator[Contender]:
    async with trial(jobs) as environment:
        add_people(environment.discord.world, MEMBERS)
        add_channels(environment.discord.world, CHANNELS)
        with TemporaryDirectory() as folder:
            settings = {"JOBS_AT_ONCE": str(AT_ONCE)}
            if webhooks:
                port = str(free_port())
                settings |= {"PUBLIC_URL": f"http://127.0.0.1:{port}", "WEB_PORT": port}
            async with running(module, environment.discord, environment.api, Path(folder), **settings) as bot:
                yield Contender(environment, bot.pid)


async def _ask(on: Contender, jobs: int) -> None:
    world = on.trial.discord.world
    people, places = cycle(members(world)), cycle(channels(world))
    on.cpu = cpu_seconds(on.pid)
    await on.trial.request_all(
        [JobRequest(next(people), next(places), f"a red fox in the snow {each}") for each in range(jobs)]
    )


async def _until_shown(on: Contender) -> None:
    await on.trial.wait_until_shown()
    on.cpu = cpu_seconds(on.pid) - on.cpu


def _rows(contenders: list[Contender], jobs: int) -> list[Row]:
    trials = [each.trial for each in contenders]
    reads = [each.reads / jobs for each in trials]
    cpu = [each.cpu * 1000 / jobs for each in contenders]
    lateness = [[time - job.moves[-1][0] for job, time in each.shown_jobs()] for each in trials]
    medians, tails = ([percentile(values, percent) for values in lateness] for percent in (50, 99))
    delays = [[delay for asked, job in each.api_jobs() for delay in each.watch.delays(asked, job)] for each in trials]
    changes = min(map(len, delays))
    return [
        limited("jobs lost", jobs, *(float(each.lost) for each in trials), most=0),
        limited("429 answers met", jobs, *(float(each.refusals) for each in trials), most=0),
        limited("reads per job", jobs, *reads, most=reads[RIVAL] / 3, goal=f"a third: {number(reads[RIVAL] / 3)}"),
        row("edits per job", jobs, *(each.watch.edits / jobs for each in trials)),
        limited("CPU per job, ms", jobs, *cpu, most=cpu[RIVAL] / 2, goal=f"half: {number(cpu[RIVAL] / 2)}"),
        limited("finished to shown p50, s", jobs, *medians, most=medians[RIVAL]),
        limited("finished to shown p99, s", jobs, *tails, most=tails[RIVAL]),
        row("progress to shown p50, s", changes, *(percentile(values, 50) for values in delays)),
        row("progress to shown p99, s", changes, *(percentile(values, 99) for values in delays)),
        limited("makespan over the ideal", jobs, *(each.makespan_ratio() for each in trials), most=1.05),
    ]
