"""Many jobs at the same moment under the API's real limits, by this bot and by two that people write today."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Part, Row, ideal_makespan, limited, number, percentile, ratio, row
from benchmarks.running import KEY, OURS, running
from benchmarks.usage import cpu_seconds
from benchmarks.waiting import until
from benchmarks.watching import Watch
from playground.discord_server import DiscordServer
from playground.discord_server.crowd import add_channels, add_people
from playground.imaginepro import Job, Limits, Simulator, Status
from playground.processes import BotProcess

BOTS = {
    "this bot": OURS,
    "task per job": "benchmarks.naive_polling",
    "SDK in threads": "benchmarks.naive_threads",
}
PEOPLE, CHANNELS = 20, 10
# With so many at once an ordinary job of 40 s never waits for another: what a bot waits for is its turn to submit.
AT_ONCE = 16
_GLANCE = 0.5


@dataclass
class Contender:
    """One bot with a Discord and an API of its own, and what became of its jobs."""

    api: Simulator
    discord: DiscordServer
    watch: Watch
    bot: BotProcess
    jobs: int
    asked: dict[str, str] = field(default_factory=dict)  # the prompt to the interaction's id
    began: float = 0.0
    cpu: float = 0.0

    def made(self) -> list[tuple[str, Job]]:
        """The API's jobs, each with the interaction that asked for it."""
        return [
            (self.asked[job.prompt.strip()], job) for job in self.api.jobs.values() if job.prompt.strip() in self.asked
        ]

    def shown(self) -> list[tuple[Job, float]]:
        """The jobs whose result was shown, and when."""
        found = [(job, self.watch.finished(asked, job)) for asked, job in self.made()]
        return [(job, moment) for job, moment in found if moment is not None]


async def measure(jobs: int) -> Part:
    """The figures of all bots for so many jobs each; they run side by side, and nothing of one slows another's API."""
    async with AsyncExitStack() as stack:
        contenders = [await stack.enter_async_context(_contender(module, jobs)) for module in BOTS.values()]
        for each in contenders:
            # One after the other: a burst of all three would be a burst on the processor.
            await _ask(each)
        await asyncio.gather(*(_until_shown(each) for each in contenders))
        return Part(
            1,
            f"{jobs} jobs at the same moment, the API's and Discord's limits as they are",
            tuple(BOTS),
            _rows(contenders, jobs),
            (f"At best: one submission every {Limits().general_interval:g} s, {AT_ONCE} jobs at once.",),
        )


@asynccontextmanager
async def _contender(module: str, jobs: int) -> AsyncGenerator[Contender]:
    async with (
        Simulator(key=KEY, concurrency=AT_ONCE, queue_size=jobs, credits=100 * jobs, side=256) as api,
        DiscordServer() as discord,
    ):
        add_people(discord.world, PEOPLE)
        add_channels(discord.world, CHANNELS)
        watch = Watch(discord)
        with TemporaryDirectory() as folder:
            async with running(module, discord, api, Path(folder)) as bot:
                yield Contender(api, discord, watch, bot, jobs)


async def _ask(on: Contender) -> None:
    people = cycle([user["username"] for user in on.discord.world.users.values() if not user.get("bot")])
    places = cycle([channel for channel in on.discord.world.channels.values() if channel.guild_id and not channel.nsfw])
    on.cpu, on.began = cpu_seconds(on.bot.pid), time.time()

    async def one(position: int) -> None:
        prompt = f"a red fox in the snow {position}"
        outcome = await on.discord.member(next(people)).slash(next(places), "imagine", prompt=prompt)
        on.asked[prompt] = outcome.id

    await asyncio.gather(*(one(position) for position in range(on.jobs)))


async def _until_shown(on: Contender) -> None:
    """Return once every result is to be seen, or twice the time that it takes at best is over."""
    patience = 2 * (on.jobs * Limits().general_interval) + 120
    await until(lambda: len(on.shown()) == on.jobs, patience, glance=_GLANCE)
    on.cpu = cpu_seconds(on.bot.pid) - on.cpu


def _rows(contenders: list[Contender], jobs: int) -> list[Row]:
    def per_job(count: float) -> float:
        return count / jobs

    reads = [per_job(_reads(each)) for each in contenders]
    cpu = [per_job(each.cpu * 1000) for each in contenders]
    lateness = [[moment - job.moves[-1][0] for job, moment in each.shown()] for each in contenders]
    medians = [percentile(values, 50) for values in lateness]
    tails = [percentile(values, 99) for values in lateness]
    delays = [[delay for asked, job in each.made() for delay in each.watch.delays(asked, job)] for each in contenders]
    changes = min(map(len, delays))
    refused = [float(_refusals(each)) for each in contenders]
    spans = [_over_ideal(each) for each in contenders]
    return [
        limited("jobs lost", jobs, *(float(jobs - len(each.shown())) for each in contenders), most=0),
        limited("429 answers met", jobs, *refused, most=0),
        limited("reads per job", jobs, *reads, most=reads[1] / 3, goal="a third of a task's"),
        row("edits per job", jobs, *(per_job(each.watch.edits) for each in contenders)),
        limited("CPU per job, ms", jobs, *cpu, most=cpu[1] / 2, goal="half of a task's"),
        limited("finished to shown p50, s", jobs, *medians, most=medians[1], goal="a task's"),
        limited("finished to shown p99, s", jobs, *tails, most=tails[1], goal="a task's"),
        row("progress to shown p50, s", changes, *(percentile(values, 50) for values in delays)),
        row("progress to shown p99, s", changes, *(percentile(values, 99) for values in delays)),
        limited("makespan over the ideal", jobs, *spans, most=1.1, goal=f"≤ {number(1.1)}"),
    ]


def _reads(on: Contender) -> int:
    return sum(entry.method == "GET" and "fetch" in entry.path for entry in on.api.journal)


def _refusals(on: Contender) -> int:
    return on.watch.refused + sum(entry.status == 429 for entry in on.api.journal)


def _over_ideal(on: Contender) -> float | None:
    """From the first command to the last result, over what the API's limits allow at best; None when jobs were lost."""
    shown = on.shown()
    if len(shown) < on.jobs:
        return None
    begun = {job.id: next(moment for moment, status, _ in job.moves if status is Status.PROCESSING) for job, _ in shown}
    durations = [job.moves[-1][0] - begun[job.id] for job, _ in sorted(shown, key=lambda each: begun[each[0].id])]
    best = ideal_makespan(durations, interval=Limits().general_interval, slots=AT_ONCE)
    return ratio(max(moment for _, moment in shown) - on.began, best)
