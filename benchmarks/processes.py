"""Several processes of the bot on one PostgreSQL and one API key: pace, fairness, and what a killed one leaves."""

import os
import signal
import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Part, Row, jain, limited, row
from benchmarks.running import OURS, environment, started
from benchmarks.trial import AT_ONCE, Trial, Wish, trial
from benchmarks.waiting import until
from playground.discord_server.state.bulk_seed import add_guilds, add_people, open_channel
from playground.discord_server.state.channels import Channel
from playground.imaginepro import Job, Status
from playground.process.bot_process import BotProcess
from tests.support.postgres import PostgresServer, programs
from tests.support.postgres import running as postgres_running

GUILDS, PEOPLE = 4, 20
GREED = 3
"""How many times as many jobs the first server asks for, before the others."""

HELD_AT = 46
_OF_EACH = 2
_PATIENCE = 180.0


async def measure(counts: Sequence[int], of_each: int) -> Part:
    """The figures of so many processes, each time with so many jobs of each modest server."""
    title = f"processes on PostgreSQL, one key; {GUILDS} servers, one of them asks first for {GREED} times as many jobs"
    found = programs()
    if found is None:
        return Part(5, title, ("this bot",), [], ("No PostgreSQL is installed, so nothing was measured.",))
    rows: list[Row] = []
    with postgres_running(found) as postgres:
        for count in counts:
            rows += await _with(count, of_each, postgres)
    return Part(5, title, ("this bot",), rows, ("Taken over: read again at the API by a process that goes on.",))


async def _with(count: int, of_each: int, postgres: PostgresServer) -> list[Row]:
    jobs = of_each * (GUILDS - 1 + GREED)
    async with trial(jobs + GUILDS * _OF_EACH, shards=count) as ground:
        people = cycle(add_people(ground.discord.world, PEOPLE))
        guilds = add_guilds(ground.discord.world, GUILDS)
        places = [open_channel(ground.discord.world, guild) for guild in guilds]
        async with _bots(ground, count, postgres) as bots:
            for number, place in enumerate(places):
                asked = of_each * (1 if number else GREED)
                await ground.ask([Wish(next(people), place, f"a fox {place.guild_id} {each}") for each in range(asked)])
            await ground.all_shown()
            span = max((moment for _, moment in ground.shown()), default=time.time()) - ground.began
            served = jain(_served(ground, places, of_each))
            named = f"{count} processes: "
            rows = [
                limited(f"{named}jobs lost", jobs, float(ground.lost), most=0),
                row(f"{named}jobs a second", jobs, len(ground.shown()) / span),
                limited(f"{named}makespan over the ideal", jobs, ground.over_ideal(), most=1.1),
                Row(f"{named}Jain's index of servers", (served,), jobs, "> 0.95", served is not None and served > 0.95),
            ]
            taken, kept = await _taken_over(ground, bots[0], _of_first(places, count), cycle(places), people)
            return [
                *rows,
                limited(f"{named}429 answers met", jobs, float(ground.refusals), most=0),
                row(f"{named}kill -9 to the first job taken over, s", len(taken), min(taken, default=None)),
                row(f"{named}kill -9 to the last job taken over, s", kept, max(taken, default=None)),
                limited(f"{named}jobs not taken over", kept, float(kept - len(taken)), most=0),
                limited(f"{named}lost after the kill", GUILDS * _OF_EACH, float(ground.lost), most=0),
            ]


@asynccontextmanager
async def _bots(ground: Trial, count: int, postgres: PostgresServer) -> AsyncGenerator[list[BotProcess]]:
    """So many processes of one bot, all of their shards connected."""
    database = postgres.new_database()
    async with AsyncExitStack() as stack:
        bots: list[BotProcess] = []
        for number in range(count):
            folder = Path(stack.enter_context(TemporaryDirectory()))
            settings = {
                "CLUSTER_ID": str(number),
                "CLUSTER_COUNT": str(count),
                "SHARD_COUNT": str(count),
                "DATABASE_URL": database,
                "JOBS_AT_ONCE": str(AT_ONCE),
            }
            variables = environment(ground.discord, ground.api, folder, **settings)
            bots.append(await stack.enter_async_context(started(OURS, variables, folder)))
        gateway = ground.discord.core.gateway
        if not await until(lambda: sum(each.connection is not None for each in gateway.sessions) == count, _PATIENCE):
            raise RuntimeError("not all shards connected:\n" + "\n".join(line for bot in bots for line in bot.tail))
        yield bots


def _served(ground: Trial, places: list[Channel], of_each: int) -> list[float]:
    """How many jobs of each server had been accepted when the last of the modest ones had all of theirs."""
    accepted: Counter[str] = Counter()
    for _, job in ground.made():
        accepted[job.prompt.split()[2]] += 1
        if all(accepted[str(place.guild_id)] >= of_each for place in places[1:]):
            break
    return [float(accepted[str(place.guild_id)]) for place in places]


def _of_first(places: list[Channel], count: int) -> set[str]:
    """The servers that the first process serves."""
    return {str(place.guild_id) for place in places if (int(place.guild_id or 0) >> 22) % count == 0}


async def _taken_over(
    ground: Trial, victim: BotProcess, guilds: set[str], places: "cycle[Channel]", people: "cycle[str]"
) -> tuple[list[float], int]:
    """Seconds from a kill until each job of the killed process was read again, and how many jobs it had."""
    ground.api.hold(HELD_AT)
    wishes = [
        Wish(next(people), place, f"a hare {place.guild_id} {each}")
        for each in range(_OF_EACH * GUILDS)
        for place in [next(places)]
    ]
    await ground.ask(wishes)

    def held() -> list[Job]:
        return [job for job in ground.api.jobs.values() if job.status is Status.PROCESSING and job.progress == HELD_AT]

    await until(lambda: len(held()) == len(wishes), _PATIENCE)
    theirs = [job.id for job in held() if job.prompt.split()[2] in guilds]
    before, killed = len(ground.api.request_log), time.time()
    os.kill(victim.pid, signal.SIGKILL)

    def reads() -> dict[str, float]:
        read = [(entry.path.rpartition("/")[2], entry.time) for entry in ground.api.request_log[before:]]
        return {job_id: moment for job_id, moment in reversed(read) if job_id in theirs}

    await until(lambda: len(reads()) == len(theirs), _PATIENCE)
    taken = [moment - killed for moment in reads().values()]
    ground.api.hold(None)
    await ground.all_shown()
    return taken, len(theirs)
