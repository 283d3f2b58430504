"""Commands at a fixed rate, by this bot and by one that only defers: time to answer, and processor time.

With its answer this bot has checked the prompt, recorded the job and sent the whole reply, or has explained a mistake.
Commands are sent when they are due, without waiting for earlier answers.
"""

import asyncio
import tempfile
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from benchmarks.figures import Part, Row, limited, number, percentile, row
from benchmarks.places import channels, members
from benchmarks.running import KEY, OURS, running
from benchmarks.usage import cpu_seconds
from playground.discord_server import DiscordServer, Limits
from playground.discord_server.interactions.registry import ANSWER_SECONDS
from playground.discord_server.state.bulk_seed import add_channels, add_people
from playground.imaginepro import Simulator

BARE = "benchmarks.bare_bot"
PROMPTS = {"a job each": "a red fox {}", "refused": "a red fox {} --stylize 99999"}
MEMBERS, CHANNELS = 50, 10
GOAL_RATE = 200
WARM_UP = 20
_SETTLE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Load:
    """A bot's result: milliseconds to the answer and of processor time, and the achieved rate."""

    answers: list[float]
    unanswered: int
    cpu: float
    rate: float


async def measure(rates: tuple[int, ...], seconds: float) -> Part:
    """The figures of both bots at each rate, with a new bot and no rate limits each time."""
    rows: list[Row] = []
    for rate in rates:
        bare = await _load(BARE, rate, seconds, "a red fox {}")
        for kind, prompt in PROMPTS.items():
            rows += _rows(f"{rate}/s, {kind}: ", rate, await _load(OURS, rate, seconds, prompt), bare)
    return Part(3, "/imagine at a fixed rate", ("this bot", "only defers"), rows)


async def _load(module: str, rate: int, seconds: float, prompt: str) -> Load:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            Simulator(key=KEY, queue_size=10_000, side=256) as api,
            DiscordServer(limits=Limits.lifted()) as discord,
        ):
            add_people(discord.world, MEMBERS)
            add_channels(discord.world, CHANNELS)
            async with running(module, discord, api, Path(folder)) as bot:
                await _sent(discord, prompt, rate, WARM_UP)
                before = cpu_seconds(bot.pid)
                took, real_rate = await _sent(discord, prompt, rate, int(rate * seconds))
                # Work after the answer counts as well.
                await asyncio.sleep(_SETTLE_SECONDS)
                cpu = (cpu_seconds(bot.pid) - before) / len(took)
    answered = [each * 1000 for each in took if each is not None]
    return Load(answered, len(took) - len(answered), cpu * 1000, real_rate)


async def _sent(discord: DiscordServer, prompt: str, rate: float, count: int) -> tuple[list[float | None], float]:
    """Seconds to each answer, None for missing ones, and the achieved rate per second."""
    people = cycle([discord.member(each) for each in members(discord.world)])
    places = cycle(channels(discord.world))
    loop = asyncio.get_running_loop()

    async def one(position: int) -> float | None:
        return (await next(people).slash(next(places), "imagine", prompt=prompt.format(position))).seconds

    tasks: list[asyncio.Task[float | None]] = []
    start = loop.time()
    for position in range(count):
        await asyncio.sleep(max(0.0, start + position / rate - loop.time()))
        tasks.append(asyncio.create_task(one(position)))
    took = loop.time() - start
    return list(await asyncio.gather(*tasks)), (count - 1) / took if took else rate


def _rows(named: str, rate: int, ours: Load, bare: Load) -> list[Row]:
    count = len(ours.answers) + ours.unanswered
    both = (ours, bare)
    p50 = [percentile(_with_lost(each), 50) for each in both]
    p99 = [percentile(_with_lost(each), 99) for each in both]
    most = 2.5 * bare.cpu
    tail = f"{named}to the answer p99, ms"
    return [
        row(f"{named}sent in a second", count, *(each.rate for each in both)),
        limited(
            f"{named}not answered in {ANSWER_SECONDS:g} s", count, *(float(each.unanswered) for each in both), most=0
        ),
        row(f"{named}to the answer p50, ms", count, *p50),
        limited(tail, count, *p99, most=100) if rate == GOAL_RATE else row(tail, count, *p99),
        limited(f"{named}CPU each, ms", count, *(e.cpu for e in both), most=most, goal=f"2.5 × bare: {number(most)}"),
    ]


def _with_lost(load: Load) -> list[float]:
    return [*load.answers, *([ANSWER_SECONDS * 1000] * load.unanswered)]
