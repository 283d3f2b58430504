"""Several processes of the bot on one PostgreSQL and one API key: throughput, fairness and takeover."""

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
from benchmarks.trial import AT_ONCE, JobRequest, Trial, trial
from benchmarks.waiting import until
from playground.discord_server.state.bulk_seed import add_guilds, add_people, open_channel
from playground.discord_server.state.channels import Channel
from playground.imaginepro import Job, Status
from playground.process.bot_process import BotProcess
from tests.support.postgres import PostgresServer, programs
from tests.support.postgres import running as postgres_running

GUILDS, MEMBERS = 4, 20
FIRST_SERVER_FACTOR = 3
"""The factor by which the first server asks for more jobs than the others."""

HELD_AT = 46
_HELD_PER_SERVER = 2
_TIMEOUT_SECONDS = 180.0


async def measure(counts: Sequence[int], per_server: int) -> Part:
    """The figures for each number of processes, with this many jobs of each other server."""
    title = (
        f"processes on PostgreSQL, one key; {GUILDS} servers, "
        f"one of them asks first for {FIRST_SERVER_FACTOR} times as many jobs"
    )
    found = programs()
    if found is None:
        return Part(5, title, ("this bot",), [], ("No PostgreSQL is installed, so nothing was measured.",))
    rows: list[Row] = []
    with postgres_running(found) as postgres:
        for count in counts:
            rows += await _with(count, per_server, postgres)
    return Part(5, title, ("this bot",), rows, ("Taken over: read again at the API by a process that goes on.",))


async def _with(count: int, per_server: int, postgres: PostgresServer) -> list[Row]:
    jobs = per_server * (GUILDS - 1 + FIRST_SERVER_FACTOR)
    async with trial(jobs + GUILDS * _HELD_PER_SERVER, shards=count) as setup:
        members = cycle(add_people(setup.discord.world, MEMBERS))
        guilds = add_guilds(setup.discord.world, GUILDS)
        channels = [open_channel(setup.discord.world, guild) for guild in guilds]
        async with _bots(setup, count, postgres) as bots:
            for number, channel in enumerate(channels):
                asked = per_server * (1 if number else FIRST_SERVER_FACTOR)
                await setup.request_all(
                    [JobRequest(next(members), channel, f"a fox {channel.guild_id} {each}") for each in range(asked)]
                )
            await setup.wait_until_shown()
            seconds = max((shown_at for _, shown_at in setup.shown_jobs()), default=time.time()) - setup.began
            served = jain(_served(setup, channels, per_server))
            named = f"{count} processes: "
            rows = [
                limited(f"{named}jobs lost", jobs, float(setup.lost), most=0),
                row(f"{named}jobs a second", jobs, len(setup.shown_jobs()) / seconds),
                limited(f"{named}makespan over the ideal", jobs, setup.makespan_ratio(), most=1.1),
                Row(f"{named}Jain's index of servers", (served,), jobs, "> 0.95", served is not None and served > 0.95),
            ]
            taken, kept = await _taken_over(setup, bots[0], _of_first(channels, count), cycle(channels), members)
            return [
                *rows,
                limited(f"{named}429 answers met", jobs, float(setup.refusals), most=0),
                row(f"{named}kill -9 to the first job taken over, s", len(taken), min(taken, default=None)),
                row(f"{named}kill -9 to the last job taken over, s", kept, max(taken, default=None)),
                limited(f"{named}jobs not taken over", kept, float(kept - len(taken)), most=0),
                limited(f"{named}lost after the kill", GUILDS * _HELD_PER_SERVER, float(setup.lost), most=0),
            ]


@asynccontextmanager
async def _bots(setup: Trial, count: int, postgres: PostgresServer) -> AsyncGenerator[list[BotProcess]]:
    """This many processes of one bot, with all shards connected."""
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
            variables = environment(setup.discord, setup.api, folder, **settings)
            bots.append(await stack.enter_async_context(started(OURS, variables, folder)))
        gateway = setup.discord.core.gateway
        if not await until(
            lambda: sum(each.connection is not None for each in gateway.sessions) == count, _TIMEOUT_SECONDS
        ):
            raise RuntimeError("not all shards connected:\n" + "\n".join(line for bot in bots for line in bot.tail))
        yield bots


def _served(setup: Trial, channels: list[Channel], per_server: int) -> list[float]:
    """The accepted jobs of each server at the time when all the other servers' jobs were accepted."""
    accepted: Counter[str] = Counter()
    for _, job in setup.api_jobs():
        accepted[job.prompt.split()[2]] += 1
        if all(accepted[str(channel.guild_id)] >= per_server for channel in channels[1:]):
            break
    return [float(accepted[str(channel.guild_id)]) for channel in channels]


def _of_first(channels: list[Channel], count: int) -> set[str]:
    """The ids of the servers on the first process's shards."""
    return {str(channel.guild_id) for channel in channels if (int(channel.guild_id or 0) >> 22) % count == 0}


async def _taken_over(
    setup: Trial, killed_bot: BotProcess, guilds: set[str], channels: "cycle[Channel]", members: "cycle[str]"
) -> tuple[list[float], int]:
    """Seconds from a kill until another process polls each of its jobs, and the number of its jobs."""
    setup.api.hold(HELD_AT)
    requests = [
        JobRequest(next(members), channel, f"a hare {channel.guild_id} {each}")
        for each in range(_HELD_PER_SERVER * GUILDS)
        for channel in [next(channels)]
    ]
    await setup.request_all(requests)

    def held() -> list[Job]:
        return [job for job in setup.api.jobs.values() if job.status is Status.PROCESSING and job.progress == HELD_AT]

    await until(lambda: len(held()) == len(requests), _TIMEOUT_SECONDS)
    its_jobs = [job.id for job in held() if job.prompt.split()[2] in guilds]
    before, killed = len(setup.api.request_log), time.time()
    os.kill(killed_bot.pid, signal.SIGKILL)

    def reads() -> dict[str, float]:
        read = [(entry.path.rpartition("/")[2], entry.time) for entry in setup.api.request_log[before:]]
        return {job_id: read_at for job_id, read_at in reversed(read) if job_id in its_jobs}

    await until(lambda: len(reads()) == len(its_jobs), _TIMEOUT_SECONDS)
    taken = [read_at - killed for read_at in reads().values()]
    setup.api.hold(None)
    await setup.wait_until_shown()
    return taken, len(its_jobs)
