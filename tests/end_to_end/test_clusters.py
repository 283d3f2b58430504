"""Two processes that serve one bot on one PostgreSQL."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.store import Database, ShardLoginLocks
from playground.discord_server import IdentifyLimits, texts
from tests.end_to_end.place import Place
from tests.end_to_end.readers import climbing
from tests.end_to_end.running_bot import RunningBot
from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.process


@pytest.fixture
def setup() -> dict[str, Any]:
    """A Discord that lets one shard log in at a time, as it does for all but the largest bots.

    It counts less than its five seconds: on a busy machine a shard may be slow to use its turn.
    """
    return {"logins": IdentifyLimits(max_concurrency=1, seconds=2.0)}


@pytest.fixture
def database_url(postgres: PostgresServer) -> str:
    """A database that nobody has used yet."""
    return postgres.new_database()


@asynccontextmanager
async def two_clusters(place: Place, database_url: str, shards: int) -> AsyncIterator[tuple[RunningBot, RunningBot]]:
    """Both processes, started at the same moment, once all their shards are connected."""
    settings = {"DATABASE_URL": database_url, "SHARD_COUNT": str(shards)}
    async with place.cluster(0, 2, **settings) as first, place.cluster(1, 2, **settings) as second:
        for bot in (first, second):
            await bot.says('"ready"')
        yield first, second


async def test_each_answers_what_its_shards_hear(place: Place, database_url: str) -> None:
    """They come up without getting in each other's way, answer in their own places, and end cleanly."""
    async with two_clusters(place, database_url, shards=3) as (first, second):
        assert [len(bot.about("has connected to Gateway")) for bot in (first, second)] == [1, 2]
        assert place.discord.core.gateway.identify_limits.early == []
        in_private = await place.mia.slash(place.mia.dm, "check", prompt="a fox")
        in_the_guild = await place.mia.slash(place.channel, "check", prompt="a fox")
        for outcome in (in_private, in_the_guild):
            assert outcome.error is None
            assert await outcome.wait_for(lambda message: "Allowed" in texts(message))
        first.terminate()
        assert await first.exit_code(timeout=10) == 0
        still = await place.mia.slash(place.channel, "check", prompt="a hare")
        assert still.error is None
        second.terminate()
        assert await second.exit_code(timeout=10) == 0


async def test_one_registers_the_commands(place: Place, database_url: str) -> None:
    """The process with shard 0 tells Discord of them, the other does not."""
    async with two_clusters(place, database_url, shards=2) as (first, second):
        assert first.about("commands are registered")
        assert not second.about("commands are registered")
    puts = [entry for entry in place.discord.request_log if entry.method == "PUT" and entry.path.endswith("/commands")]
    assert len(puts) == 1


async def test_it_can_be_stopped_while_it_waits_to_log_in(place: Place, database_url: str) -> None:
    """Behind a long line of other processes a signal ends it at once, with exit code 0."""
    async with Database(database_url) as database, ShardLoginLocks(database, pause=3600) as turns:
        await turns.acquire(0)
        async with place.cluster(0, 2, DATABASE_URL=database_url) as bot:
            await bot.says("commands are registered")
            bot.terminate()
            assert await bot.exit_code(timeout=10) == 0
    assert place.discord.core.gateway.sessions == []


@pytest.mark.parametrize("setup", [{"relayed": True}], ids=[""])
async def test_the_other_goes_on_with_a_dead_one_s_jobs(place: Place, database_url: str) -> None:
    """Killed with a job running, one being sent and one in line, all end there; nothing is paid twice."""
    private = place.mia.dm
    place.api.hold(46)
    async with two_clusters(place, database_url, shards=2) as (first, _):
        running = await place.mia.slash(private, "imagine", prompt="a fox that runs")
        await running.wait_for(climbing)
        place.relay.on_answer.append(lambda method, path: first.kill() if path.endswith("/imagine") else None)
        others = await asyncio.gather(
            *(place.mia.slash(private, "imagine", prompt=words) for words in ("a fox on the way", "a fox that waits"))
        )
        assert await first.exit_code() == -9
        killed = time.monotonic()
        place.relay.on_answer.clear()
        place.api.hold(None)
        for asked in (running, *others):
            await place.result(asked)
        print(f"all jobs ended {time.monotonic() - killed:.1f} s after their process")  # noqa: T201
        async with place.cluster(0, 2, DATABASE_URL=database_url, SHARD_COUNT="2") as again:
            await again.says('"ready"')
            outcome = await place.mia.slash(private, "check", prompt="a fox")
            assert await outcome.wait_for(lambda message: "Allowed" in texts(message))
    assert place.submissions() == ["imagine", "imagine", "imagine", "prompt-check"]
    assert sorted(job.prompt for job in place.api.jobs.values()) == [
        "a fox on the way",
        "a fox that runs",
        "a fox that waits",
    ]


@pytest.mark.parametrize("setup", [{"logins": IdentifyLimits(max_concurrency=1, seconds=3600.0)}], ids=[""])
async def test_a_shard_that_comes_too_early_logs_in_later(place: Place) -> None:
    """A process that nobody told of the others is sent away first, and then served."""
    identify_limits, clock = place.discord.core.gateway.identify_limits, place.discord.clock
    assert identify_limits.take(0, clock.now())
    async with place.cluster(0, 1) as bot:
        await bot.says("session has been invalidated")
        clock.advance(3600)
        await bot.says('"ready"')
        outcome = await place.mia.slash(place.channel, "check", prompt="a fox")
        assert outcome.error is None
    assert set(identify_limits.early) == {0}
